"""Policies that are *like* another: what they do not give themselves is that one's, with its place and its source.

A policy takes whole keys: a table that it gives stands in the place of the other's, so that one with `stages = {}` has
no stages. Only the title is never taken.
"""

from __future__ import annotations

import copy

from sim.scenario.errors import Loc, listed, nearest
from sim.scenario.layers import Layers, walk
from sim.scenario.view import Clash

_OWN = {"title", "like"}


class Alike:
    """Fills in the policies of merged tables.

    Parameters
    ----------
    layers
        The merged tables of all files and settings; changed.

    Attributes
    ----------
    clashes
        Policies that are like one that is not there, or like themselves.
    lacking
        Policies that miss what they should have taken.
    """

    def __init__(self, layers: Layers) -> None:
        self.clashes: list[Clash] = []
        self.lacking: set[Loc] = set()
        self._layers = layers
        table = layers.data.get("policy")
        self._policies: dict[str, object] = table if isinstance(table, dict) else {}
        self._filled: set[str] = set()
        for key in list(self._policies):
            self._fill(key, ())

    def _fill(self, key: str, users: tuple[str, ...]) -> None:
        """Fill in a policy, and first the one that it is like; `users` are those that wait for it."""
        policy = self._policies[key]
        model = policy.get("like") if isinstance(policy, dict) else None
        if key in self._filled or not isinstance(policy, dict) or not isinstance(model, str):
            return
        self._filled.add(key)
        if model in (*users, key):
            circle = " -> ".join([*users, key, model][[*users, key].index(model) :])
            self._refuse(key, f"a circle: {circle}", "a policy that is not like this one")
        elif not isinstance(self._policies.get(model), dict):
            others = [one for one in self._policies if one != key]
            found = f"'{model}', which is not in [policy]"
            self._refuse(key, found, f"one of {listed(others)}", nearest(model, others))
        else:
            self._fill(model, (*users, key))
            if ("policy", model) in self.lacking:
                self.lacking.add(("policy", key))
            else:
                self._take(policy, key, model)

    def _refuse(self, key: str, found: str, allowed: str, near: str | None = None) -> None:
        self.clashes.append(Clash(("policy", key, "like"), found, allowed, near))
        self.lacking.add(("policy", key))

    def _take(self, policy: dict[str, object], key: str, model: str) -> None:
        taken = self._policies[model]
        assert isinstance(taken, dict)
        places = self._layers.places
        for name, value in taken.items():
            if name not in policy and name not in _OWN:
                policy[name] = copy.deepcopy(value)
                for loc in walk(value, ("policy", model, name)):
                    if loc in places:
                        places["policy", key, *loc[2:]] = places[loc]
