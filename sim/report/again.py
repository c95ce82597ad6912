"""How to do it again: commands that run what a folder holds, and what must be the same for the same bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.report.shell import command, guarded, path_word
from sim.report.sources import settings_of

if TYPE_CHECKING:
    from sim.experiment import Comparison
    from sim.experiment.minimum_answer import MinimumQuestion
    from sim.report.subject import Part, Subject

_CHOSEN = re.compile(r"experiment\.(seed|troops|timeline|policies|replications|precision)\b")
"""Settings that choose what is run, and come back as options."""


def commands(subject: Subject) -> list[str]:
    """Commands that run all that the subject has, and compare it if it is compared."""
    if subject.comparison is not None:
        return [_compare(subject, subject.comparison)]
    return [one for part in subject.parts for one in (*_searches(subject, part), *_runs(subject, part))]


def how_to_draw(subject: Subject) -> str:
    """How figures are got that find no room in the page."""
    if subject.comparison is None and all(part.minimum is None for part in subject.parts):
        return "The command that runs this again draws them into the folder figures"
    return "In Python, sim.plots.write_figures(sim.experiment.Results.read(FOLDER), 'figures') draws them"


def facts(part: Part) -> list[tuple[str, str]]:
    """What results depend on, and when and with what they were made."""
    manifest = part.manifest
    versions = dict(manifest["versions"])
    made = f"begun {manifest['created']}" if manifest["created"] else "kept in no folder"
    if manifest["created"]:
        made += f", finished {manifest['finished']}" if manifest["finished"] else ", not finished"
    program = versions.pop("peacesim", "")
    return [
        ("scenario", part.file),
        ("settings", ", ".join(settings_of(part.scenario, manifest["settings"])) or "none: the file as it is"),
        ("seed", str(manifest["seed"])),
        ("version", f"peacesim {program}"),
        ("hash of the code", str(manifest["code_sha256"])),
        ("hash of the inputs", str(manifest["scenario_sha256"])),
        ("with", ", ".join(f"{name} {version}" for name, version in versions.items())),
        ("made", made),
    ]


def _searches(subject: Subject, part: Part) -> Iterator[str]:
    """The command of the search for the minimum force, if the part is of one."""
    if part.minimum is None:
        return
    asked = part.minimum.question
    words = ["peacesim", "minimum-force", guarded(part.file), "--response", asked.response]
    words += ["--at-least", _number(asked.at_least)] if asked.at_least is not None else []
    words += ["--at-most", _number(asked.at_most)] if asked.at_most is not None else []
    words += ["--confidence", _number(asked.confidence), "--sector", _sector(asked), "--policy", asked.policy]
    words += ["--between", "{}:{}".format(*asked.between), "--resolution", str(asked.resolution)]
    words += ["--max-replications", str(asked.n_max)]
    yield command([*words, *_settings(part), "--seed", str(asked.seed), *_out(subject)])


def _sector(asked: MinimumQuestion) -> str:
    return asked.sectors[0] if len(asked.sectors) == 1 else "each"


def _runs(subject: Subject, part: Part) -> Iterator[str]:
    """A command for each number of replications and set of policies that levels, or own strengths, have."""
    policies: dict[tuple[int, int | None], list[str]] = {}
    for policy, troops, n in _points(part.manifest):
        if part.is_of_the_search(policy, troops):
            continue
        policies.setdefault((n, troops), []).append(policy)
    grouped: dict[tuple[int, tuple[str, ...]], list[int | None]] = {}
    for (n, troops), keys in policies.items():
        grouped.setdefault((n, tuple(keys)), []).append(troops)
    for (n, chosen), levels in grouped.items():
        at = sorted(one for one in levels if one is not None)
        if None in levels:
            yield _run(subject, part, n, chosen, ["--set", "experiment.troops=[]", "--set", "experiment.timeline=true"])
        if at:
            # Two levels of which the first is short would read as one number.
            backwards = len(at) == 2 and re.fullmatch(r"\d{1,2},\d{3}", ",".join(map(str, at)))
            text = ",".join(map(str, reversed(at) if backwards else at))
            yield _run(subject, part, n, chosen, ["--troops", text])


def _run(subject: Subject, part: Part, n: int, policies: Sequence[str], what: Sequence[str]) -> str:
    words = ["peacesim", "run", guarded(part.file), *what]
    if len(part.scenario.policy) > 1:
        words += ["--policies", ",".join(policies)]
    return command([*words, *_settings(part), "--seed", str(part.manifest["seed"]), "-n", str(n), *_out(subject)])


def _points(manifest: Mapping[str, Any]) -> Iterator[tuple[str, int | None, int]]:
    """Policy, troops and how many replications were asked for, of each design point."""
    asked: dict[tuple[str, int | None], int] = {}
    for row in manifest["ran"]:
        asked[row["policy"], row["troops"]] = row["n_replications"]
    for row in manifest["missing"]:
        last = max(int(number) for number in re.findall(r"\d+", row["replications"]))
        key = row["policy"], row["troops"]
        asked[key] = max(asked.get(key, 0), last + 1)
    for row in manifest["failures"]:
        key = row["policy"], row["troops"]
        asked[key] = max(asked.get(key, 0), row["replication"] + 1)
    for (policy, troops), n in asked.items():
        yield policy, troops, n


def _settings(part: Part) -> list[str]:
    given = [one for one in part.manifest["settings"] if not _CHOSEN.match(one)]
    return [word for one in given for word in ("--set", one)]


def _compare(subject: Subject, comparison: Comparison) -> str:
    alternatives = comparison.alternatives
    policies = list(dict.fromkeys(one.policy for one in alternatives))
    n = max((len(set(one.responses["replication"])) for one in comparison.results), default=0)
    words = ["peacesim", "compare", *(guarded(part.file) for part in subject.parts)]
    words += ["--baseline", alternatives[comparison.baseline].label, "--response", comparison.response]
    words += [] if comparison.delta is None else ["--delta", _number(comparison.delta)]
    words += ["--also", ",".join(comparison.also)] if comparison.also else []
    if any(len(part.scenario.policy) > 1 for part in subject.parts):
        words += ["--policies", ",".join(policies)]
    words += [] if alternatives[0].troops is None else ["--troops", str(alternatives[0].troops)]
    words += [] if comparison.days is None else ["--days", "{}:{}".format(*comparison.days)]
    first = subject.parts[0]
    settings = [*_settings(first), "--seed", str(first.manifest["seed"])]
    return command([*words, *settings, "-n", str(max(n, 2)), *_out(subject)])


def _number(value: float) -> str:
    """A number with all its digits: the shortest that reads back as the same."""
    return repr(float(value))


def _out(subject: Subject) -> list[str]:
    return [] if subject.folder is None else ["--out", path_word(subject.folder)]
