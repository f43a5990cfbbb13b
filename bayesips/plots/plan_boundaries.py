"""Stopping boundaries of a plan, look by look: the picture beside the protocol's table."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style
from bayesips.plots.design_colours import COLOURS, line_of

WIDTH = 0.8  # of the space of a candidate, for its looks


def applies(tree: xr.DataTree) -> bool:
    """Whether the result is a plan."""
    return "boundaries" in tree.children


def data(tree: xr.DataTree) -> xr.Dataset:
    """Rows of the protocol's table; with controls those of the last look of each candidate."""
    table = tree["boundaries"].to_dataset()
    if tree.attrs["arms"] > 1:
        last = table["n_treated"].groupby(table["design"]).max()
        largest = [int(last.sel(design=label)) for label in table["design"].values]
        table = table.isel(row=np.flatnonzero(table["n_treated"].values == largest))
    return table.assign_attrs(arms=tree.attrs["arms"])


def sheet(data: xr.Dataset) -> style.Sheet:
    """Space for the names of the candidates to the right."""
    return style.Sheet(7.2, 3.8, left=0.75, right=2.2, top=0.3, bottom=0.6)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw what stops and what succeeds."""
    (_two_arms if data.attrs["arms"] > 1 else _one_arm)(data, ax)
    ax.set_ylim(-0.03, 1.03)
    ticks = np.linspace(0, 1, 6)
    ax.set_yticks(ticks, [f"{100 * tick:.0f} %" for tick in ticks])
    ax.legend(
        loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False, fontsize=style.SMALL,
        borderaxespad=0,
    )  # fmt: skip


def _names(data: xr.Dataset) -> list[str]:
    """Candidates in the order of the table."""
    return list(dict.fromkeys(data["design"].values.tolist()))


def _two_arms(data: xr.Dataset, ax: Axes) -> None:
    """Fewest treated successes that win, as rates, along the control's."""
    ax.set_xlabel("survivors among controls, share")
    ax.set_ylabel("treated survivors needed, share")
    for place, name in enumerate(_names(data)):
        rows = data.isel(row=np.flatnonzero(data["design"].values == name))
        rows = rows.isel(row=np.flatnonzero(rows["claim_at_least"].values >= 0))
        control = rows["control_successes"] / rows["n_control"]
        needed = rows["claim_at_least"] / rows["n_treated"]
        ax.step(control, needed, where="mid", label=name, **line_of(place))
    ax.plot([0, 1], [0, 1], color=style.FAINT, linewidth=0.9, zorder=0)
    ax.text(0.97, 0.93, "equal", color=style.NEUTRAL, fontsize=style.SMALL, ha="right", rotation=35)
    ax.set_xlim(0, 1)
    ax.set_xticks(np.linspace(0, 1, 6), [f"{100 * tick:.0f} %" for tick in np.linspace(0, 1, 6)])


def _one_arm(data: xr.Dataset, ax: Axes) -> None:
    """Shares of survivors that stop or win, at each look."""
    ax.set_xlabel("patients at the look")
    ax.set_ylabel("survivors, share")
    names = _names(data)
    for place, name in enumerate(names):
        rows = data.isel(row=np.flatnonzero(data["design"].values == name))
        shift = (place - (len(names) - 1) / 2) * 0.35
        for n, low, high in zip(
            rows["n_treated"].values, rows["stop_at_most"].values, rows["claim_at_least"].values,
            strict=True,
        ):  # fmt: skip
            _look(ax, (n + shift, n), low, high, COLOURS[place % len(COLOURS)])
        ax.plot([], [], color=COLOURS[place % len(COLOURS)], linewidth=4, label=name)
    ax.plot([], [], color=style.NEUTRAL, linewidth=4, alpha=0.3, label="pale: stop")
    ax.margins(x=0.08)


def _look(ax: Axes, at: tuple[float, int], low: int, high: int, colour: str) -> None:
    """One look: pale below for stopping, full above for success, counts written at the ends."""
    x, n = at
    if low >= 0:
        ax.plot([x, x], [0, low / n], color=colour, linewidth=5, alpha=0.3, solid_capstyle="butt")
        _count(ax, (x, low / n), low, (6, -8))
    if high >= 0:
        ax.plot([x, x], [high / n, 1], color=colour, linewidth=5, solid_capstyle="butt")
        _count(ax, (x, high / n), high, (6, 2))


def _count(ax: Axes, at: tuple[float, float], count: int, offset: tuple[int, int]) -> None:
    """A number of survivors beside the end of its bar."""
    ax.annotate(f"{count}", at, xytext=offset, textcoords="offset points", fontsize=style.SMALL)


def caption(data: xr.Dataset) -> str:
    """What the boundaries show, in words."""
    if data.attrs["arms"] > 1:
        return (
            "Fewest treated survivors that succeed at the last look, as a share of the treated, "
            "along the share of survivors among controls; the line is equality."
        )
    return (
        "At each look: survivors at or below the lower number stop the trial (pale), survivors "
        "from the upper number on succeed (full); in between it goes on."
    )
