"""A scenario as a notebook shows it."""

import html
import re
from html.parser import HTMLParser
from pathlib import Path

from sim.scenario import load
from tests.scenarios import FOLDER, shipped


class _Cells(HTMLParser):
    """Texts of a page, by tag, and every tag that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.cells.append((self.tags[-1], data))


def parsed(page: str) -> _Cells:
    cells = _Cells()
    cells.feed(page)
    return cells


def rows(page: str) -> dict[str, str]:
    found = re.findall(r"<tr><th[^>]*>(.*?)</th><td[^>]*>(.*?)</td></tr>", page)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def test_it_says_what_the_file_says() -> None:
    scenario = shipped("kfor-2001")
    page = scenario._repr_html_()
    assert html.escape(scenario.title) in page and html.escape(scenario.description) in page
    table = rows(page)
    assert table["horizon"] == "2001-01-01 to before 2002-01-01, 365 days"
    assert table["strength"] == "40,000 soldiers in 25 contingents"
    assert table["task list"] == "625 patrols a day, 550 sites, 200 checkpoints, 8 crossing points"
    assert table["reserve"] == "60 sections"
    assert table["policy balanced"] == scenario.policy["balanced"].title
    assert table["replications"].startswith("10 of each design point")
    assert "10,200" in table["troop levels"] and "60 days each after 72 h" in table["troop levels"]


def test_it_follows_settings() -> None:
    page = shipped("lesson", tasks__patrols__per_day=7.25, experiment__troops=[])._repr_html_()
    assert rows(page)["task list"].startswith("7.25 patrols a day")
    assert "troop levels" not in rows(page)


def test_incidents_are_named_where_there_are_any() -> None:
    with_incidents = shipped("kfor-2001-incidents")
    assert with_incidents.incidents is not None
    assert rows(with_incidents._repr_html_())["kinds of incident"] == ", ".join(with_incidents.incidents.kinds)
    assert "kinds of incident" not in rows(shipped("lesson")._repr_html_())


def test_every_text_is_escaped(tmp_path: Path) -> None:
    evil = "<script>alert('\\\"&')</script>"
    file = tmp_path / "evil.toml"
    file.write_text(
        f'extends = "{FOLDER / "lesson.toml"}"\ntitle = "{evil}"\ndescription = "{evil}"\n'
        f'[policy.two-stages]\ntitle = "{evil}"\n',
        encoding="utf-8",
    )
    page = load(file)._repr_html_()
    found = parsed(page)
    assert set(found.tags) == {"p", "b", "table", "tbody", "tr", "th", "td"}
    assert page.count("&lt;script&gt;") == 3
    assert page.count("<") == page.count(">")
