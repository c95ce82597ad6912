"""`python -m benchmarks`: measure, and print the table of ratios."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.table import Row, as_markdown, as_records, as_text, write_between_markers

README = Path(__file__).with_name("README.md")
N_ROUNDS = 5
EXAMPLES = """\
examples:
  python -m benchmarks                          every case; takes about ten minutes
  python -m benchmarks --quick                  a few days instead of a year, to see that everything works
  python -m benchmarks --only table --only events --rounds 9
  python -m benchmarks --json ratios.json       the rows for a program
  python -m benchmarks --write                  and refresh the table in benchmarks/README.md
"""


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    from benchmarks.cases import CASES

    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure what a replication costs, as ratios to a bare SimPy loop of as many timeouts as patrols.",
        epilog="cases:\n" + "\n".join(f"  {name:12}{what}" for name, what in CASES.items()) + "\n\n" + EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="a few days instead of a year; nothing is judged")
    parser.add_argument(
        "--only", action="append", metavar="CASE", choices=list(CASES), help="this case; may be given again"
    )
    parser.add_argument(
        "--rounds", type=at_least_one, metavar="N", help=f"rounds of the timed cases (default {N_ROUNDS})"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write rows, machine and versions to FILE")
    parser.add_argument("--write", action="store_true", help="refresh the table in benchmarks/README.md")
    asked = parser.parse_args(arguments)
    if asked.write and (asked.quick or asked.only):
        parser.error("--write needs every case at full length; leave out --quick and --only")
    if asked.json is not None:
        try:
            asked.json.open("a", encoding="utf-8").close()
        except OSError as error:
            parser.error(f"--json {asked.json}: {error.strerror}")
    return asked


def at_least_one(text: str) -> int:
    """A whole number from 1."""
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text!r}; allowed is a whole number from 1")
    return number


def rounds(n_rounds: int) -> str:
    """How many rounds, in words."""
    return f"{n_rounds} round{'s' if n_rounds > 1 else ''}"


def report(rows: Sequence[Row], machine: dict[str, str], n_rounds: int) -> str:
    """Markdown: the table and what it was measured on."""
    words = "; ".join(f"{name}: {value}" for name, value in machine.items())
    return f"{as_markdown(rows)}\n\nMedians of {rounds(n_rounds)}. {words}."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    asked = parse(arguments)
    from benchmarks.cases import CASES, Cases
    from benchmarks.machine import describe_machine
    from benchmarks.plans import FULL, QUICK
    from sim.scenario import ScenarioError

    n_rounds = asked.rounds or (1 if asked.quick else N_ROUNDS)
    machine = describe_machine()
    cases = Cases(
        plan=QUICK if asked.quick else FULL,
        names=asked.only or list(CASES),
        n_rounds=n_rounds,
        progress=lambda words: print(words, file=sys.stderr, flush=True),
    )
    try:
        rows = cases.rows()
    except KeyboardInterrupt:
        print("stopped; nothing is kept", file=sys.stderr)
        return 130
    except (RuntimeError, ScenarioError) as error:
        print(f"python -m benchmarks: {error}", file=sys.stderr)
        return 1
    print(as_text(rows))
    print(f"\nMedians of {rounds(n_rounds)}, with the smallest and the largest.")
    print("\n".join(f"{name:18}{value}" for name, value in machine.items()))
    if asked.json is not None:
        record = {"machine": machine, "rounds": n_rounds, "quick": asked.quick, "rows": as_records(rows)}
        asked.json.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    if asked.write:
        write_between_markers(README, report(rows, machine, n_rounds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
