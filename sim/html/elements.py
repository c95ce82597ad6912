"""Elements that hold what is not markup: styles, scripts, JSON, packed bytes, pictures."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import urllib.parse
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

_IN_JSON = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}
_RUNS = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_RUNS_LATER = re.compile(r'<script type="text/plain" id="[^"]*" data-runs="(sha256-[^"]*)">')
_ENDS_SCRIPT = re.compile(r"<(?=/script|script|!--)", re.IGNORECASE)
_SAFE = " ='/:;,()!*+@?$[]|^~-._"
_TYPES = {"png": "image/png", "svg": "image/svg+xml", "gif": "image/gif"}


def data_element(name: str, value: object) -> Markup:
    """An element with data for scripts, which `peacesim.read(name)` gives back.

    Parameters
    ----------
    name : str
        Its id.
    value : object
        What :func:`json.dumps` takes: dict, list, tuple, str, int, float, bool, None.

    Raises
    ------
    ValueError
        If a number is not finite, which JSON cannot say.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).translate(_IN_JSON)
    return _element(f'script type="application/json" id="{html.escape(name)}"', text)


def packed_element(name: str, content: bytes) -> Markup:
    """An element with packed bytes, which `await peacesim.unpack(name)` gives back as an ArrayBuffer.

    Equal content makes an equal element, with one version of zlib.
    """
    text = base64.b64encode(zlib.compress(content, 9)).decode()
    return _element(f'script type="text/plain" id="{html.escape(name)}"', text)


def packed_script_element(name: str, source: str) -> Markup:
    """A packed element with a script that the page makes an element of and runs, once it has unpacked it."""
    text = base64.b64encode(zlib.compress(source.encode(), 9)).decode()
    return _element(f'script type="text/plain" id="{html.escape(name)}" data-runs="{_sha256(source)}"', text)


def script_hashes(markup: str) -> Markup:
    """What a Content-Security-Policy allows as scripts: those of some markup by their hashes, and no other.

    Parameters
    ----------
    markup : str
        With elements of :func:`script_element` and :func:`packed_script_element`; all else in it is escaped.
    """
    from markupsafe import Markup

    found = [*map(_sha256, _RUNS.findall(markup)), *_RUNS_LATER.findall(markup)]
    return Markup(" ".join(f"'{one}'" for one in dict.fromkeys(found)) or "'none'")


def script_element(source: str) -> Markup:
    """An element that runs a script of our own or of a library; never of data.

    What would end the element early, in a text of the script, is written so that it does not.
    """
    return _element("script", _ENDS_SCRIPT.sub(r"\\x3c", source))


def style_element(source: str) -> Markup:
    """An element with a style sheet of our own.

    Raises
    ------
    ValueError
        If it would end the element early.
    """
    if "</style" in source.lower():
        raise ValueError("a style sheet that ends its element")
    return _element("style", source)


def image_address(content: bytes, kind: str) -> str:
    """The address of a picture that stands in the page itself, for `img`.

    Parameters
    ----------
    content : bytes
        The picture's file.
    kind : str
        `png`, `svg` or `gif`.
    """
    if kind == "svg":  # its letters take less room than base64 of them
        return f"data:{_TYPES[kind]},{urllib.parse.quote(content.decode(), safe=_SAFE)}"
    return f"data:{_TYPES[kind]};base64,{base64.b64encode(content).decode()}"


def _sha256(source: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def _element(opening: str, text: str) -> Markup:
    from markupsafe import Markup

    return Markup(f"<{opening}>{text}</{opening.partition(' ')[0]}>")
