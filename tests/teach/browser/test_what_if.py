"""The what-if widget in JupyterLab, in a browser, by keyboard."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sim.teach.quick_answer import answer
from tests.browsers import need_a_browser
from tests.house.files import ROOT

need_a_browser("jupyterlab", "ipywidgets")

SOURCE = 'from sim.teach.widget import what_if\n\nwhat_if("lesson")'
_IMAGES = "images => [...document.querySelectorAll('.widget-html img')].map(image => image.src)"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """Address of a notebook in a server of its own, whose settings and data are in a temporary folder."""
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": "a",
        "metadata": {},
        "source": SOURCE,
        "outputs": [],
        "execution_count": None,
    }
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book = {"cells": [cell], "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "what-if.ipynb").write_text(json.dumps(book), encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    homes: tuple[str, ...] = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")
    homes += ("JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR")
    with (tmp_path / "log").open("w", encoding="utf-8") as log:
        server = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", f"--port={port}"),
                *(f"--ServerApp.root_dir={tmp_path}", f"--IdentityProvider.token={token}", "--LabApp.news_url=None"),
                "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
            ],
            env={**os.environ, **{name: str(tmp_path / name) for name in homes}, "PYTHONPATH": str(ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        base = f"http://127.0.0.1:{port}"
        _wait_for(f"{base}/api?token={token}", server)
        yield f"{base}/lab/tree/what-if.ipynb?token={token}"
    finally:
        server.terminate()
        server.wait(30)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert server.poll() is None, "the server ended"
        try:
            with urllib.request.urlopen(address, timeout=10):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail("the server did not answer in a minute")


def _said(page: Any) -> str:
    return str(page.locator("[role=status]").inner_text())


def _wait_until_said(page: Any, words: str) -> None:
    page.locator("[role=status]", has_text=words).wait_for(timeout=60_000)
    # The pictures follow the sentence; the map is the last.
    page.wait_for_function(
        "words => document.querySelectorAll('.widget-html img').length == 2"
        " && document.querySelectorAll('.widget-html img')[1].alt.includes(words)",
        arg=words,
        timeout=60_000,
    )


def test_the_widget_follows_the_keyboard_and_asks_nobody_outside(browser: Any, lab: str, tmp_path: Path) -> None:
    host = lab.partition("/lab/")[0]
    faults: list[str] = []
    asked: list[str] = []
    page = browser.new_page(viewport={"width": 1600, "height": 1150})
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda opened: asked.append(opened.url.replace("ws://", "http://")))
    page.goto(lab)
    page.locator(".jp-CodeCell .jp-InputArea-editor").first.click(timeout=60_000)
    page.get_by_text("| Idle").first.wait_for(timeout=60_000)
    page.keyboard.press("Shift+Enter")
    _wait_until_said(page, "450 soldiers")
    before = page.evaluate(_IMAGES)
    page.screenshot(path=tmp_path / "before.png")

    # A step of the slider, by an arrow key.
    handle = page.get_by_role("slider").first
    handle.focus()
    page.keyboard.press("ArrowLeft")
    _wait_until_said(page, "445 soldiers")
    after = page.evaluate(_IMAGES)
    assert len(before) == len(after) == 2
    assert all(one != other for one, other in zip(before, after, strict=True))

    # Many steps at once: the last is what is answered.
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
    _wait_until_said(page, "345 soldiers")
    assert page.get_by_label("Troops").input_value() == "345"
    assert _said(page) == answer("lesson", 345, 9.0, 12.0, "random").headline

    # Fields and the list are found by their labels.
    page.get_by_label("Coverage window [h]").fill("8")
    page.keyboard.press("Enter")
    page.locator("[role=status]", has_text="window 8 h").wait_for(timeout=60_000)
    page.get_by_label("Patrols a day").fill("6")
    page.keyboard.press("Enter")
    page.locator("[role=status]", has_text="6 patrols a day").wait_for(timeout=60_000)
    page.get_by_label("Routing").focus()
    for key in ("Space", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    page.locator("[role=status]", has_text="routing systematic").wait_for(timeout=60_000)
    assert _said(page) == answer("lesson", 345, 6.0, 8.0, "systematic").headline
    assert all(alt for alt in page.locator(".widget-html img").evaluate_all("all => all.map(one => one.alt)"))
    page.screenshot(path=tmp_path / "after.png")
    assert asked and [one for one in asked if not one.startswith((host, "data:", "blob:"))] == []
    assert faults == []
