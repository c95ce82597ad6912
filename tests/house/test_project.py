"""What the files at the top say of the project agrees with the project."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import sim
from tests.house.files import ROOT


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    table: dict[str, Any] = tomllib.loads(read("pyproject.toml"))["project"]
    return table


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_versions_agree() -> None:
    cited = re.search(r"^version: (\S+)$", read("CITATION.cff"), re.MULTILINE)
    newest = re.search(r"^## \[(\d[^\]]*)\]", read("CHANGELOG.md"), re.MULTILINE)
    assert cited and cited[1] == sim.__version__
    assert newest and newest[1] == sim.__version__


def test_constraints_pin_every_direct_dependency(project: dict[str, Any]) -> None:
    lines = read("constraints.txt").splitlines()
    assert all(re.match(r"[a-z0-9-]+==[\w.]+( ; .+)?$", line) for line in lines)
    pinned = {line.partition("==")[0] for line in lines}
    required = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    names = {normal(re.split(r"[\[<>=~! ]", requirement)[0]) for requirement in required} - {normal(project["name"])}
    assert names - pinned == set()


def test_constraints_name_no_address() -> None:
    assert not re.search(r"://|--| @ ", read("constraints.txt"))


def test_the_extra_all_holds_every_extra(project: dict[str, Any]) -> None:
    extras = project["optional-dependencies"]
    (everything,) = extras["all"]
    assert everything == f"{project['name']}[{','.join(name for name in extras if name != 'all')}]"


def test_imports_point_down() -> None:
    script = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([script, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_model_does_not_wait_for_scipy_stats() -> None:
    # Its import takes longer than a replication; import-linter sees no deeper into other packages than their names.
    code = (
        "import sys, sim.model, sim.responses.measure, sim.scenario;"
        "print(*sorted({'scipy.stats', 'pandas', 'pyarrow', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_readme_gives_two_commands_and_files_that_exist() -> None:
    readme = read("README.md")
    assert re.search(r"^\s*(\$ )?sh go run\b", readme, re.MULTILINE)
    assert re.search(r"^\s*(\$ )?sh go test\b", readme, re.MULTILINE)
    named = re.findall(r"\bscenarios/[\w./-]+\.toml\b", readme)
    assert [name for name in named if not (ROOT / name).is_file()] == []


def test_go_runs_a_scenario_that_exists() -> None:
    (default,) = set(re.findall(r"scenarios/[\w-]+\.toml", read("go")))
    assert (ROOT / default).is_file()


def test_go_explains_itself() -> None:
    done = subprocess.run(["sh", ROOT / "go"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "sh go run" in done.stderr and "sh go test" in done.stderr
    assert "set -u" not in done.stderr
