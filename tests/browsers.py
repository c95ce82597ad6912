"""Chromium for the tests of pages: found and started without a window, or its lack is told.

`sh go test-pages` installs what these tests need, but for Chromium, and fails where something is lacking; elsewhere
they are skipped.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def need_a_browser(*modules: str) -> None:
    """Skip a test, or the module that calls this at its top, if Chromium, playwright or one of the modules is lacking.

    Fails instead if the environment says `PEACESIM_BROWSER=required`.
    """
    lacking = [one for one in ("playwright", *modules) if importlib.util.find_spec(one) is None]
    lacking += [] if CHROMIUM else ["chromium"]
    if not lacking:
        return
    said = f"lacks {', '.join(lacking)}; `sh go test-pages` installs all but chromium"
    if os.environ.get("PEACESIM_BROWSER") == "required":
        pytest.fail(said, pytrace=False)
    pytest.skip(said, allow_module_level=True)


@contextmanager
def chromium() -> Iterator[Any]:
    """A browser of playwright."""
    with importlib.import_module("playwright.sync_api").sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
