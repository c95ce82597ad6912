"""The theatre on the ground: :func:`lay_out` turns a theatre file's numbers into a :class:`Layout` of arrays."""

from sim.theatre.layout import Layout, lay_out

__all__ = ["Layout", "lay_out"]
