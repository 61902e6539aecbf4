"""A master key inside a PKCS#11 token (HSM, smart card, network vault): it wraps and unwraps there and never leaves.

The address is RFC 7512's: `pkcs11:token=LABEL;object=LABEL?module-path=LIBRARY&pin-source=FILE`; `serial` and `id`
narrow it down. The object is an AES-256 secret key that may encrypt and decrypt (CKM_AES_GCM, PKCS#11 3.1 §6.13.3).
"""

from __future__ import annotations

import hashlib
import os
import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast
from urllib.parse import unquote_to_bytes

SCHEME = "pkcs11:"
_NONCE = 12
_TAG_BITS = 128
_LONGEST_MEMORY = 2000


class TokenError(Exception):
    """The token cannot be reached, or does not hold the key; the message says which, never the PIN."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a key is: `serial` and `identifier` are empty when the address does not say."""

    token: str
    object: str
    module: str
    pin: str
    serial: str = ""
    identifier: bytes = b""


def parse(text: str) -> Address:
    """An address; raises ValueError with what was expected."""
    path, _, query = text.removeprefix(SCHEME).partition("?")
    found = dict(part.partition("=")[::2] for part in (*path.split(";"), *query.split("&")) if part)
    known = {"token", "object", "module-path", "pin-source", "serial", "id"}
    if set(found) - known or not {"token", "object", "module-path"} <= set(found):
        raise ValueError("pkcs11:token=LABEL;object=LABEL?module-path=LIBRARY&pin-source=FILE")
    plain = {name: unquote_to_bytes(value) for name, value in found.items()}
    try:
        return Address(
            token=plain["token"].decode(),
            object=plain["object"].decode(),
            module=plain["module-path"].decode(),
            pin=plain.get("pin-source", b"").decode().removeprefix("file:").replace("//", "/"),
            serial=plain.get("serial", b"").decode(),
            identifier=plain.get("id", b""),
        )
    except UnicodeDecodeError as error:
        raise ValueError("labels and paths in UTF-8") from error


class _Handle(Protocol):
    """What the library's secret keys do, which their published type leaves out."""

    def encrypt(self, data: bytes, **how: Any) -> bytes: ...

    def decrypt(self, data: bytes, **how: Any) -> bytes: ...


class TokenKey:
    """A key of a token. One session a process; a lost one is opened again once. Opened keys are remembered a while."""

    def __init__(self, address: Address) -> None:
        self._address = address
        about = "\0".join((address.token, address.serial, address.object, address.identifier.hex()))
        self.name = hashlib.sha256(b"carnet pkcs11 master key " + about.encode()).hexdigest()[:16]
        self.place = f"{address.token}/{address.object}"
        self._lock = threading.Lock()
        self._process = 0
        self._key: _Handle | None = None
        self._memory: OrderedDict[tuple[bytes, bytes], bytes] = OrderedDict()

    def wrap(self, plain: bytes, about: bytes) -> bytes:
        """See `master_key.MasterKey`; raises TokenError."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._do(plain, nonce, about, sealing=True)
        if sealed is None:
            raise TokenError(f"the token {self._address.token} refused to encrypt")
        return nonce + sealed

    def unwrap(self, wrapped: bytes, about: bytes) -> bytes | None:
        """See `master_key.MasterKey`; raises TokenError."""
        asked = (wrapped, about)
        with self._lock:
            if (plain := self._memory.get(asked)) is not None:
                self._memory.move_to_end(asked)
                return plain
        plain = self._do(wrapped[_NONCE:], wrapped[:_NONCE], about, sealing=False)
        if plain is not None:
            with self._lock:
                self._memory[asked] = plain
                if len(self._memory) > _LONGEST_MEMORY:
                    self._memory.popitem(last=False)
        return plain

    def _do(self, data: bytes, nonce: bytes, about: bytes, *, sealing: bool) -> bytes | None:
        """What the token makes of `data`; None when it says that the bytes are not its own."""
        from pkcs11 import Mechanism, exceptions
        from pkcs11.mechanisms import GCMParams

        parameters = GCMParams(nonce, about, _TAG_BITS)
        with self._lock:
            for last in (False, True):
                try:
                    key = self._open()
                    work = key.encrypt if sealing else key.decrypt
                    return bytes(work(data, mechanism=Mechanism.AES_GCM, mechanism_param=parameters))
                except exceptions.PKCS11Error as error:
                    # Vendors do not agree on how a wrong tag is said: a token that still encrypts has said no.
                    if not sealing and self._encrypts():
                        return None
                    self._key = None
                    if last:
                        raise TokenError(f"token {self._address.token}: {type(error).__name__}") from error
        return None

    def _encrypts(self) -> bool:
        from pkcs11 import Mechanism, exceptions
        from pkcs11.mechanisms import GCMParams

        parameters = GCMParams(secrets.token_bytes(_NONCE), b"", _TAG_BITS)
        try:
            return self._key is not None and bool(
                self._key.encrypt(bytes(16), mechanism=Mechanism.AES_GCM, mechanism_param=parameters)
            )
        except exceptions.PKCS11Error:
            return False

    def _open(self) -> _Handle:
        """The key's handle in this process: a session does not survive a fork."""
        if self._key is not None and self._process == os.getpid():
            return self._key
        try:
            import pkcs11
            from pkcs11 import exceptions
        except ImportError as error:
            raise TokenError("a pkcs11: key needs the extra of this name: pip install carnet[pkcs11]") from error
        address = self._address
        try:
            library = pkcs11.lib(address.module)
            if self._process not in (0, os.getpid()):
                library.reinitialize()
            narrow = {"token_label": address.token}
            if address.serial:
                narrow["token_serial"] = address.serial
            token = library.get_token(**narrow)
            pin = Path(address.pin).read_text(encoding="utf-8").strip() if address.pin else None
            try:
                session = token.open(user_pin=pin)
            except exceptions.UserAlreadyLoggedIn:
                # A login is the process's, for all its sessions and keys of this token.
                session = token.open()
            found = session.get_key(
                object_class=pkcs11.ObjectClass.SECRET_KEY, label=address.object, id=address.identifier or None
            )
        except exceptions.PKCS11Error as error:
            raise TokenError(
                f"token {address.token}, object {address.object}, {address.module}: {type(error).__name__}"
            ) from error
        except (OSError, RuntimeError) as error:
            raise TokenError(f"{address.module} or its PIN cannot be read: {type(error).__name__}") from error
        self._key, self._process = cast(_Handle, found), os.getpid()
        return self._key
