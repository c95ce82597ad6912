"""The force on its map, hour by hour: a replication as a film, in one page that needs nothing else.

>>> import sim
>>> from sim.animation import animate
>>> animate(sim.load("scenarios/lesson.toml")).write("lesson.html")  # doctest: +SKIP
"""

from __future__ import annotations

from sim.animation.animation import Animation, animate
from sim.animation.film import Film, film_of
from sim.animation.page import page

__all__ = ["Animation", "Film", "animate", "film_of", "page"]
