"""A map as files. A map has few colours but many small marks, so its PNG keeps a palette: a third of the bytes."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from sim.files import write_atomically
from sim.plots.page import PNG_DPI, Plot

_N_COLOURS = 256
_N_SHADES = 256
_CODE = np.array([_N_SHADES**2, _N_SHADES, 1])
Ints = NDArray[np.int64]
SUFFIXES = (".svg", ".png", ".csv")


def write_map(plot: Plot, stem: str | Path) -> list[Path]:
    """Write a map as STEM.svg and STEM.png, and the table it draws as STEM.csv. Equal maps make equal bytes.

    Parameters
    ----------
    plot : Plot
        From :func:`sim.plots.theatre_map`.
    stem : str or Path
        Path without suffix; its folder is made if need be.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    OSError
        If a file cannot be written.
    """
    folder, name = Path(stem).parent, Path(stem).name
    folder.mkdir(parents=True, exist_ok=True)
    table = plot.table.to_csv(index=False, lineterminator="\n").encode()
    contents = (plot.image("svg"), with_palette(plot.image("png")), table)
    paths = [folder / f"{name}{suffix}" for suffix in SUFFIXES]
    for path, content in zip(paths, contents, strict=True):
        write_atomically(path, content)
    return paths


def with_palette(png: bytes) -> bytes:
    """A PNG in 256 of its colours, each other pixel in the nearest of them, and with the words it had."""
    words, file = PngInfo(), io.BytesIO()
    with Image.open(io.BytesIO(png)) as image:
        for key, text in sorted((str(key), text) for key, text in image.info.items() if isinstance(text, str)):
            words.add_itxt(key, text)
        pixels = np.asarray(image.convert("RGB"), dtype=np.int64)
    codes, which, counts = np.unique(pixels @ _CODE, return_inverse=True, return_counts=True)
    colours = codes[:, None] // _CODE % _N_SHADES
    palette, nearest = _choose(colours, counts)
    few = Image.fromarray(nearest.astype(np.uint8)[which].reshape(pixels.shape[:2]))
    few.putpalette(palette.astype(np.uint8).tobytes())
    few.save(file, "PNG", optimize=True, pnginfo=words, dpi=(PNG_DPI, PNG_DPI))
    return file.getvalue()


def _choose(colours: Ints, counts: Ints) -> tuple[Ints, Ints]:
    """A palette, and the index in it of each colour's nearest.

    One by one, the colour is added whose pixels are worst off: by number, times squared distance to what is in already.
    So a small mark of a colour of its own keeps it, and the many shades of blurred edges share.
    """
    chosen: list[int] = []
    nearest = np.zeros(len(colours), dtype=np.int64)
    distance = np.full(len(colours), np.inf)
    for place in range(min(_N_COLOURS, len(colours))):
        worst = int(np.argmax(counts * distance if place else counts))
        chosen.append(worst)
        to_it = ((colours - colours[worst]) ** 2).sum(axis=1).astype(float)
        nearest[to_it < distance] = place
        distance = np.minimum(distance, to_it)
    return colours[chosen], nearest
