"""Figures drawn from their own data: those of sensitivity, which come before any tree.

A file of this folder with `data`, `sheet`, `draw` and `caption`, but without `applies`, is such a
figure under the file's name. If it offers `of_sensitivity(found)`, yielding (file name, data),
`bayesips sensitivity --out` writes it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xarray as xr
from matplotlib.figure import Figure

from bayesips.declare.model import Model
from bayesips.errors import Refused
from bayesips.plots import style
from bayesips.plots.drawing import file_content, modules, on_paper


@dataclass(frozen=True)
class SensitivityFound:
    """What a run of `bayesips sensitivity` found.

    Attributes
    ----------
    model, axes
        The declared model, and the choices that were varied with their values.
    cells, tipping : xarray.Dataset
        From `vary` and `tipping_table`.
    """

    model: Model
    axes: Mapping[str, Sequence]
    cells: xr.Dataset
    tipping: xr.Dataset


def names() -> tuple[str, ...]:
    """Names of the figures that are drawn from their own data."""
    return tuple(name for name, module in modules("draw") if not hasattr(module, "applies"))


def picture(name: str, data: xr.Dataset) -> Figure:
    """One figure from what its `data` returned.

    Raises
    ------
    Refused
        If there is no such figure.
    """
    if name not in names():
        raise Refused(f"no figure {name!r}; there are {', '.join(names())}")
    with style.look(name):
        return on_paper(dict(modules("draw"))[name], data)


def save(name: str, data: xr.Dataset, path: str | Path) -> Path:
    """Write one figure from its data; equal data give equal bytes."""
    path = Path(path)
    drawn = picture(name, data)
    with style.look(name):
        path.write_bytes(file_content(drawn, path.suffix.removeprefix(".")))
    return path


def save_all(found: SensitivityFound, folder: Path) -> None:
    """Write every figure that shows a run of sensitivity."""
    for name, module in modules("of_sensitivity"):
        for file_name, data in module.of_sensitivity(found):
            save(name, data, folder / f"{file_name}.svg")
