"""Whom we believe over TLS, and who we say that we are."""

from __future__ import annotations

import ssl
from pathlib import Path


def context(*, authority: Path | None, certificate: Path | None = None, key: Path | None = None) -> ssl.SSLContext:
    """TLS 1.2 or later; the server and its name are checked.

    `authority` (PEM) is who its certificate comes from, None for those of the system; `certificate` (a chain, PEM) and
    `key` are shown to a server that asks. Raises OSError (ssl.SSLError is one) for files that cannot be read.
    """
    found = ssl.create_default_context(cafile=authority)
    found.minimum_version = ssl.TLSVersion.TLSv1_2
    if certificate is not None:
        found.load_cert_chain(certificate, key)
    return found
