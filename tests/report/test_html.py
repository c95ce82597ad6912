"""What pages share: data that cannot end its element, scripts and styles that cannot either, pictures in the page."""

from __future__ import annotations

import base64
import json
import re
import urllib.parse
import zlib

import jinja2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.html import (
    data_element,
    environment,
    image_address,
    packed_element,
    packed_script_element,
    resource,
    script_element,
    script_hashes,
    style_element,
)

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def content(element: str) -> str:
    found = re.fullmatch(r"<script[^>]*>(.*)</script>", element, re.DOTALL)
    assert found
    return found[1]


@given(VALUES)
def test_data_comes_back_and_has_no_mark_of_markup(value: object) -> None:
    text = content(data_element("it", value))
    assert not set("<>&\u2028\u2029") & set(text)
    assert json.loads(text) == value


def test_data_that_json_cannot_say_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON"):
        data_element("it", float("nan"))


@given(st.binary())
def test_packed_bytes_come_back(data: bytes) -> None:
    assert zlib.decompress(base64.b64decode(content(packed_element("it", data)))) == data


@pytest.mark.parametrize("end", ["</script>", "</SCRIPT >", "<!--", "<script>"])
def test_a_script_does_not_end_early(end: str) -> None:
    text = content(script_element(f'const text = "{end}";'))
    assert end not in text
    assert text == f'const text = "\\x3c{end[1:]}";'


def test_a_style_sheet_does_not_end_early() -> None:
    with pytest.raises(ValueError, match="ends its element"):
        style_element("p::after { content: '</Style>' }")


def test_pictures_stand_in_the_page() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg"><text fill="#00f">50 % of "it" & <b/></text></svg>'
    address = image_address(svg.encode(), "svg")
    assert not set('<>"#&\n') & set(address)
    assert urllib.parse.unquote(address.partition(",")[2]) == svg
    assert image_address(b"\x89PNG", "png") == "data:image/png;base64,iVBORw=="


def test_templates_escape_and_are_strict() -> None:
    template = '{% extends "frame.html.j2" %}{% block title %}{{ name }}{% endblock %}'
    page = environment().from_string(template)
    assert "<title>&lt;b&gt;</title>" in page.render(name="<b>")
    with pytest.raises(jinja2.UndefinedError):
        page.render()


def test_what_does_not_come_with_a_package_is_said() -> None:
    with pytest.raises(FileNotFoundError):
        resource("sim.html", "nothing.css")


def test_scripts_of_the_page_are_allowed_by_their_hash_and_no_others() -> None:
    # printf 'alert(1);' | openssl dgst -sha256 -binary | base64
    alert = "'sha256-5jFwrAK0UV47oFbVg/iCCBbxD8X1w+QvoOUepu4C2YA='"
    element = script_element("alert(1);")
    assert script_hashes(element) == script_hashes(packed_script_element("it", "alert(1);"))
    assert script_hashes(element + script_element("alert(2);") + element).count("sha256-") == 2
    hostile = data_element("it", '"><script type="text/plain" id="x" data-runs="sha256-abc=">')
    assert script_hashes(hostile + packed_element("it", b"alert(1);")) == "'none'"
    assert script_hashes(element) == alert
