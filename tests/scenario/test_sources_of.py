"""The sources in full that the numbers of a scenario have."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

from sim.scenario import Origin, find_catalogue, load, read_catalogue, sources_of
from tests.scenarios import FOLDER


def test_each_source_that_is_used_once_in_order_of_use() -> None:
    origins = load(FOLDER / "kfor-2001.toml").provenance
    path = find_catalogue(FOLDER / "kfor-2001.toml")
    assert path is not None
    catalogue = read_catalogue(path)
    used = list(dict.fromkeys(one.source for one in origins if one.source in catalogue))
    found = sources_of(origins)
    assert list(found) == used
    assert len(used) > 3
    assert all(found[key] == catalogue[key] for key in used)
    assert sources_of(reversed(origins)) == found
    assert list(sources_of([one for one in origins if one.source.startswith("assumption:")])) == []


def test_what_was_set_on_the_command_line_has_none() -> None:
    origin = next(one for one in load(FOLDER / "kfor-2001.toml").provenance if sources_of([one]))
    assert sources_of([dataclasses.replace(origin, line=None)]) == {}


def test_a_catalogue_that_is_gone_or_broken_gives_none(tmp_path: Path) -> None:
    origin = Origin("a.b", 1, "h", "list", str(tmp_path / "one.toml"), 1)
    # In a folder of its own, so that none above holds.
    catalogue = tmp_path / "sources.toml"
    catalogue.write_text('[list]\ntitle = "List"\nreference = "Ministry of Lists"\n', encoding="utf-8")
    assert sources_of([origin])["list"].reference == "Ministry of Lists"
    catalogue.write_text("[list]\n", encoding="utf-8")
    assert sources_of([origin]) == {}
    catalogue.unlink()
    assert sources_of([origin]) == {}


def test_it_needs_no_numerical_library() -> None:
    code = "import sys; from sim.scenario import sources_of; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=FOLDER.parent).returncode == 0
