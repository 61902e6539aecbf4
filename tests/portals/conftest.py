"""One browser and one living Carnet for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.conftest import ROOT, Living
from tests.portals.walk import CHROMIUM, Walker, launch


@pytest.fixture(scope="module")
def walker(living: Living) -> Iterator[Walker]:
    """Somebody at a browser, on the living Carnet.

    One per module: Playwright keeps an event loop running in this thread, which other modules must not find.
    """
    if not Path(CHROMIUM).exists():
        pytest.skip("no Chromium on this machine (apt install chromium): pages are not looked at")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield Walker(browser, living, ROOT / "build" / "portals")
        browser.close()
