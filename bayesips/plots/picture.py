"""Draw a figure from its own data: the figures of sensitivity, which come before any tree."""

from __future__ import annotations

import importlib
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from bayesips.errors import Refused
from bayesips.plots import style

NAMES = ("specification_curve", "heat_map", "tornado", "tipping_curve", "outcome_spider", "bridges")


def picture(name: str, data: xr.Dataset) -> Figure:
    """One figure from what its `data` returned.

    Raises
    ------
    Refused
        If there is no such figure.
    """
    if name not in NAMES:
        raise Refused(f"no figure {name!r}; there are {', '.join(NAMES)}")
    module = importlib.import_module(f"bayesips.plots.{name}")
    with style.look(name):
        figure, ax = style.blank(module.sheet(data))
        module.draw(data, ax)
    return figure


def save(name: str, data: xr.Dataset, path: str | Path) -> Path:
    """The same as a file; the same data give the same bytes."""
    path = Path(path)
    with style.look(name):
        stamp = {".svg": "Date", ".pdf": "CreationDate"}.get(path.suffix)
        picture(name, data).savefig(path, metadata={stamp: None} if stamp else None)
    return path
