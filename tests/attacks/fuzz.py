"""Requests drawn at random for every address of the URL configuration, around values that mean something there.

A surface is one address with its parameters; its driver says who may knock there, what its parameters look like, and
what kind of body makes it work. An address whose parameters have no driver fails an architecture test.
"""

from __future__ import annotations

import json
import re
import string
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from hypothesis import strategies as st

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND")
PEOPLE, MACHINES = ("anonymous", "patient", "professional", "clerk"), ("nobody", "card", "structure")
# Start of the address → who knocks, and the kind of body that belongs there. The longest start wins.
DRIVERS: dict[str, tuple[tuple[str, ...], str]] = {
    "": (PEOPLE, "form"),
    "health/": (("anonymous", "nobody"), "form"),
    "xds/": (MACHINES, "xml"),
    "d/<str:domain>/xds/": (MACHINES, "xml"),
    "fhir": (MACHINES, "json"),
    "d/<str:domain>/fhir": (MACHINES, "json"),
    "echanges/": (("anonymous", "nobody"), "form"),
    # A session that signs out, or that changes its password, is nobody's for the cases that follow.
    "compte/": (("anonymous",), "form"),
    "premiere-connexion/": (("anonymous",), "form"),
}
_PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>|\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")

JUNK = st.one_of(
    st.sampled_from(
        [
            "", " ", "0", "-1", "1e309", "NaN", "null", "true", "[]", "{}", "'", '"', "' OR 1=1 --", "%", "%00", "%s",
            "{{7*7}}", "${7*7}", "<b>", "]]>", "&amp;", "../../etc/passwd", "\\", "/", "//", ";", "|", "a|b|c",
            "9" * 40, "a" * 5000, "\u202e", "\ufeff", "é", "٣", "𝔸", "\x00", "\r\n", "ge9999-12-31T23:59:60Z",
            "0000-00-00", "2026-02-30", "+999999-01-01", "urn:oid:", "urn:uuid:", "http://[", "Patient/", "_id",
        ]
    ),
    st.text(max_size=30),
    st.integers(-(2**70), 2**70).map(str),
)  # fmt: skip
# Never a lone surrogate: no client can put one into a request.
TEXT = JUNK.map(lambda text: text.encode("utf-8", "replace").decode())


@dataclass(frozen=True)
class Known:
    """What exists behind the doors: enough for a request to get past the first check."""

    record: str
    documents: tuple[str, ...]
    unique_id: str
    cx: str
    ins: str
    bundle: dict[str, Any]
    envelope: bytes
    # Names of the fields that the pages' forms have.
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """One request, and who sends it."""

    role: str
    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def driver_of(address: str) -> tuple[tuple[str, ...], str]:
    """Who knocks at an address, and with what kind of body."""
    return DRIVERS[max((start for start in DRIVERS if address.startswith(start)), key=len)]


def parameters(address: str) -> list[str]:
    """The names of an address's parameters, each with its converter: `record:record_id`."""
    return [f"{one[0]}:{one[1]}" if one[1] else f"pattern:{one[2]}" for one in _PARAMETER.findall(address)]


def _meant(known: Known, parameter: str) -> st.SearchStrategy[str] | None:
    """Values that mean something for a parameter; None when nobody has said what it is."""
    domains = st.sampled_from(["fr", "fr-2012", "ihe", "xx"])
    names = st.sampled_from([*known.documents, known.unique_id, str(UUID(int=0)), known.unique_id.replace("2.25.", "")])
    pools = {
        "str:domain": domains,
        "str": names,
        "int": st.sampled_from(["0", "1", "2", "2147483648", "9" * 19]),
        "slug": st.sampled_from(["masquer", "supprimer", "fermer", "a" * 60]),
        "path:rest": st.sampled_from(["Patient", "Patient/1", "_history", "DocumentReference/$docref", "AuditEvent"]),
        "pattern:name": names.map(lambda name: f"{name}/_history/1"),
        "record": st.sampled_from([known.record, "0" * 16, "f" * 16, "3" + "f" * 15]),
        "uuid": st.sampled_from([*known.documents, str(UUID(int=0))]),
        "provider:name": st.sampled_from(["psc", "franceconnect"]),
        "str:digest": st.sampled_from(["0" * 12, "x"]),
    }
    return pools.get(parameter, pools.get(parameter.partition(":")[0]))


def undriven(addresses: list[str]) -> list[str]:
    """Addresses with a parameter that the fuzzer cannot fill."""
    nothing = Known("", ("x",), "", "", "", {}, b"")
    return [one for one in addresses if any(_meant(nothing, name) is None for name in parameters(one))]


@st.composite
def requests(draw: st.DrawFn, address: str, known: Known) -> Request:
    """A request at an address: its parameters, query, headers and body each meant, spoiled or invented."""
    roles, kind = driver_of(address)
    path = address
    for name, found in zip(parameters(address), list(_PARAMETER.finditer(address)), strict=True):
        meant = _meant(known, name)
        assert meant is not None, f"{address}: nothing says what {name} is"
        value = draw(meant if draw(st.integers(0, 3)) else TEXT)
        path = path.replace(found.group(0), quote(value, safe="/" if name.startswith(("path", "pattern")) else ""), 1)
    method = draw(st.sampled_from(("GET", "POST", "GET", "POST", *METHODS)))
    headers, body = {}, b""
    if method in ("POST", "PUT", "PATCH") or not draw(st.integers(0, 5)):
        headers, body = draw(_BODIES[kind](known))
    headers |= draw(_headers(known))
    query = draw(st.lists(st.tuples(st.sampled_from(_QUERY) | TEXT, _values(known)), max_size=4))
    return Request(
        role=draw(st.sampled_from(roles)),
        method=method,
        path=f"/{path}" + (f"?{urlencode(query)}" if query else ""),
        headers=headers,
        body=body,
    )


_QUERY = (
    "patient.identifier", "patient", "status", "type", "category", "date", "creation", "period", "author.given",
    "identifier", "security-label", "related", "format", "setting", "facility", "event", "_count", "_sort", "_include",
    "_revinclude", "_format", "_id", "_lastUpdated", "_total", "_elements", "_summary", "code", "source.given",
    "designationType", "next", "page", "ins", "q", "tri", "vue", "wsdl", "cursor", "_cursor", "error", "state", "iss",
    "sid", "logout_token",
)  # fmt: skip


def _values(known: Known) -> st.SearchStrategy[str]:
    meant = st.sampled_from(
        [
            f"urn:oid:1.2.250.1.213.1.4.10|{known.ins}", known.ins, known.cx, "current", "superseded,current",
            "urn:oid:2.16.840.1.113883.6.1|11502-2", "ge2020-01-01", "lt2030", "1", "200", "-date", "date", "json",
            "application/fhir+json", f"urn:uuid:{known.documents[0]}", "DocumentReference:author", "/patient/", "code",
        ]
    )  # fmt: skip
    return meant | TEXT


def _headers(known: Known) -> st.SearchStrategy[dict[str, str]]:
    printable = st.text(alphabet=string.printable[:95], max_size=40).map(str.strip)
    named = st.fixed_dictionaries(
        {},
        optional={
            "Accept": st.sampled_from(["*/*", "application/fhir+json", "text/html;q=0", ",,;;q=x", "image/*"])
            | printable,
            "Accept-Language": st.sampled_from(["fr", "en", "xx-yy-zz", "*;q=2"]) | printable,
            "Accept-Encoding": st.sampled_from(["identity", "gzip", "x"]),
            "If-Match": st.sampled_from(['W/"1"', '"x"', "W/", "*"]) | printable,
            "If-None-Exist": printable,
            "If-None-Match": st.sampled_from(["*", '"a", W/"b"']) | printable,
            "If-Modified-Since": st.sampled_from(["Mon, 32 Foo 9999 00:00:00 GMT"]) | printable,
            "Range": st.sampled_from(["bytes=0-", "bytes=-1", "bytes=9-1", "bytes=a-b", "lines=1-2"]),
            "Prefer": st.sampled_from(["return=minimal", "handling=strict", "=;=,"]) | printable,
            "Cookie": printable.map(lambda text: f"a={quote(text)}"),
            "X-Forwarded-For": printable,
            "X-HTTP-Method-Override": st.sampled_from(["DELETE", "x"]),
            "Content-Encoding": st.sampled_from(["gzip", "identity", "br", "x"]),
            "User-Agent": printable,
            "Referer": printable,
            "HX-Request": st.just("true"),
            "Authorization": st.sampled_from(["Bearer x.y.z", "Basic Og==", "Bearer", "DPoP a"]) | printable,
        },
    )
    return st.one_of(st.just({}), named)


def _form(known: Known) -> st.SearchStrategy[tuple[dict[str, str], bytes]]:
    names = st.sampled_from([*(known.fields or ("ins",)), "x"]) | TEXT
    pairs = st.lists(st.tuples(names, _values(known)), max_size=8)
    plain = pairs.map(lambda found: ({"Content-Type": "application/x-www-form-urlencoded"}, urlencode(found).encode()))
    return st.one_of(plain, pairs.map(_multipart), _raw())


def _multipart(pairs: list[tuple[str, str]]) -> tuple[dict[str, str], bytes]:
    parts = []
    for number, (name, value) in enumerate(pairs):
        where = f'form-data; name="{quote(name)}"' + (f'; filename="{quote(value)[:50]}"' if number % 2 else "")
        parts.append(f"--b\r\nContent-Disposition: {where}\r\n\r\n{value}\r\n")
    return {"Content-Type": "multipart/form-data; boundary=b"}, ("".join(parts) + "--b--\r\n").encode()


def _json(known: Known) -> st.SearchStrategy[tuple[dict[str, str], bytes]]:
    kinds = st.sampled_from(["application/fhir+json", "application/json; charset=utf-8", "application/json-patch+json"])
    patch = st.lists(
        st.fixed_dictionaries(
            {
                "op": st.sampled_from(["replace", "remove", "test", "x"]),
                "path": st.sampled_from(["/status", "/"]) | TEXT,
            },
            optional={"value": _scalars()},
        ),
        max_size=3,
    )
    resource = st.fixed_dictionaries(
        {"resourceType": st.sampled_from(["Parameters", "DocumentReference", "List", "Bundle"]) | TEXT},
        optional={"parameter": patch, "id": TEXT, "entry": patch},
    )
    spoiled = _spoiled(known.bundle)
    bodies = st.one_of(spoiled, spoiled, patch, resource, _scalars()).map(
        lambda value: json.dumps(value).encode("utf-8", "replace")
    )
    return st.one_of(st.tuples(kinds.map(lambda kind: {"Content-Type": kind}), bodies), _form(known))


def _scalars() -> st.SearchStrategy[Any]:
    return st.one_of(
        st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), TEXT, st.just([]), st.just({})
    )


@st.composite
def _spoiled(draw: st.DrawFn, value: Any) -> Any:
    """A copy of a value in which one to three places are changed, taken away or put elsewhere."""
    copy = json.loads(json.dumps(value))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(copy))
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        act = draw(st.integers(0, 3))
        if act == 0:
            del holder[key]
        elif act == 1:
            holder[key] = [holder[key], holder[key]]
        else:
            holder[key] = draw(_scalars())
    return copy


def _places(value: Any) -> list[tuple[Any, Any]]:
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [place for key in keys for place in ((value, key), *_places(value[key]))]


def _xml(known: Known) -> st.SearchStrategy[tuple[dict[str, str], bytes]]:
    kinds = st.sampled_from(
        [
            "application/soap+xml; charset=utf-8",
            "text/xml",
            'multipart/related; boundary="b"; type="application/xop+xml"',
        ]
    )

    @st.composite
    def spoiled(draw: st.DrawFn) -> bytes:
        text = known.envelope
        for _ in range(draw(st.integers(1, 3))):
            start = draw(st.integers(0, len(text)))
            end = min(len(text), start + draw(st.integers(0, 60)))
            text = text[:start] + draw(TEXT).encode() + text[end:]
        return text

    return st.one_of(st.tuples(kinds.map(lambda kind: {"Content-Type": kind}), spoiled()), _raw())


def _raw() -> st.SearchStrategy[tuple[dict[str, str], bytes]]:
    kinds = st.sampled_from(
        ["application/octet-stream", "text/plain", "", "a/b;;=", "multipart/form-data", "application/jwt"]
    )
    return st.tuples(kinds.map(lambda kind: {"Content-Type": kind}), st.binary(max_size=300))


_BODIES = {"form": _form, "json": _json, "xml": _xml}
