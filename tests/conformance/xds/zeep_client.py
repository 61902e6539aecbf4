"""zeep, a SOAP client we did not write, configured by our ?wsdl and nothing else."""

from __future__ import annotations

from typing import Any

from lxml import etree
from requests import Session
from xds_requests import DOMAIN, Caller
from zeep import Client
from zeep.transports import Transport
from zeep.wsdl.utils import get_or_create_header

from carnet.wire.soap.envelope import SECURITY


class _Vihf:
    """Puts a signed assertion in wsse:Security."""

    def __init__(self, assertion: bytes) -> None:
        self._assertion = assertion

    def apply(self, envelope: etree._Element, headers: dict[str, str]) -> tuple[etree._Element, dict[str, str]]:
        security = etree.SubElement(get_or_create_header(envelope), f"{{{SECURITY}}}Security")
        security.append(etree.fromstring(self._assertion))
        return envelope, headers

    def verify(self, envelope: etree._Element) -> None:
        """Answers carry no signature."""


def service(caller: Caller, name: str, patient: str, domain: str = DOMAIN) -> Any:
    """The operations of the registry or of the repository of a domain, about a patient."""
    session = Session()
    session.trust_env = False
    session.verify = str(caller.authority)
    session.cert = (str(caller.identity.certificate), str(caller.identity.key))
    address = f"{caller.living.http}/d/{domain}/xds/{name}?wsdl"
    return Client(address, wsse=_Vihf(caller.assertion(patient)), transport=Transport(session=session)).service
