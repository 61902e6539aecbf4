"""WSDL 1.1 of the registry and of the repository, SOAP 1.2 bindings, schemas of our own inside.

Everything a client generator needs is in one document, so nothing else has to be fetched. Names of
operations follow IHE ITI TF-2 Appendix W.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources

from carnet.wire.xds import iti18_stored_query as iti18
from carnet.wire.xds import iti41_provide_and_register as iti41
from carnet.wire.xds import iti42_register as iti42
from carnet.wire.xds import iti43_retrieve as iti43
from carnet.wire.xds import names
from carnet.wire.xml import escape

_AFTER = '"/></wsdl:port></wsdl:service></wsdl:definitions>\n'
_SCHEMAS = ("rim", "rs", "lcm", "query", "xdsb")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its name, both actions, both elements as prefixed names."""

    name: str
    action: str
    response_action: str
    request: str
    response: str


@dataclass(frozen=True, slots=True)
class Service:
    """A WSDL service with one port."""

    name: str
    operations: tuple[Operation, ...]


REGISTRY = Service(
    "DocumentRegistry",
    (
        Operation(
            "DocumentRegistry_RegisterDocumentSet-b",
            iti42.ACTION,
            iti42.RESPONSE_ACTION,
            "lcm:SubmitObjectsRequest",
            "rs:RegistryResponse",
        ),
        Operation(
            "DocumentRegistry_RegistryStoredQuery",
            iti18.ACTION,
            iti18.RESPONSE_ACTION,
            "query:AdhocQueryRequest",
            "query:AdhocQueryResponse",
        ),
    ),
)
REPOSITORY = Service(
    "DocumentRepository",
    (
        Operation(
            "DocumentRepository_ProvideAndRegisterDocumentSet-b",
            iti41.ACTION,
            iti41.RESPONSE_ACTION,
            "xds:ProvideAndRegisterDocumentSetRequest",
            "rs:RegistryResponse",
        ),
        Operation(
            "DocumentRepository_RetrieveDocumentSet",
            iti43.ACTION,
            iti43.RESPONSE_ACTION,
            "xds:RetrieveDocumentSetRequest",
            "xds:RetrieveDocumentSetResponse",
        ),
    ),
)


def render(service: Service, *, address: str) -> str:
    """The whole WSDL; `address` is the absolute URL of the endpoint."""
    return _before(service) + escape(address) + _AFTER


def schema(name: str) -> str:
    """One of our schemas (`rim`, `rs`, `lcm`, `query`, `xdsb`) as a document."""
    return resources.files("carnet.wire.xds").joinpath("schemas", f"{name}.xsd").read_text(encoding="utf-8")


def _inline(name: str) -> str:
    text = schema(name)
    return text[text.index("<xs:schema") :]


@cache
def _before(service: Service) -> str:
    messages, port, binding = [], [], []
    for operation in service.operations:
        for side, element in (("Request", operation.request), ("Response", operation.response)):
            messages.append(
                f'<wsdl:message name="{operation.name}_{side}">'
                f'<wsdl:part name="body" element="{element}"/></wsdl:message>'
            )
        port.append(
            f'<wsdl:operation name="{operation.name}">'
            f'<wsdl:input message="tns:{operation.name}_Request" wsam:Action="{operation.action}"'
            f' wsaw:Action="{operation.action}"/>'
            f'<wsdl:output message="tns:{operation.name}_Response" wsam:Action="{operation.response_action}"'
            f' wsaw:Action="{operation.response_action}"/></wsdl:operation>'
        )
        binding.append(
            f'<wsdl:operation name="{operation.name}">'
            f'<soap12:operation soapAction="{operation.action}" soapActionRequired="false"/>'
            '<wsdl:input><soap12:body use="literal"/></wsdl:input>'
            '<wsdl:output><soap12:body use="literal"/></wsdl:output></wsdl:operation>'
        )
    types = "".join(_inline(name) for name in _SCHEMAS)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<wsdl:definitions name="{service.name}" targetNamespace="{names.XDSB}" xmlns:tns="{names.XDSB}"'
        f' xmlns:xds="{names.XDSB}" xmlns:query="{names.QUERY}" xmlns:rs="{names.RS}" xmlns:lcm="{names.LCM}"'
        ' xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap12="http://schemas.xmlsoap.org/wsdl/soap12/"'
        ' xmlns:wsam="http://www.w3.org/2007/05/addressing/metadata"'
        ' xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl">'
        f"<wsdl:types>{types}</wsdl:types>{''.join(messages)}"
        f'<wsdl:portType name="{service.name}_PortType">{"".join(port)}</wsdl:portType>'
        f'<wsdl:binding name="{service.name}_Binding_Soap12" type="tns:{service.name}_PortType">'
        '<soap12:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>'
        f'<wsaw:UsingAddressing wsdl:required="true"/>{"".join(binding)}</wsdl:binding>'
        f'<wsdl:service name="{service.name}_Service"><wsdl:port name="{service.name}_Port_Soap12"'
        f' binding="tns:{service.name}_Binding_Soap12"><soap12:address location="'
    )
