"""Draw the figures of a result, on screen or into files."""

from __future__ import annotations

import importlib
import io
import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import xarray as xr
from matplotlib.figure import Figure

from bayesips.errors import Refused
from bayesips.plots import style

PACKAGE = "bayesips.plots"
# Reading order: the question's data first, then the answer, then the machinery.
FIRST = ("evidence", "treated", "effect", "outcomes")
FORMATS = ("svg", "png")


@dataclass(frozen=True)
class Drawn:
    """One figure as a file's content.

    Attributes
    ----------
    name : str
        The figure's name.
    caption : str
        What a reader should see, in words.
    content : bytes
        The file.
    """

    name: str
    caption: str
    content: bytes


def names(tree: xr.DataTree | None = None) -> tuple[str, ...]:
    """Names of all figures, or of those that apply to a result, in reading order."""
    found = [name for name, _ in modules("applies")]
    found.sort(key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
    return tuple(name for name in found if tree is None or _module(name).applies(tree))


def figure(name: str, tree: xr.DataTree) -> Figure:
    """One figure of a result.

    Raises
    ------
    Refused
        If there is no such figure, or it does not apply to the result.
    """
    if name not in names():
        raise Refused(f"no figure {name!r}; there are {', '.join(names())}")
    if not _module(name).applies(tree):
        raise Refused(f"figure {name!r} does not apply; of this result: {_listed(tree)}")
    with style.look(name):
        return _made(name, tree)


def rendered(tree: xr.DataTree, file_format: str) -> tuple[Drawn, ...]:
    """Every figure that applies to a result, as the content of a file."""
    return tuple(
        Drawn(name, caption(name, tree), _content(name, tree, file_format)) for name in names(tree)
    )


def caption(name: str, tree: xr.DataTree) -> str:
    """What a reader should see in a figure, in words."""
    module = _module(name)
    return str(module.caption(module.data(tree)))


def draw_all(
    tree: xr.DataTree, directory: str | Path, formats: Sequence[str] = FORMATS
) -> tuple[Path, ...]:
    """Write every figure that applies to a result; the files written.

    Parameters
    ----------
    tree : xarray.DataTree
        What `assess` returned, or the same read from a file.
    directory : str or Path
        Made if missing.
    formats : sequence of {"svg", "png", "pdf"}
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name in names(tree):
        with style.look(name):
            drawn = _made(name, tree)
            for file_format in formats:
                path = directory / f"{name}.{file_format}"
                path.write_bytes(file_content(drawn, file_format))
                written.append(path)
    return tuple(written)


def _listed(tree: xr.DataTree) -> str:
    """Figures that apply, for a message."""
    return ", ".join(names(tree)) or "none"


def _made(name: str, tree: xr.DataTree) -> Figure:
    """The figure, drawn by its file or by ArviZ."""
    module = _module(name)
    data = module.data(tree)
    if hasattr(module, "arviz_figure"):
        made: Figure = module.arviz_figure(data)
        return made
    return on_paper(module, data)


def on_paper(module: ModuleType, data: xr.Dataset) -> Figure:
    """The figure that a file draws from its data."""
    drawn, ax = style.blank(module.sheet(data))
    module.draw(data, ax)
    return drawn


def _content(name: str, tree: xr.DataTree, file_format: str) -> bytes:
    """A figure as the content of a file."""
    with style.look(name):
        return file_content(_made(name, tree), file_format)


def file_content(drawn: Figure, file_format: str) -> bytes:
    """The bytes of a figure's file; equal figures give equal bytes."""
    stamp = {"svg": "Date", "pdf": "CreationDate"}.get(file_format)
    with io.BytesIO() as file:
        drawn.savefig(file, format=file_format, metadata={stamp: None} if stamp else None)
        return file.getvalue()


def modules(attribute: str) -> list[tuple[str, ModuleType]]:
    """Files of the folder that offer something, with their names."""
    files = sorted(
        each.name for each in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__)
    )
    found = [(name, _module(name)) for name in files]
    return [(name, module) for name, module in found if hasattr(module, attribute)]


def _module(name: str) -> ModuleType:
    """The file of a figure."""
    return importlib.import_module(f"{PACKAGE}.{name}")
