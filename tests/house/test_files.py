"""No file grows long, and none names the machine it was written on."""

import re

import pytest

from tests.house.files import ROOT, text_files

MAX_LINES = 420
MAX_LINES_OF_A_NOTEBOOK = 460  # most of them are text, and a notebook is one room

# Written in pieces so that this file is clean too.
ADDRESSES = re.compile(
    r"(?<![\w.:/-])/(?:wor[k]|roo[t]|hom[e]|far[m]|User[s])/"  # a folder of somebody's machine
    r"|[A-Z]:\\Users"
    r"|index-ur[l] ?[= ]|find-link[s] ?[= ]|trusted-hos[t] ?[= ]"
    r"|https?://[^\s\"'<>)]*(?:pypi\.org/simpl[e]|pythonhoste[d]|registry\.npmj[s]|/simpl[e]/)"
)


def faults(text: str) -> list[str]:
    return [match.group() for match in ADDRESSES.finditer(text)]


def test_the_project_is_found() -> None:
    found = {path.relative_to(ROOT).as_posix() for path in text_files()}
    assert {
        "go",
        ".ci/run",
        "pyproject.toml",
        "constraints.txt",
        "sim/__init__.py",
        "tests/house/test_files.py",
    } <= found


def test_no_module_is_long() -> None:
    n_lines = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in text_files()
        if path.suffix == ".py"
    }
    limits = {name: MAX_LINES_OF_A_NOTEBOOK if name.startswith("notebooks/source/") else MAX_LINES for name in n_lines}
    assert {name: n for name, n in n_lines.items() if n > limits[name]} == {}


def test_no_file_names_a_machine_or_a_registry() -> None:
    found = {path.relative_to(ROOT).as_posix(): faults(path.read_text(encoding="utf-8")) for path in text_files()}
    assert {name: places for name, places in found.items() if places} == {}


@pytest.mark.parametrize(
    "text",
    [
        "see /" + "work/main/x.py",
        'open("/' + 'root/a.csv")',
        "--index-" + "url=x",
        "https://files." + "pythonhosted.org/a.whl",
    ],
)
def test_an_address_is_noticed(text: str) -> None:
    assert faults(text)


@pytest.mark.parametrize("text", ["share of /h", "https://example.org/home/page", "from the root/leaf", "at work/rest"])
def test_other_words_are_not_addresses(text: str) -> None:
    assert faults(text) == []


def test_ignored_folders_are_not_read() -> None:
    assert not any({".venv", ".git", "results"} & set(path.relative_to(ROOT).parts) for path in text_files())
