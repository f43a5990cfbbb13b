"""Heat map: P(effect > margin) over two choices, all other choices together."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from bayesips.errors import Refused
from bayesips.plots import style
from bayesips.sensitivity.labels import shortened
from bayesips.words.numbers import brief_probability
from bayesips.words.outcome import carried, outcome_of

COLOURS = LinearSegmentedColormap.from_list("to the claim", ["white", style.TREATED])
DARK = 0.62  # a cell darker than this has white numbers
LONGEST = 22


def data(cells: xr.Dataset, across: str, down: str, criterion: int = 1) -> xr.Dataset:
    """Median probability, and share of cells that meet the criterion, over the other axes.

    Parameters
    ----------
    cells : xarray.Dataset
        What `vary` returned.
    across, down : str
        Two of its axes.
    criterion : int
        Which decision.

    Raises
    ------
    Refused
        If an axis is not one of the cells'.
    """
    axes = list(cells.attrs["axes"])
    for name in (across, down):
        if name not in axes:
            raise Refused(f"{name!r} is no axis of these cells; they are {', '.join(axes)}")
    others = [name for name in axes if name not in (across, down)]
    one = cells.sel(criterion=criterion)
    known = one.probability.where(one.settled)
    found = xr.Dataset(
        {
            "probability": known.median(others).transpose(down, across),
            "lowest": known.min(others).transpose(down, across),
            "highest": known.max(others).transpose(down, across),
            "supported": one.met.where(one.settled).mean(others).transpose(down, across),
        }
    )
    others_in_words = ", ".join(others) if others else ""
    return found.assign_attrs(
        across=across, down=down, others=others_in_words, model=cells.attrs["model"],
        required=float(one.required.max()), **carried(cells.attrs),
    )  # fmt: skip


def sheet(data: xr.Dataset) -> style.Sheet:
    """Space for one number in each cell."""
    down, across = (data.sizes[data.attrs[name]] for name in ("down", "across"))
    return style.Sheet(2.4 + 0.75 * across, 1.35 + 0.36 * down, 1.9, 0.25, 0.5, 0.85)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the cells, a frame around those in which every analysis supports the claim."""
    values = data["probability"].values
    ax.imshow(values, cmap=COLOURS, vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        words = brief_probability(value, data.attrs["required"]) if np.isfinite(value) else "none"
        ax.text(column, row, words, ha="center", va="center", fontsize=style.SMALL,
                color="white" if value > DARK else style.HISTORY)  # fmt: skip
        if data["supported"].values[row, column] == 1:
            ax.add_patch(_frame(column, row))
    across, down = data.attrs["across"], data.attrs["down"]
    labels = [shortened(value, LONGEST) for value in data[across].values]
    turned = max(len(label) for label in labels) > len("0.0000")
    ax.set_xticks(range(len(labels)), labels, rotation=25 if turned else 0,
                  ha="right" if turned else "center")  # fmt: skip
    ax.set_yticks(range(data.sizes[down]), [shortened(v, LONGEST) for v in data[down].values])
    ax.set_xlabel(across)
    ax.set_ylabel(down)
    ax.tick_params(length=0)
    claim = outcome_of(data.attrs).claim
    ax.set_title(f"median {claim}" if data.attrs["others"] else claim,
                 loc="left")  # fmt: skip
    for side in ("left", "bottom"):
        ax.spines[side].set_visible(False)


def caption(data: xr.Dataset) -> str:
    """What the map shows, in words."""
    others = data.attrs["others"]
    over = f" (median over {others})" if others else ""
    return (
        f"{outcome_of(data.attrs).claim} by {data.attrs['across']} and "
        f"{data.attrs['down']}{over}; framed "
        "where every analysis supports the claim."
    )


def _frame(column, row):
    """A frame around a cell."""
    return Rectangle((column - 0.47, row - 0.45), 0.94, 0.9, fill=False,
                     edgecolor=style.HISTORY, linewidth=1.6)  # fmt: skip
