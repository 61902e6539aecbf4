"""POST a SOAP 1.2 message to the registry or to the repository; GET `?wsdl` for their description.

Nothing raises past these views: what cannot be read is a Sender fault that explains, what nobody
expected is a Receiver fault that says nothing and a line in the log without anybody's data.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from carnet.exchange.login.faults import Denied
from carnet.exchange.login.soap import actor_of_soap
from carnet.exchange.testbed import marks
from carnet.exchange.xds import (
    errors,
    iti18_stored_query,
    iti41_provide_and_register,
    iti42_register,
    iti43_retrieve,
    message,
)
from carnet.exchange.xds.transaction import Call, Transaction, fault
from carnet.kernel import clock
from carnet.kernel.request_body import Body, TooLarge
from carnet.wire import soap
from carnet.wire.errors import Malformed
from carnet.wire.xds import wsdl

_log = logging.getLogger(__name__)

_REGISTRY: Mapping[str, Transaction] = {
    iti18_stored_query.ACTION: iti18_stored_query.serve,
    iti42_register.ACTION: iti42_register.serve,
}
_REPOSITORY: Mapping[str, Transaction] = {
    iti41_provide_and_register.ACTION: iti41_provide_and_register.serve,
    iti43_retrieve.ACTION: iti43_retrieve.serve,
}
# Faults for which HTTP has a word of its own.
_STATUSES = {"http-content-type": 415, "http-content-encoding": 415}


@csrf_exempt  # type: ignore[untyped-decorator]
def registry(request: HttpRequest, domain: str = "fr") -> HttpResponseBase:
    """The document registry of a domain."""
    return _door(request, domain, wsdl.REGISTRY, _REGISTRY)


@csrf_exempt  # type: ignore[untyped-decorator]
def repository(request: HttpRequest, domain: str = "fr") -> HttpResponseBase:
    """The document repository of a domain."""
    return _door(request, domain, wsdl.REPOSITORY, _REPOSITORY)


def _door(
    request: HttpRequest, domain: str, service: wsdl.Service, transactions: Mapping[str, Transaction]
) -> HttpResponseBase:
    if request.method == "GET":
        return _description(request, service)
    if request.method != "POST":
        return HttpResponseNotAllowed(["GET", "POST"])
    body = Body(request, limit=settings.CARNET_MAX_BODY)
    relates_to = ""
    try:
        _check_encoding(request.headers.get("Content-Encoding", ""))
        received = message.read(request.headers.get("Content-Type", ""), body)
        relates_to = received.envelope.message_id
        marks.passed(request, "lecture")
        transaction = _transaction(received.envelope, transactions)
        login = actor_of_soap(
            certificate_header=request.headers.get("X-Carnet-Client-Cert", ""),
            assertion=received.envelope.assertion,
            domain=domain,
            now=clock.now(),
        )
        if isinstance(login, Denied):
            return fault(errors.fault(login.refusal, login.fault), relates_to=relates_to)
        marks.called(request, login.actor, login.vihf.patient)
        return transaction(Call(login.actor, domain, login.vihf.patient, received))
    except Malformed as error:
        return fault(soap.fault_of(error), relates_to=relates_to, status=_STATUSES.get(error.rule, 0))
    except TooLarge as error:
        return fault(soap.fault_of(_too_large(error)), relates_to=relates_to, status=413)
    except UnreadablePostError:
        # The caller left in the middle of its message: there is nobody to answer.
        return fault(soap.Fault("Sender", "Le message n'est pas arrivé en entier."), relates_to=relates_to)
    except Exception:
        _log.exception("A message to %s failed", service.name)
        return fault(
            soap.Fault("Receiver", "Le serveur n'a pas pu traiter ce message ; rien n'a été enregistré."),
            relates_to=relates_to,
        )


def _too_large(error: TooLarge) -> Malformed:
    return Malformed(
        "http-size",
        "Le message dépasse la taille acceptée.",
        field="corps",
        expected=f"<= {error.limit} octets",
    )


def _check_encoding(encoding: str) -> None:
    """A compressed body is not opened: a few bytes of it may be gigabytes."""
    if encoding.strip().lower() not in ("", "identity"):
        raise Malformed(
            "http-content-encoding",
            "Le message est compressé : envoyez-le sans compression.",
            field="Content-Encoding",
            found=encoding[:100],
            expected="identity",
            source="RFC 9110 §8.4 ; IHE ITI TF-2 Annexe V §V.3",
        )


def _transaction(envelope: soap.Envelope, transactions: Mapping[str, Transaction]) -> Transaction:
    found = transactions.get(envelope.action)
    if found is None:
        raise Malformed(
            "wsa-action-unknown",
            "Cette action n'est pas servie à cette adresse.",
            field="wsa:Action",
            found=envelope.action[:200],
            expected=" ".join(transactions),
            source="WS-Addressing 1.0 SOAP Binding §6.4.1",
        )
    if not envelope.message_id:
        raise Malformed(
            "wsa-message-id",
            "Le message n'a pas d'identifiant : la réponse ne pourrait lui être reliée.",
            field="wsa:MessageID",
            expected="urn:uuid:…",
            source="IHE ITI TF-2 Annexe V §V.3.2",
        )
    return found


def _description(request: HttpRequest, service: wsdl.Service) -> HttpResponse:
    if "wsdl" not in (name.lower() for name in request.GET):
        return HttpResponse(
            "Service SOAP 1.2 : POST un message, ou GET ?wsdl pour sa description.\n",
            content_type="text/plain; charset=utf-8",
            status=405,
            headers={"Allow": "POST"},
        )
    if request.headers.get("X-Carnet-Port") == "machines":
        host = request.get_host()
    else:
        # The door itself is on the port of machines, whoever asks.
        host = f"{request.get_host().rpartition(':')[0] or request.get_host()}:{settings.CARNET_TLS_PORT}"
    address = f"https://{host}{request.path}"
    return HttpResponse(wsdl.render(service, address=address), content_type="text/xml; charset=utf-8")
