"""A person at a browser: signs in, walks the pages. Used by every test of this folder.

`CARNET_LOOK=whole` keeps a picture of every page at both widths, and lets axe look at both.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import shutil
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, TimeoutError

from tests.conftest import Living

# The one without a window of its own first: it takes half the time.
_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM = next((found for name in _NAMES if (found := shutil.which(name))), "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Pages live for a second: compiling their scripts well takes longer than running them.
    "--js-flags=--no-opt",
]
# A picture takes longer than the page that it shows, and axe finds the same at both widths: when asked.
WHOLE = os.environ.get("CARNET_LOOK") == "whole"
AXE_WIDTHS = ("360", "1280") if WHOLE else ("360",)
WIDTHS = {"360": {"width": 360, "height": 740}, "1280": {"width": 1280, "height": 860}}
# Rules of WCAG 2.0 to 2.2, A and AA, and axe's good practices.
AXE = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
}
# Only the violations leave the page: the whole result is some megabytes, which take longer to read than to find.
_VIOLATIONS = """
async options => (await axe.run(options)).violations.map(
  found => `${found.id} (${found.impact}): ${found.help}; ` + found.nodes.map(node => node.html).join(" | "))
"""
# What signing in leaves, made young again: false when the session has ended meanwhile.
_RENEW = """
import sys, time
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
request = HttpRequest()
request.session = SessionStore(sys.argv[1])
if not get_user(request).is_authenticated:
    sys.exit(1)
for record in request.session["account_authentication_methods"]:
    record["at"] = time.time()
request.session["carnet_seen"] = int(time.time())
request.session.save()
"""
# Sessions of one copy by login: when they were proven, and their cookies.
_SESSIONS: dict[tuple[str, str], tuple[float, Any]] = {}


def code_at(seed: str, moment: float) -> str:
    """A TOTP (RFC 6238), computed here apart from the code under test."""
    key = base64.b32decode(seed)
    digest = hmac.new(key, struct.pack(">Q", int(moment) // 30), hashlib.sha1).digest()
    start = digest[19] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def launch(playwright: Playwright) -> Browser:
    """The installed Chromium; nothing is downloaded."""
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


class Walker:
    """Opens pages of one Carnet as its demonstration people; signs each in once and keeps the session."""

    def __init__(self, browser: Browser, living: Living, pictures: Path) -> None:
        self.browser = browser
        self.living = living
        self.base = living.http
        self.identities = living.identities
        self.pictures = pictures
        pictures.mkdir(parents=True, exist_ok=True)

    def person(self, kind: str, login: str) -> dict[str, Any]:
        """A demonstration identity by its login; `kind` is `professionals`, `clerks` or `patients`."""
        return next(one for one in self.identities[kind] if one["login"] == login)

    def session(self, person: dict[str, Any]) -> Any:
        """The cookies of a person whose proofs are less than two minutes old: what weighs asks for nothing again."""
        name = self.base, person["login"]
        proven, state = _SESSIONS.get(name, (0.0, None))
        if time.monotonic() - proven > 120:
            if state is None or not self._renewed(state):
                with self.context() as context:
                    page = context.new_page()
                    self.sign_in(page, person)
                    state = context.storage_state()
            _SESSIONS[name] = time.monotonic(), state
        return state

    def _renewed(self, state: Any) -> bool:
        kept = next((one["value"] for one in state["cookies"] if one["name"].endswith("_session")), "")
        return self.living.python(_RENEW, kept).returncode == 0

    def context(self, **options: Any) -> BrowserContext:
        """A fresh browser profile that speaks French."""
        return self.browser.new_context(base_url=self.base, locale="fr-FR", timezone_id="Europe/Paris", **options)

    def sign_in(self, page: Page, person: dict[str, Any]) -> None:
        """Password, then code, through the pages."""
        page.goto("/compte/connexion/")
        page.get_by_label("Identifiant").fill(person["login"])
        page.get_by_label("Mot de passe").fill(person["password"])
        page.get_by_role("button", name="Continuer").click()
        # A code serves once, and somebody may have signed in with it in these thirty seconds, in another test.
        if self._give_code(page, person) == 422:
            self.living.forget_codes()
            self._give_code(page, person)
        page.wait_for_url(lambda url: "/compte/" not in url)

    @staticmethod
    def _give_code(page: Page, person: dict[str, Any]) -> int:
        page.get_by_label("Code à 6 chiffres").fill(code_at(person["totp"], time.time()))
        with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            page.get_by_role("button", name="Se connecter").click()
        return int(answered.value.status)

    @contextmanager
    def page(self, person: dict[str, Any] | None = None, **options: Any) -> Iterator[Page]:
        """A page, signed in as `person` when given; a script error or a policy violation fails the test."""
        if person is not None:
            options["storage_state"] = self.session(person)
        context = self.context(**options)
        page = context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: complaints.append(message.text) if "Content Security Policy" in message.text else None,
        )
        try:
            yield page
        finally:
            context.close()
        assert not complaints, complaints

    def look(self, page: Page, name: str, *, accessible: bool = True) -> None:
        """One page as people meet it, at two widths: no sideways scroll, no accessibility violation.

        `accessible=False` leaves axe out, for the other pages of a kind that it looked at once.
        """
        for width, size in WIDTHS.items():
            page.set_viewport_size(size)  # type: ignore[arg-type]
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= size["width"], f"{name} scrolls sideways at {width} px: {wide}"
            if WHOLE:
                take_picture(page, self.pictures / f"{name}-{width}.jpeg")
            if accessible and width in AXE_WIDTHS:
                check_accessibility(page, f"{name} at {width} px")


def take_picture(page: Page, file: Path) -> None:
    """The whole page, its images drawn; asked for again where a busy browser has not painted in time."""
    page.evaluate("Promise.all([...document.images].map(image => image.decode().catch(() => null)))")
    # Twice as quick to write as PNG; what is looked at with the eye loses nothing.
    how = {"path": file, "full_page": True, "type": "jpeg", "quality": 80}
    try:
        page.screenshot(**how, timeout=15_000)
    except TimeoutError:
        page.screenshot(**how)


def check_accessibility(page: Page, name: str) -> None:
    """No violation of axe's rules; the message lists each with its elements."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    violations = page.evaluate(_VIOLATIONS, AXE)
    assert not violations, f"{name}: " + "\n".join(violations)
