"""Boundaries of a plan, looks by counts: what each count leads to at each look."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from numpy.typing import NDArray

from bayesips.plots import style
from bayesips.plots.design_colours import COLOURS, finding
from bayesips.words.numbers import brief

SHIFT = 0.035  # of the axis, between candidates that look at as many patients
SIDES = (("claim_at_least", "^", 5), ("stop_at_most", "v", -13))  # column, marker, label's offset


def applies(tree: xr.DataTree) -> bool:
    """Whether the result is a plan."""
    return "boundaries" in tree.children


def data(tree: xr.DataTree) -> xr.Dataset:
    """Rows of the protocol's table; with controls, at the count nearest to the rate planned for."""
    table = tree["boundaries"].to_dataset()
    about = {name: tree.attrs[name] for name in ("arms", "control_rate")}
    return table.isel(row=np.flatnonzero(table["expected"].values)).assign_attrs(about)


def sheet(data: xr.Dataset) -> style.Sheet:
    """Space for the names of the candidates to the right."""
    return style.Sheet(7.2, 3.8, left=0.75, right=2.2, top=0.5, bottom=0.6)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the two bounds of every candidate, joined over its looks."""
    last = int(data["n_treated"].max())
    names = list(dict.fromkeys(data["design"].values.tolist()))
    places = data["n_treated"].values + SHIFT * last * _beside(data["n_treated"].values)
    for place, name in enumerate(names):
        own = np.flatnonzero(data["design"].values == name)
        _bounds(ax, data.isel(row=own), places[own], COLOURS[place % len(COLOURS)])
        ax.plot([], [], color=COLOURS[place % len(COLOURS)], linewidth=3, label=name)
    for marker, word in (("^", "go, or claim at a look, from"), ("v", "stop up to")):
        ax.plot([], [], marker, color=style.NEUTRAL, markersize=5, label=word)
    ax.set_xlabel("treated patients at the look")
    ax.set_ylabel("successes among the treated")
    ax.set_xticks(np.unique(data["n_treated"].values))
    ax.set_xlim(0, last * 1.12)
    ax.set_ylim(-1.5, last + 1.5)
    finding(ax, _finding(data))
    ax.plot([0, last], [0, last], color=style.FAINT, linewidth=0.9, zorder=0)
    ax.legend(
        loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=style.SMALL,
        borderaxespad=0,
    )  # fmt: skip


def _finding(data: xr.Dataset) -> str:
    """What the last candidate of the file needs."""
    row = data.isel(row=-1)
    needed, n = int(row["claim_at_least"]), int(row["n_treated"])
    go = f"go from {needed} of {n}" if needed >= 0 else f"no go with any of {n}"
    held = f", controls at {brief(data.attrs['control_rate'])}" if data.attrs["arms"] > 1 else ""
    return f"{row['design'].item()}: {go}{held}"


def _beside(patients: NDArray) -> NDArray:
    """Steps to the side, so that looks at as many patients stand beside each other."""
    rank = np.array([np.sum(patients[:place] == n) for place, n in enumerate(patients)])
    return rank - (np.array([np.sum(patients == n) for n in patients]) - 1) / 2


def _bounds(ax: Axes, rows: xr.Dataset, places: NDArray, colour: str) -> None:
    """One candidate: its upper and its lower bound, with their counts."""
    for column, marker, offset in SIDES:
        there = rows[column].values >= 0
        patients, counts = places[there], rows[column].values[there]
        ax.plot(patients, counts, marker=marker, color=colour, linewidth=0.9, markersize=4.5)
        for x, count in zip(patients, counts, strict=True):
            ax.annotate(f"{count}", (x, count), xytext=(0, offset), textcoords="offset points",
                        ha="center", color=colour, fontsize=style.SMALL)  # fmt: skip


def caption(data: xr.Dataset) -> str:
    """What the bounds show, in words."""
    held = ""
    if data.attrs["arms"] > 1:
        held = f", where {brief(data.attrs['control_rate'])} of the controls are successes"
    looks = ""
    if (data["end"].values == 0).any():
        looks = " At an interim look: claim, stop for futility, in between continue."
    return (
        f"Successes among the treated at each look{held}. At the end: go from the upper bound on, "
        f"stop up to the lower one, in between consider.{looks}"
    )
