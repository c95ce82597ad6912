"""Loading: from a file to a validated, frozen :class:`Scenario` that knows where each number comes from.

A file may *extend* another, whose tables it is laid over; its `theatre` is a file of its own; *settings* from the
command line come last; then policies that are *like* another are filled in. Whatever is wrong is collected as faults
and raised together.
"""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import ValidationError

from sim.scenario.agreement import clashes
from sim.scenario.alike import Alike
from sim.scenario.errors import Fault, Loc, ScenarioError, dotted, shorten, show
from sim.scenario.fields import unit_at
from sim.scenario.layers import SETTINGS, Layers, Place, walk
from sim.scenario.messages import translate
from sim.scenario.origin import Origin
from sim.scenario.provenance import SET_ON_COMMAND_LINE, Catalogues, as_value, assign, is_figure, leaves
from sim.scenario.read import Document, Mention, beside, read
from sim.scenario.schema import Scenario
from sim.scenario.settings import Settings, as_texts, read_settings
from sim.scenario.view import View

MAX_EXTENDS = 20
_THEATRE: Loc = ("theatre",)
_SCENARIO_KEYS = {"horizon", "force", "contingents", "tasks", "policy", "experiment", "theatre", "extends"}


def _kind(data: dict[str, object]) -> str:
    if data.keys() & _SCENARIO_KEYS:
        return "a scenario"
    if data.keys() & {"sectors", "municipalities"}:
        return "a theatre"
    if data and all(isinstance(value, dict) and "reference" in value for value in data.values()):
        return "a catalogue of sources"
    return ""


class _Loader:
    """Reads the files of one scenario, and collects what is wrong with them."""

    def __init__(self, file: str) -> None:
        self.layers = Layers(file)
        self.catalogues = Catalogues()
        self.files = [file]
        self.faults: list[Fault] = []
        self.unsourced: list[tuple[Loc, Fault]] = []
        self.incomplete: set[Loc] = set()

    def open(self, file: str, mention: Mention | None, kind: str) -> Document | None:
        """Read a file that should be a scenario or a theatre; None, and a fault, if it is not."""
        try:
            document = read(file, mention)
        except ScenarioError as error:
            self.faults.extend(error.faults)
            return None
        if file not in self.files:
            self.files.append(file)
        found = "an empty file" if not document.data else _kind(document.data)
        if found in {"", kind}:
            return document
        at = mention if mention and document.data else Mention(file, 1, "")
        message = f"found {found}" + (f" in '{shorten(file)}'" if at is mention else "") + f"; allowed is {kind}"
        self.faults.append(Fault(at.file, at.line, at.key, found, kind, None, message))
        return None

    def chain(self) -> list[Document]:
        """The file and those that it extends, the most basic first."""
        documents: list[Document] = []
        seen: list[str] = []
        file, mention = self.layers.file, None
        while True:
            document = self.open(file, mention, "a scenario")
            if document is None:
                self.incomplete.add(())
                break
            documents.append(document)
            seen.append(os.path.realpath(file))
            if "extends" not in document.data:
                break
            parent = document.data["extends"]
            mention = Mention(document.file, document.line(("extends",)), "extends")
            fault = None
            if not isinstance(parent, str):
                fault = (show(parent), "the path of a scenario in quotes")
            elif (file := beside(document.file, parent)) and _real(file) in seen:
                names = " -> ".join(Path(name).name for name in [*seen[seen.index(_real(file)) :], file])
                fault = (f"a circle: {names}", "a scenario that does not extend this one")
            elif len(documents) >= MAX_EXTENDS:
                fault = (f"more than {MAX_EXTENDS} files that extend each other", f"at most {MAX_EXTENDS}")
            if fault is not None:
                message = f"found {fault[0]}; allowed is {fault[1]}"
                self.faults.append(Fault(mention.file, mention.line, "extends", *fault, None, message))
                self.incomplete.add(())
                break
        return documents[::-1]

    def add(self, document: Document, prefix: Loc = ()) -> None:
        """Lay a file, and the theatre that it names, over what is there."""
        data = {key: value for key, value in document.data.items() if key != "sources" and (prefix or key != "extends")}
        sources, faults = assign(document, prefix, self.catalogues)
        self.unsourced.extend(faults)
        places = {
            prefix + loc: Place(document.file, document.line(loc), sources.get(loc, ""))
            for key, value in data.items()
            for loc in walk(value, (key,))
        }
        if prefix:
            places[prefix] = Place(document.file, 1, "")
            data = {str(prefix[0]): data}
        elif isinstance(data.get("theatre"), str):
            name = str(data.pop("theatre"))
            mention = Mention(document.file, document.line(_THEATRE), "theatre")
            self.theatre(beside(document.file, name), mention)
        self.layers.lay(data, places)

    def theatre(self, file: str, mention: Mention) -> None:
        """Put a theatre file in the place of the theatre that is there."""
        self.layers.drop(_THEATRE, self.layers.data.pop("theatre", None))
        self.incomplete.discard(_THEATRE)
        document = self.open(file, mention, "a theatre")
        if document is None:
            self.incomplete.add(_THEATRE)
        else:
            self.add(document, _THEATRE)

    def set(self, settings: Settings) -> None:
        """Lay settings over the files."""
        try:
            for data, loc in read_settings(settings, self.layers):
                if loc == _THEATRE and isinstance(data["theatre"], str):
                    self.theatre(data["theatre"], Mention(SETTINGS, None, "theatre"))
                else:
                    place = Place(SETTINGS, None, SET_ON_COMMAND_LINE)
                    self.layers.lay(data, {loc: place for key in data for loc in walk(data[key], (key,))})
        except ScenarioError as error:
            self.faults.extend(error.faults)

    def validate(self) -> Scenario:
        """Check everything and make the scenario."""
        scenario, wrong = None, []
        alike = Alike(self.layers)
        self.incomplete |= alike.lacking
        try:
            scenario = Scenario.model_validate(self.layers.data)
        except ValidationError as error:
            wrong = list(translate(error.errors(include_url=False), self.layers, self.incomplete))
        faulty = {loc for loc, _ in wrong}
        for clash in (*alike.clashes, *clashes(View(self.layers.data, faulty))):
            self.faults.append(self.layers.fault(*clash))
        self.faults += [fault for _, fault in wrong]
        misspelt = {fault.nearest for _, fault in wrong}  # their sources are right as soon as they are
        for loc, fault in self.unsourced:
            around = [loc[:length] for length in range(1, len(loc) + 1)]
            if not any(one in faulty or dotted(one) in misspelt for one in around):
                self.faults.append(fault)
        self.faults += self.catalogues.faults
        if self.faults or scenario is None:
            order = {file: number for number, file in enumerate(self.files)}
            raise ScenarioError(sorted(self.faults, key=lambda one: (order.get(one.file, len(order)), one.line or 0)))
        return scenario

    def provenance(self) -> tuple[Origin, ...]:
        """An Origin for every figure, in the order of the files."""
        origins = []
        for loc, value in leaves(self.layers.data):
            file, line, source = self.layers.places[loc]
            if source and (source != SET_ON_COMMAND_LINE or is_figure(value)):
                origins.append(Origin(dotted(loc), as_value(value), unit_at(loc), source, file, line))
        return tuple(origins)


def _real(file: str) -> str:
    try:
        return os.path.realpath(file)
    except ValueError:
        return file


def load(path: str | Path, *, settings: Settings | None = None) -> Scenario:
    """Read, check and freeze a scenario.

    Parameters
    ----------
    path
        The scenario file, TOML in UTF-8.
    settings
        Keys to change, as `{"force.shift_h": "12"}` or `["force.shift_h=12"]`. Text is read as a TOML value, or else
        taken as text; a table is merged into the one there is, but `{}` empties it: `policy.gates.stages={}` leaves no
        stages. The path of a theatre counts from the working directory.

    Returns
    -------
    Scenario
        With `name`, the file's stem, and `provenance`, an :class:`Origin` for every number and date that the files or
        the settings give. What may be left out stands for none: no floor, no weight, no spread, no crew of its own.

    Raises
    ------
    ScenarioError
        With every fault found, in this file, those that it extends, its theatre, their catalogue and the settings.
    """
    loader = _Loader(str(path))
    for document in loader.chain():
        loader.add(document)
    if loader.incomplete == {()} and not loader.layers.data:
        raise ScenarioError(loader.faults)
    if () not in loader.incomplete:
        loader.set(settings or ())
    scenario = loader.validate()
    scenario._name = Path(path).stem
    scenario._provenance = loader.provenance()
    scenario._settings = as_texts(settings or ())
    return scenario
