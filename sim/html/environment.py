"""Templates that escape every text and stop at a name that is not there."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from sim.html.elements import (
    data_element,
    packed_element,
    packed_script_element,
    script_element,
    script_hashes,
    style_element,
)

if TYPE_CHECKING:
    from jinja2 import Environment


def environment(*packages: str) -> Environment:
    """Make the environment in which pages are rendered.

    Parameters
    ----------
    *packages : str
        Packages whose folder `templates` is looked into, in this order, before that of `sim.html`.

    Returns
    -------
    Environment
        With autoescape on, and the functions `style(package, name)` and `script(package, name)`, which give the
        element of a package's style sheet or script, `data(id, value)`, `packed(id, bytes)`,
        `packed_script(id, text)`, and `hashes(markup)`, which allows the scripts of some markup.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    loader = ChoiceLoader([PackageLoader(package) for package in (*packages, "sim.html")])
    made = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals["style"] = lambda package, name: style_element(resource(package, name))
    made.globals["script"] = lambda package, name: script_element(resource(package, name))
    made.globals["data"] = data_element
    made.globals["packed"] = packed_element
    made.globals["packed_script"] = packed_script_element
    made.globals["hashes"] = script_hashes
    return made


def resource(package: str, name: str) -> str:
    """The text of a file that comes with a package, such as its style sheet or script.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    return resources.files(package).joinpath(name).read_text(encoding="utf-8")
