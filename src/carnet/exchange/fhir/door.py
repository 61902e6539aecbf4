"""What every FHIR door does first and last: who calls, in which domain, by which method, and no error page ever."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.http.response import HttpResponseBase

from carnet.exchange.fhir import answers, scopes
from carnet.exchange.login.bearer import Caller, caller_of_token
from carnet.exchange.login.client_certificate import HEADER
from carnet.exchange.login.faults import Denied
from carnet.exchange.login.fhir import actor_of_certificate
from carnet.exchange.testbed import marks
from carnet.kernel import clock
from carnet.kernel.actor import Actor
from carnet.kernel.request_body import Body, TooLarge
from carnet.record.terminology import api as terminology
from carnet.wire.errors import Malformed
from carnet.wire.fhir.documentreference import Profile
from carnet.wire.fhir.faults import Rejected

_log = logging.getLogger(__name__)
_SOFTWARE_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Address:
    """Where a request came in: the domain, its profile, and the absolute base without a final slash."""

    domain: str
    configuration: terminology.Domain
    profile: Profile
    base: str

    @property
    def asked(self) -> Profile:
        """The profile that a deposit must obey: a domain may take what PDSm asks for and its examples have not."""
        return self.profile if self.configuration.custodian_required else Profile.MHD


Handler = Callable[[HttpRequest, Actor, Address, str], HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Choice:
    """Handlers of one address and method: which, the request says, once it is known who calls."""

    handlers: tuple[Handler, ...]
    choose: Callable[[HttpRequest], Handler]


def address_of(request: HttpRequest, domain: str) -> Address:
    """The address of a known domain; NotServed for an unknown one."""
    found = terminology.domain(domain)
    if found is None:
        raise answers.NotServed(404, "not-found", "domain-unknown", "Ce domaine n'existe pas ici.", found=domain)
    prefix = f"/d/{domain}" if request.path.startswith("/d/") else ""
    profile = Profile.PDSM if found.french_profile else Profile.MHD
    return Address(domain, found, profile, f"{request.scheme}://{request.get_host()}{prefix}/fhir")


def door(**handlers: Handler | Choice) -> Callable[..., HttpResponseBase]:
    """A view from handlers by method (`GET=…`): authenticates, dispatches, and answers every error in FHIR."""

    @answered
    def view(request: HttpRequest, domain: str = "fr", name: str = "") -> HttpResponseBase:
        handler = handlers.get(request.method or "")
        if handler is None:
            allowed = ", ".join(handlers)
            raise answers.NotServed(
                405,
                "not-supported",
                "method",
                "Cette méthode n'est pas servie à cette adresse.",
                found=request.method or "",
                expected=allowed or "aucune",
                Allow=allowed,
            )
        address = address_of(request, domain)
        software = request.META.get("HTTP_USER_AGENT", "")[:_SOFTWARE_LENGTH]
        caller = _caller(request, software)
        if isinstance(caller, Denied):
            return answers.denied(caller)
        if isinstance(handler, Choice):
            handler = handler.choose(request)
        lacking = scopes.missing(caller, scopes.name_of(handler))
        if lacking:
            return answers.scope_missing(lacking)
        marks.called(request, caller.actor)
        return handler(request, caller.actor, address, name)

    view.handlers = handlers  # type: ignore[attr-defined]
    return view


def _caller(request: HttpRequest, software: str) -> Caller | Denied:
    """By the token of an Authorization header when there is one, else by the client certificate."""
    certificate, now = request.META.get(HEADER, ""), clock.now()
    if "HTTP_AUTHORIZATION" in request.META:
        return caller_of_token(
            authorization=request.META["HTTP_AUTHORIZATION"],
            certificate_header=certificate,
            software=software,
            now=now,
        )
    found = actor_of_certificate(certificate_header=certificate, software=software, now=now)
    return found if isinstance(found, Denied) else Caller(found)


def answered(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view whose every error is an OperationOutcome."""

    @wraps(view)
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except answers.NotServed as error:
            return answers.failure(error.status, [error.issue], **error.headers)
        except Rejected as error:
            return answers.faulty(error.faults, 422)
        except Malformed as error:
            return answers.faulty((error,), 400)
        except (SuspiciousOperation, UnreadablePostError):
            return _failed(400, "structure", "request", "La requête n'est pas lisible.")
        except Exception:
            _log.exception("unexpected error at a FHIR door")
            return _failed(500, "exception", "unexpected", "Erreur inattendue : rien n'a été répondu ni promis.")

    # A client certificate or a token, and no cookie, says who calls: there is nothing to forge.
    answer.csrf_exempt = True  # type: ignore[attr-defined]
    return answer


def _failed(status: int, code: str, rule: str, text: str) -> HttpResponse:
    error = answers.NotServed(status, code, rule, text)
    return answers.failure(status, [error.issue])


def read_body(request: HttpRequest) -> bytes:
    """The whole body, up to CARNET_MAX_JSON bytes; NotServed (413) beyond. It may be asked for again.

    JSON is held in memory, about twice over while its documents are decoded: what is larger has another door.
    """
    kept: bytes | None = getattr(request, "carnet_body", None)
    if kept is not None:
        return kept
    try:
        body = Body(request, limit=settings.CARNET_MAX_JSON).whole()
    except TooLarge as error:
        raise _too_large(error.limit) from error
    request.carnet_body = body
    return body


def read_form(request: HttpRequest, limit: int = 64 * 1024) -> bytes:
    """The body of a search, up to `limit` bytes; NotServed (413) beyond: taking it apart costs far more than bytes."""
    # Read to its end even so, or the caller would not hear the answer.
    body = read_body(request)
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> answers.NotServed:
    text = "Le corps est trop grand."
    if limit == settings.CARNET_MAX_JSON:
        text += " Un document plus lourd se dépose par ITI-41, en partie MTOM (/xds/repository), qui le reçoit en flux."
    return answers.NotServed(413, "too-long", "body-too-large", text, expected=f"<= {limit} octets")


def media_type(header: str) -> str:
    """A media type without its parameters, in lower case."""
    return header.split(";")[0].strip().lower()


def accepted(request: HttpRequest) -> list[str]:
    """The media types of Accept, those refused by q=0 left out; everything when the header is absent."""
    header = request.META.get("HTTP_ACCEPT", "").strip()
    if not header:
        return ["*/*"]
    found = []
    for item in header.split(","):
        kind, *parameters = (part.strip().lower() for part in item.split(";"))
        if kind and not any(p.replace(" ", "") in ("q=0", "q=0.0", "q=0.00", "q=0.000") for p in parameters):
            found.append(kind)
    return found


def lenient(request: HttpRequest) -> bool:
    """Whether the caller would rather have a parameter or an element that is not served ignored than refused."""
    preferences = request.META.get("HTTP_PREFER", "").replace(" ", "").lower().replace(";", ",").split(",")
    return "handling=lenient" in preferences


def require_json(request: HttpRequest) -> None:
    """NotServed (406) when the caller takes no JSON."""
    wanted = media_type(request.GET.get("_format", "").replace(" ", "+"))
    kinds = [wanted] if wanted else accepted(request)
    if not {"*/*", "application/*", "application/fhir+json", "application/json", "json"}.intersection(kinds):
        raise answers.NotServed(
            406,
            "not-supported",
            "accept",
            "Seul le JSON est servi.",
            found=", ".join(kinds),
            expected="application/fhir+json",
        )


def require_json_body(request: HttpRequest) -> None:
    """NotServed (415) when the caller sends anything but plain JSON."""
    kind = media_type(request.META.get("CONTENT_TYPE", ""))
    coding = request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower()
    if kind not in ("application/fhir+json", "application/json") or coding not in ("", "identity"):
        text = (
            "Le XML n'est pas reçu ici : envoyez la même ressource en JSON." if "xml" in kind else "JSON est attendu."
        )
        raise answers.NotServed(
            415,
            "not-supported",
            "content-type-unsupported",
            text,
            found=f"{kind} {coding}".removesuffix(" identity"),
            expected="application/fhir+json, sans compression",
        )
