"""Elements that hold what is not markup: styles, scripts, JSON, packed bytes, pictures."""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markupsafe import Markup

_IN_JSON = {ord(mark): f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"}
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


def _element(opening: str, text: str) -> Markup:
    from markupsafe import Markup

    return Markup(f"<{opening}>{text}</{opening.partition(' ')[0]}>")
