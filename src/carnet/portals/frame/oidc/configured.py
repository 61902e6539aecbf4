"""The identity providers that this service is a client of, by the settings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404
from joserfc.jwk import ECKey, RSAKey

from carnet.kernel import providers
from carnet.wire.oidc import jose

PSC = "psc"
FRANCECONNECT = "franceconnect"
# What each is asked to say (ANS, Pro Santé Connect; FranceConnect, « identité pivot »).
_SCOPES = {
    PSC: "openid scope_all",
    FRANCECONNECT: "openid given_name family_name birthdate gender birthplace birthcountry",
}
_WORDS = {PSC: "Pro Santé Connect", FRANCECONNECT: "FranceConnect"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider: its word in our addresses, its name on our pages, its issuer, and how it knows us."""

    name: str
    label: str
    issuer: str
    client: str
    key_path: Path
    acr: tuple[str, ...]
    scope: str

    @property
    def key(self) -> RSAKey | ECKey:
        """The private key under which it knows us."""
        return _key(self.key_path, self.key_path.stat().st_mtime_ns)

    @property
    def metadata(self) -> providers.Metadata:
        """What it says of itself; raises Malformed `provider-…`."""
        return providers.metadata(self.issuer)


def provider(name: str) -> Provider | None:
    """The provider of this name, None where it is not configured."""
    found = settings.CARNET_PROVIDERS.get(name)
    if found is None or not found["issuer"] or found["key"] is None:
        return None
    return Provider(
        name=name,
        label=_WORDS[name] + (" (démonstration)" if settings.CARNET_MODE == "demo" else ""),
        issuer=found["issuer"],
        client=found["client"],
        key_path=found["key"],
        acr=tuple(found["acr"]),
        scope=_SCOPES[name],
    )


def provider_or_404(name: str) -> Provider:
    """The same; no page without it."""
    found = provider(name)
    if found is None:
        raise Http404
    return found


def offered() -> tuple[Provider, ...]:
    """The providers of the sign-in page."""
    return tuple(found for name in (PSC, FRANCECONNECT) if (found := provider(name)) is not None)


@lru_cache(maxsize=8)
def _key(path: Path, _stamp: int) -> RSAKey | ECKey:
    return jose.private_key(path.read_bytes())
