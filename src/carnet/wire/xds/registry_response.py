"""rs:RegistryResponse and its errors (IHE ITI TF-3 §4.2.4)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from lxml import etree

from carnet.wire.xds import names
from carnet.wire.xml import escape

_RS = f"{{{names.RS}}}"


class RegistryError(msgspec.Struct, frozen=True, kw_only=True):
    """One error or warning: an IHE code, an explanation, where it is."""

    code: str
    context: str
    location: str = ""
    warning: bool = False


class RegistryResponse(msgspec.Struct, frozen=True):
    """A status URN (`names.STATUS_…`) and the errors."""

    status: str
    errors: tuple[RegistryError, ...] = ()


def status_of(errors: Iterable[RegistryError], *, partial: bool = False) -> str:
    """Success when nothing worse than a warning happened (TF-3 §4.2.4.2), else Failure or PartialSuccess."""
    if all(error.warning for error in errors):
        return names.STATUS_SUCCESS
    return names.STATUS_PARTIAL if partial else names.STATUS_FAILURE


def render(response: RegistryResponse) -> str:
    """The element, declaring its namespace."""
    return (
        f'<rs:RegistryResponse xmlns:rs="{names.RS}" status="{response.status}">'
        f"{render_errors(response.errors)}</rs:RegistryResponse>"
    )


def render_errors(errors: tuple[RegistryError, ...]) -> str:
    """The rs:RegistryErrorList, empty without errors; the container declares the prefix rs."""
    if not errors:
        return ""
    highest = names.SEVERITY_WARNING if all(error.warning for error in errors) else names.SEVERITY_ERROR
    written = [
        f'<rs:RegistryError codeContext="{escape(error.context)}" errorCode="{escape(error.code)}"'
        f' severity="{names.SEVERITY_WARNING if error.warning else names.SEVERITY_ERROR}"'
        f' location="{escape(error.location)}"/>'
        for error in errors
    ]
    return f'<rs:RegistryErrorList highestSeverity="{highest}">{"".join(written)}</rs:RegistryErrorList>'


def read(element: etree._Element) -> RegistryResponse:
    """A RegistryResponse, or any answer that extends one."""
    errors = [
        RegistryError(
            code=error.get("errorCode", ""),
            context=error.get("codeContext", ""),
            location=error.get("location", ""),
            warning=error.get("severity", "").endswith(":Warning"),
        )
        for error in element.iterfind(f"{_RS}RegistryErrorList/{_RS}RegistryError")
    ]
    return RegistryResponse(element.get("status", ""), tuple(errors))
