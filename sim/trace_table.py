"""The trace as a table, a row for everything that happened, and files of such tables.

Rows are those of :meth:`sim.trace.Trace.rows` in their order, made column by column. They come in *batches* of thirty
days, so that the rows of a year take the memory of a month beyond the trace itself; a batch is a row group of a file,
with the first and last time of its rows beside it. A *key*, (policy, troops or None, replication), says what a trace is
of, and no two keys share a batch.

A folder of results keeps all its traces in `trace.parquet`. Whoever runs a replication first writes its trace to a
*part*, a file of its own in `trace.parts/`; parts are gathered into `trace.parquet` when the run ends or is stopped.
"""

from __future__ import annotations

import itertools
import shutil
import urllib.parse
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.files import replacing
from sim.trace import NOT_YET, EventKind, Ints, Record, TourBlock, Trace, answer_events

FILE = "trace.parquet"
PARTS = "trace.parts"
BATCH_S = 30 * 86_400
"""A batch holds the rows of so long a time [s]."""

Key = tuple[str, int | None, int]

_KINDS = {kind: i for i, kind in enumerate(sorted(EventKind))}


class _Rows(NamedTuple):
    """Columns of rows: time [s], and codes of kind, entity and place that sort as what they stand for."""

    time_s: Ints
    kind: Ints
    entity: Ints
    place: Ints
    value: NDArray[np.float64]

    def at(self, rows: Ints | slice) -> _Rows:
        return _Rows(self.time_s[rows], self.kind[rows], self.entity[rows], self.place[rows], self.value[rows])


def tabulate(trace: Trace, before: Sequence[Record] = ()) -> Iterator[Any]:
    """Make the table of a trace, batch by batch.

    Parameters
    ----------
    trace : Trace
        What happened.
    before : sequence of Record
        What was cut off from it while it grew, in that order.

    Yields
    ------
    pyarrow.RecordBatch
        With the columns of :func:`schema`; batches without rows are left out.
    """
    import pyarrow as pa

    columns = _Columns(trace, [*before, trace])
    for from_s in range(0, columns.last_s + 1, BATCH_S):
        rows = columns.between(from_s, from_s + BATCH_S)
        n = len(rows.time_s)
        if n == 0:
            continue
        yield pa.record_batch(
            [
                _encoded(np.zeros(n, dtype=np.int64), [trace.policy]),
                pa.array([trace.troops], pa.int64()).take(pa.array(np.zeros(n, dtype=np.int64))),
                pa.array(np.full(n, trace.replication, dtype=np.int64)),
                pa.array(rows.time_s),
                _encoded(rows.kind, [kind.name.lower() for kind in _KINDS]),
                _encoded(rows.entity, columns.entities),
                _encoded(rows.place, columns.places),
                pa.array(rows.value),
            ],
            schema=schema(),
        )


def to_table(trace: Trace) -> Any:
    """The whole table of a trace, a `pyarrow.Table`."""
    import pyarrow as pa

    return pa.Table.from_batches(tabulate(trace), schema=schema())


def schema() -> Any:
    """The table's columns: policy, troops (missing: its own stages), replication, time [s], what, who, where, how much.

    Returns
    -------
    pyarrow.Schema
        Text is dictionary-encoded; `kind` is the lowercase name of a :class:`sim.trace.EventKind`.
    """
    import pyarrow as pa

    text = pa.dictionary(pa.int32(), pa.string())
    return pa.schema(
        [
            ("policy", text),
            ("troops", pa.int64()),
            ("replication", pa.int64()),
            ("time_s", pa.int64()),
            ("kind", text),
            ("entity", text),
            ("place", text),
            ("value", pa.float64()),
        ]
    )


def select(
    batches: Iterable[Any],
    *,
    kinds: Collection[str] = (),
    text: str | None = None,
    since_s: float | None = None,
    until_s: float | None = None,
) -> Iterator[Any]:
    """Keep the rows of some kinds (none: all), whose entity or place holds a text, in [since_s, until_s)."""
    import pyarrow as pa

    for batch in batches:
        time_s = batch.column("time_s").to_numpy()
        wanted = np.ones(len(time_s), dtype=bool)
        if since_s is not None:
            wanted &= time_s >= since_s
        if until_s is not None:
            wanted &= time_s < until_s
        if kinds:
            wanted &= _where(batch.column("kind"), lambda kind: kind in kinds)
        if text is not None:
            entity, place = (_where(batch.column(name), lambda label: text in label) for name in ("entity", "place"))
            wanted &= entity | place
        yield batch.filter(pa.array(wanted))


def write_part(trace: Trace, folder: Path, before: Sequence[Record] = ()) -> None:
    """Write a trace, and what was cut off from it, to its part in a folder of parts, whole or not at all.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    strength = "own" if trace.troops is None else trace.troops
    name = f"{trace.replication}-{strength}-{urllib.parse.quote(trace.policy, safe='')}.parquet"
    with replacing(folder / name) as file, _writer(file) as writer:
        for batch in tabulate(trace, before):
            writer.write_batch(batch, row_group_size=len(batch))


def kept(folder: Path) -> list[Key]:
    """Keys of the traces in the `trace.parquet` of a folder of results, in the order of the file."""
    path = folder / FILE
    return list(_groups(path)) if path.exists() else []


def in_parts(folder: Path) -> list[Key]:
    """Keys of the traces of a folder of results that are parts still."""
    return [key for path in _parts(folder) for key in _groups(path)]


def gather(folder: Path, order: Sequence[Key]) -> None:
    """Add the parts in a folder of results to its `trace.parquet`, and remove them.

    Parameters
    ----------
    folder : Path
        Of results.
    order : sequence of Key
        The traces that belong there, in their order. A part of a trace that is in the file too replaces it.

    Raises
    ------
    OSError
        If a file cannot be read or written; all there was is then still there.
    """
    new = {key: (path, groups) for path in _parts(folder) for key, groups in _groups(path).items()}
    if not new.keys().isdisjoint(order):
        path = folder / FILE
        old = {key: (path, groups) for key, groups in _groups(path).items()} if path.exists() else {}
        sources = old | new
        with replacing(path) as file, _writer(file) as writer:
            for batch in _batches([sources[key] for key in order if key in sources]):
                writer.write_batch(batch, row_group_size=len(batch))
    shutil.rmtree(folder / PARTS, ignore_errors=True)


def read(folder: Path, key: Key, *, since_s: float | None = None, until_s: float | None = None) -> Iterator[Any]:
    """Read the trace of a key from a folder of results, but no batch that lies wholly outside [since_s, until_s).

    Yields
    ------
    pyarrow.RecordBatch
        As :func:`tabulate` does.

    Raises
    ------
    KeyError
        If there is none.
    OSError, ValueError
        If the file cannot be read.
    """
    path = folder / FILE
    spans = _groups(path)[key]
    groups = {
        i: (first_s, last_s)
        for i, (first_s, last_s) in spans.items()
        if (since_s is None or last_s >= since_s) and (until_s is None or first_s < until_s)
    }
    yield from _batches([(path, groups)])


class _Columns:
    """A trace made ready for its rows: names sorted, so that a code stands for a name's place among all."""

    def __init__(self, trace: Trace, records: Sequence[Record]) -> None:
        names = trace.names
        events = [event for record in records for event in record.events]
        answers = [event for record in records for event in answer_events(record, names, trace.run_length_s)]
        if answers:
            events = sorted([*events, *answers], key=lambda event: event.time_s)
        self.run_length_s = trace.run_length_s
        self.shifts = [row for record in records for row in record.shifts]
        self.tours = [block for record in records for block in record.tours]
        self.spans = [_span(block) for block in self.tours]
        self.shift_s = np.array([row.time_s for row in self.shifts], dtype=np.int64)
        event_s = np.fromiter((event.time_s for event in events), np.int64, len(events))
        self.last_s = max(
            [last_s for _, last_s in self.spans] + [int(one[-1]) for one in (self.shift_s, event_s) if len(one)],
            default=-1,
        )
        n_areas = 1 + max((int(block.area.max(initial=-1)) for block in self.tours), default=-1)
        areas = [f"area-{area:03d}" for area in range(n_areas)]
        tours = [[f"{sector}/{kind}" for kind in names.kinds] for sector in names.sectors]
        self.entities = sorted({*names.sections, *names.sectors, *(event.entity for event in events)})
        self.places = sorted(
            {*names.sectors, *names.tasks, *itertools.chain(*tours), *areas, *(event.place for event in events)}
        )
        entity = {name: i for i, name in enumerate(self.entities)}
        place = {name: i for i, name in enumerate(self.places)}
        self.section_entity = _codes(entity, names.sections)
        self.sector_entity = _codes(entity, names.sectors)
        self.sector_place = _codes(place, names.sectors)
        self.task_place = _codes(place, names.tasks)
        self.area_place = _codes(place, areas)
        self.tour_place = _codes(place, list(itertools.chain(*tours))).reshape(len(names.sectors), len(names.kinds))
        self.events = _Rows(
            event_s,
            np.fromiter((_KINDS[event.kind] for event in events), np.int64, len(events)),
            _codes(entity, [event.entity for event in events]),
            _codes(place, [event.place for event in events]),
            np.fromiter((event.value for event in events), np.float64, len(events)),
        )

    def between(self, from_s: int, until_s: int) -> _Rows:
        """Rows of [from_s, until_s) [s], sorted as :meth:`sim.trace.Trace.rows` sorts."""
        first, last = np.searchsorted(self.events.time_s, [from_s, until_s])
        parts = [self.events.at(slice(first, last)), self._of_shifts(from_s, until_s)]
        for block, (first_s, last_s) in zip(self.tours, self.spans, strict=True):
            if first_s < until_s and last_s >= from_s:
                parts += self._of_tours(block, from_s, until_s)
        rows = _Rows(*(np.concatenate(column) for column in zip(*parts, strict=True)))
        code = (rows.kind * len(self.entities) + rows.entity) * len(self.places) + rows.place
        return rows.at(np.lexsort((rows.value, code, rows.time_s)))

    def _of_shifts(self, from_s: int, until_s: int) -> _Rows:
        first, last = np.searchsorted(self.shift_s, [from_s, until_s])
        n_sectors, n_tasks = len(self.sector_entity), len(self.task_place)
        n_cells = n_sectors * n_tasks
        allocated = [row.allocated.ravel() for row in self.shifts[first:last]]
        return _Rows(
            np.repeat(self.shift_s[first:last], n_cells),
            np.full(n_cells * (last - first), _KINDS[EventKind.SHIFT_CHANGES]),
            np.tile(np.repeat(self.sector_entity, n_tasks), last - first),
            np.tile(self.task_place, n_sectors * (last - first)),
            np.concatenate([np.empty(0), *allocated]),
        )

    def _of_tours(self, block: TourBlock, from_s: int, until_s: int) -> Iterator[_Rows]:
        departed_s, ended_s = np.asarray(block.departed_s, dtype=np.int64), np.asarray(block.ended_s, dtype=np.int64)
        section, sector = self.section_entity[block.section], self.sector_place[block.sector]
        out = departed_s != NOT_YET
        home_s = np.where(ended_s == NOT_YET, self.run_length_s, np.minimum(ended_s + 1, self.run_length_s))
        made = out[:, None] & (block.visit_s >= 0) & (block.visit_s < home_s[:, None])
        n_visits = made.sum(axis=1)

        def rows(kind: EventKind, time_s: Ints, is_row: NDArray[np.bool_], place: Ints, value: Ints) -> _Rows:
            row = np.flatnonzero(is_row & (time_s >= from_s) & (time_s < until_s))
            return _Rows(
                time_s[row], np.full(len(row), _KINDS[kind]), section[row], place[row], value[row].astype(np.float64)
            )

        yield rows(EventKind.TOUR_ENDS, ended_s, out & (ended_s != NOT_YET), sector, n_visits)
        yield rows(
            EventKind.TOUR_DEPARTS, departed_s, out, self.tour_place[block.sector, block.kind], np.ones_like(sector)
        )
        tour, stop = np.nonzero(made & (block.visit_s >= from_s) & (block.visit_s < until_s))
        yield _Rows(
            block.visit_s[tour, stop].astype(np.int64),
            np.full(len(tour), _KINDS[EventKind.AREA_VISITED]),
            section[tour],
            self.area_place[block.area[tour, stop]],
            np.ones(len(tour)),
        )


def _span(block: TourBlock) -> tuple[int, int]:
    """A time [s] before which nothing happens to a block's tours, and one after which nothing does."""
    times_s = np.concatenate([np.asarray(block.departed_s), np.asarray(block.ended_s), block.visit_s.ravel()])
    times_s = times_s[times_s >= 0]
    return (int(times_s.min()), int(times_s.max())) if len(times_s) else (0, -1)


def _codes(rank: Mapping[str, int], names: Sequence[str]) -> Ints:
    return np.fromiter((rank[name] for name in names), np.int64, len(names))


def _encoded(codes: Ints, labels: Sequence[str]) -> Any:
    """Codes with the labels that they use, in their order: equal rows make equal arrays, whatever else there was."""
    import pyarrow as pa

    used = np.flatnonzero(np.bincount(codes, minlength=len(labels)))
    rank = np.zeros(len(labels), dtype=np.int32)
    rank[used] = np.arange(len(used))
    return pa.DictionaryArray.from_arrays(
        pa.array(rank[codes]), pa.array([labels[i] for i in used.tolist()], pa.string())
    )


def _where(column: Any, holds: Callable[[str], bool]) -> NDArray[np.bool_]:
    """Rows of an encoded column whose label is as wanted."""
    labels = np.array([holds(label) for label in column.dictionary.to_pylist()], dtype=bool)
    codes: Ints = column.indices.to_numpy()
    return labels[codes]


def _writer(file: Any) -> Any:
    import pyarrow.parquet as pq

    encoded = [name for name in schema().names if name != "time_s"]
    return pq.ParquetWriter(
        file,
        schema(),
        compression="zstd",
        use_dictionary=encoded,
        column_encoding={"time_s": "DELTA_BINARY_PACKED"},
    )


def _parts(folder: Path) -> list[Path]:
    # Names of parts that are being written begin with a dot.
    parts = (folder / PARTS).glob("*.parquet")
    return sorted(path for path in parts if path.is_file() and not path.name.startswith("."))


def _groups(path: Path) -> dict[Key, dict[int, tuple[int, int]]]:
    """For each key in a file its row groups, each with the time [s] of its first and last row."""
    import pyarrow.parquet as pq

    groups: dict[Key, dict[int, tuple[int, int]]] = {}
    metadata = pq.read_metadata(path)
    if metadata.schema.to_arrow_schema().names != schema().names:
        raise ValueError(f"{path.name} is no table of traces")
    for i in range(metadata.num_row_groups):
        policy, troops, replication, time_s = (metadata.row_group(i).column(j).statistics for j in range(4))
        key = policy.min, troops.min if troops.has_min_max else None, replication.min
        groups.setdefault(key, {})[i] = time_s.min, time_s.max
    return groups


def _batches(sources: Sequence[tuple[Path, Iterable[int]]]) -> Iterator[Any]:
    """Read row groups of files, those of one source after those of the other."""
    import pyarrow.parquet as pq

    for path, same in itertools.groupby(sources, key=lambda source: source[0]):
        with pq.ParquetFile(path) as file:
            for _, groups in same:
                for group in groups:
                    yield from file.read_row_group(group).combine_chunks().to_batches()
