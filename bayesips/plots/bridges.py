"""The answer under other bridges: one row for each, the control's interval and P(better)."""

from __future__ import annotations

import numpy as np
import xarray as xr

from bayesips.plots.comparison import draw, sheet
from bayesips.words.numbers import brief

__all__ = ["caption", "data", "draw", "sheet"]


def data(table: xr.Dataset) -> xr.Dataset:
    """Rows of the lines that have an answer; the first criterion.

    Parameters
    ----------
    table : Dataset
        Of `bayesips.bridge_sensitivity`.
    """
    found = table.isel(bridge=np.flatnonzero(table["reason"].values == ""), criterion=0)
    count = found.sizes["bridge"]
    columns = {name: ("row", found[name].values) for name in ("mean", "low", "high", "met")}
    columns["probability"] = ("row", found["probability"].values)
    same = {"required": float(found["required"])}
    same |= {f"treated_{end}": float(found[f"treated_{end}"]) for end in ("mean", "low", "high")}
    columns |= {name: ("row", np.full(count, value)) for name, value in same.items()}
    about = {"claim": f"P(effect > {float(found['margin']):g})", "treated": table.attrs["treated"]}
    return xr.Dataset(columns, coords={"row": found["bridge"].values}, attrs=about)


def caption(data: xr.Dataset) -> str:
    """What the rows show, in words."""
    chances = data["probability"].values
    return (
        f"The control rate under {data.sizes['row']} bridges from other days; "
        f"{data.attrs['claim']} runs from {brief(float(chances.min()), 1)} to "
        f"{brief(float(chances.max()), 1)}."
    )
