"""Exercises that check the answer: a student's own numbers, hints, and the lessons of the notebooks.

>>> from sim.teach import Student
>>> me = Student("blue tractor")
>>> me.given("1a")  # doctest: +SKIP
>>> me.check("1a", 42)  # doctest: +SKIP

Plain Python: it works in a script, a console, or any notebook, without a server.
"""

from sim.teach.checks import Artefact, Check, Exact, Given, Mistake, Property, Rule, WithinError
from sim.teach.lessons import CHECKS, LESSONS
from sim.teach.places import scenario, scenario_from_text
from sim.teach.quick_answer import Answer, answer
from sim.teach.student import State, Student, Verdict
from sim.teach.widget import what_if

__all__ = [
    "CHECKS",
    "LESSONS",
    "Answer",
    "Artefact",
    "Check",
    "Exact",
    "Given",
    "Mistake",
    "Property",
    "Rule",
    "State",
    "Student",
    "Verdict",
    "WithinError",
    "answer",
    "scenario",
    "scenario_from_text",
    "what_if",
]
