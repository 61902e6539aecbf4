"""Master keys: the first of the ring wraps, all of it reads, in a setting, a file or a PKCS#11 token (SoftHSM here)."""

from __future__ import annotations

import base64
import os
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest

from carnet.kernel import keys, master_key, pkcs11

SOFTHSM = next((path for path in Path("/usr/lib").glob("**/softhsm/libsofthsm2.so")), None)
ABOUT, PLAIN = b"record", bytes(range(32))


def drawn() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


@pytest.fixture
def given(settings):
    """Put keys in the setting itself."""

    def give(*words: str) -> None:
        settings.CARNET_MASTER_KEY_FILE = None
        settings.CARNET_MASTER_KEY = master_key.words(" ".join(words))

    return give


def test_the_first_key_wraps_and_all_read(given) -> None:
    former, present = drawn(), drawn()
    given(former)
    name, wrapped = master_key.wrap(PLAIN, ABOUT)
    given(present, former)
    assert master_key.unwrap(wrapped, ABOUT) == PLAIN
    again, wrapped_again = master_key.wrap(PLAIN, ABOUT)
    assert again != name
    given(present)
    assert master_key.unwrap(wrapped_again, ABOUT) == PLAIN
    with pytest.raises(keys.KeyUnavailableError):
        master_key.unwrap(wrapped, ABOUT)


def test_a_wrapped_key_opens_for_its_record_only(given) -> None:
    given(drawn())
    _, wrapped = master_key.wrap(PLAIN, ABOUT)
    assert len(wrapped) == 60
    for changed, about in ((wrapped, b"other"), (wrapped[:-1] + bytes([wrapped[-1] ^ 1]), ABOUT)):
        with pytest.raises(keys.KeyUnavailableError):
            master_key.unwrap(changed, about)


def test_a_file_that_changes_is_read_again_and_one_that_breaks_changes_nothing(settings, tmp_path: Path) -> None:
    file, former, present = tmp_path / "ring", drawn(), drawn()
    settings.CARNET_MASTER_KEY_FILE = file
    file.write_text(former + "\n")
    _, wrapped = master_key.wrap(PLAIN, ABOUT)
    (tmp_path / "next").write_text(f"{present}\n{former}\n")
    (tmp_path / "next").rename(file)
    assert [key.name for key in master_key.ring()] == [
        master_key.LocalKey(base64.b64decode(w)).name for w in (present, former)
    ]
    file.write_text("half a k")
    assert master_key.unwrap(wrapped, ABOUT) == PLAIN
    file.unlink()
    assert master_key.unwrap(wrapped, ABOUT) == PLAIN


@pytest.mark.parametrize(
    "text", ["", "short", "pkcs11:token=a", "pkcs11:token=a;object=b?module-path=c&pin-value=1", "SAME SAME", "MANY"]
)
def test_a_ring_that_cannot_be_is_refused(text: str) -> None:
    one = drawn()
    with pytest.raises(ValueError, match=r"bytes in base64|pkcs11:token|between 1 and"):
        master_key.words(text.replace("SAME", one).replace("MANY", " ".join(drawn() for _ in range(9))))


@pytest.mark.django_db
def test_what_is_derived_outlives_a_rotation(given) -> None:
    former, present = drawn(), drawn()
    given(former)
    seeds, codes = keys.derived_key(b"seeds"), keys.derived_key(b"codes")
    assert seeds != codes
    from carnet.kernel import rotation

    given(present, former)
    assert sum(step.wrapped for step in rotation.rewrap_database()) == 1
    given(present)
    assert (keys.derived_key(b"seeds"), keys.derived_key(b"codes")) == (seeds, codes)
    given(former)
    with pytest.raises(keys.KeyUnavailableError):
        keys.derived_key(b"seeds")


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Address of a fresh AES key in a SoftHSM token; the key cannot leave it."""
    if SOFTHSM is None or shutil.which("softhsm2-util") is None:
        pytest.skip("SoftHSM is not installed (Debian, Ubuntu: apt install softhsm2): no PKCS#11 token to test against")
    library = pytest.importorskip("pkcs11")
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path}/tokens\nobjectstore.backend = file\n")
    (tmp_path / "pin").write_text("1234\n")
    monkeypatch.setenv("SOFTHSM2_CONF", str(tmp_path / "softhsm2.conf"))
    command = ["softhsm2-util", "--init-token", "--free", "--label", "carnet", "--pin", "1234", "--so-pin", "5678"]
    subprocess.run(command, check=True, capture_output=True)
    opened = library.lib(str(SOFTHSM))
    opened.reinitialize()
    with opened.get_token(token_label="carnet").open(rw=True, user_pin="1234") as session:
        for label in ("former", "present"):
            session.generate_key(
                library.KeyType.AES,
                256,
                label=label,
                store=True,
                capabilities=library.MechanismFlag.ENCRYPT | library.MechanismFlag.DECRYPT,
                template={library.Attribute.EXTRACTABLE: False, library.Attribute.SENSITIVE: True},
            )
    return f"pkcs11:token=carnet;object=LABEL?module-path={SOFTHSM}&pin-source=file:{tmp_path}/pin"


def test_a_key_of_a_token_wraps_and_unwraps_there(given, token: str) -> None:
    given(token.replace("LABEL", "former"))
    name, wrapped = master_key.wrap(PLAIN, ABOUT)
    assert (len(name), len(wrapped)) == (16, 60)
    given(token.replace("LABEL", "present"), token.replace("LABEL", "former"))
    assert master_key.unwrap(wrapped, ABOUT) == PLAIN
    with pytest.raises(keys.KeyUnavailableError):
        master_key.unwrap(wrapped, b"other")
    with pytest.raises(keys.KeyUnavailableError):
        master_key.unwrap(wrapped[:-1] + bytes([wrapped[-1] ^ 1]), ABOUT)


@pytest.mark.django_db
def test_a_house_moves_from_a_setting_into_a_token(given, token: str) -> None:
    from carnet.kernel import rotation

    former, address = drawn(), token.replace("LABEL", "present")
    given(former)
    before = keys.derived_key(b"seeds")
    keys.create_record_key(7)
    given(address, former)
    assert sum(step.wrapped for step in rotation.rewrap_database()) == 2
    given(address)
    assert keys.derived_key(b"seeds") == before
    assert {master for _, master, _ in keys.every_wrapped()} == {master_key.ring()[0].name}


def test_each_process_opens_the_token_for_itself(given, token: str) -> None:
    given(token.replace("LABEL", "present"))
    key = master_key.ring()[0]
    wrapped = key.wrap(PLAIN, ABOUT)
    child = os.fork()
    if child == 0:
        # Nothing but the answer: this is a copy of pytest.
        try:
            os._exit(0 if key.unwrap(wrapped, ABOUT) == PLAIN else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_token_that_is_not_there_is_named(given, token: str, tmp_path: Path) -> None:
    for address, said in (
        (token.replace("LABEL", "absent"), "object absent"),
        (token.replace("LABEL", "former").replace("token=carnet", "token=none"), "token none"),
        (token.replace("LABEL", "former").replace(str(SOFTHSM), "/nowhere.so"), "/nowhere.so"),
    ):
        with pytest.raises(pkcs11.TokenError, match=said):
            pkcs11.TokenKey(pkcs11.parse(address)).wrap(PLAIN, ABOUT)
