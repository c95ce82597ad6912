"""The model description: every item of STRESS-DES is answered, for every scenario that is shipped."""

from __future__ import annotations

import pytest

from sim import store
from sim.report.stress import items
from sim.scenario import load
from tests.scenarios import FOLDER

NAMES = [path.relative_to(FOLDER) for path in (*FOLDER.glob("*.toml"), *FOLDER.glob("studies/*.toml"))]
SCENARIOS = sorted(str(name) for name in NAMES if name.name != "sources.toml")
N_ITEMS = 24


@pytest.mark.parametrize("name", SCENARIOS)
def test_no_item_is_empty(name: str) -> None:
    scenario = load(FOLDER / name)
    manifest = {
        **store.inputs_of(scenario),
        "versions": {"peacesim": "1", "python": "3", "simpy": "4", "numpy": "2", "scipy": "1"},
        "settings": [],
        "ran": [],
    }
    found = items(scenario, manifest)
    assert len(found) == N_ITEMS
    for item in found:
        assert item.paragraphs, item.name
        assert all(text.strip()[-1:] in (".", "?") and "None" not in text for text in item.paragraphs), item.paragraphs
    said = " ".join(text for item in found for text in item.paragraphs)
    assert str(manifest["code_sha256"]) in said
    assert f"{scenario.tasks.sites.n:,} sites" in said
    assert (scenario.incidents is not None) == ("Incidents: " in said)
