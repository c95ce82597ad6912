"""Films in the browser, from disk and with the network off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.animation.browser.opening import LONG_MS


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """Opens a page's text from disk; at the end nothing was asked for, and nothing went wrong."""
    faults: list[str] = []
    asked: list[str] = []
    contexts: list[Any] = []

    def open_page(text: str, **context: Any) -> Any:
        file = tmp_path / f"film-{len(contexts)}.html"
        file.write_text(text, encoding="utf-8")
        contexts.append(browser.new_context(offline=True, **{"viewport": {"width": 1400, "height": 900}, **context}))
        shown = contexts[-1].new_page()
        shown.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
        shown.on("pageerror", lambda error: faults.append(str(error)))
        shown.on("dialog", lambda dialog: faults.append(dialog.message))
        shown.on("request", lambda request: asked.append(request.url) if request.url != file.as_uri() else None)
        shown.goto(file.as_uri())
        shown.locator("#page.ready").wait_for(timeout=LONG_MS)
        return shown

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []
    assert [url for url in asked if not url.startswith("data:")] == []
