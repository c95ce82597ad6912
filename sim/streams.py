"""Random numbers keyed by what they are for, so that policies and troop levels meet the same world.

A *stream* is the sequence of random numbers for one purpose and entity: `("patrol/departure", "north")`. It is divided
into *blocks*, one a shift or a day. A block's numbers depend on the root seed, the replication, the stream's key and
the block alone: not on who asked before, how much was drawn, or in which order streams came into being. Those are
*common random numbers* by construction. Neither a policy nor a troop level ever stands in a key.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

_BLOCK_LENGTH_LOG2 = 40


class Streams:
    """The random streams of one replication.

    Parameters
    ----------
    seed
        Root seed of the experiment, 0 or more.
    replication
        Number of the replication, counted from 0.

    Examples
    --------
    >>> streams = Streams(seed=1, replication=0)
    >>> first = streams.at("patrol/departure", "north", block=7).random(2)
    >>> _ = streams.at("patrol/departure", "south", block=7).random(1000)
    >>> bool((streams.at("patrol/departure", "north", block=7).random(2) == first).all())
    True
    """

    def __init__(self, seed: int, replication: int) -> None:
        if seed < 0 or replication < 0:
            raise ValueError(f"seed = {seed}, replication = {replication}: both are at least 0")
        self._seed = seed
        self._replication = replication
        self._streams: dict[tuple[str, ...], tuple[np.random.PCG64DXSM, np.random.Generator, Any]] = {}

    def at(self, purpose: str, *entity: str, block: int = 0) -> np.random.Generator:
        """Generator at the start of a block of the stream keyed by `purpose` and `entity`.

        The next call for the same stream moves this generator: draw what is needed at once, as an array.

        Parameters
        ----------
        purpose
            What the numbers are for, such as `"patrol/dwell"`.
        entity
            Names of whom they are for, such as a sector and a patrol kind.
        block
            Number of the block (shift, day), 0 or more. A block holds 2**40 numbers.
        """
        key = (purpose, *entity)
        if key not in self._streams:
            words = hashlib.blake2s("\x1f".join(key).encode(), digest_size=16).digest()
            spawn_key = (self._replication, *np.frombuffer(words, "<u4").tolist())
            bits = np.random.PCG64DXSM(np.random.SeedSequence(self._seed, spawn_key=spawn_key))
            self._streams[key] = bits, np.random.Generator(bits), bits.state
        bits, generator, start = self._streams[key]
        bits.state = start
        bits.advance(block << _BLOCK_LENGTH_LOG2)
        return generator
