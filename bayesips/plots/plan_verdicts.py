"""Go, consider, stop: areas of their probabilities over the true treated rate."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style
from bayesips.plots.design_colours import finding, share_axis
from bayesips.words.numbers import brief

FILL = {"stop": "#E8B79A", "consider": "#EDEDED", "go": "#9CC5E0"}
VISIBLE = 0.12  # share from which an area can hold its name


def applies(tree: xr.DataTree) -> bool:
    """Whether the result is a plan with a stop rule."""
    return "verdicts" in tree.children and bool(tree["verdicts"].attrs["stop_declared"])


def data(tree: xr.DataTree) -> xr.Dataset:
    """The three probabilities of the last candidate of the file."""
    table = tree["verdicts"].to_dataset().isel(design=-1)
    about = {name: tree.attrs[name] for name in ("control_rate", "treated_rate")}
    return table.assign_attrs(about)


def sheet(data: xr.Dataset) -> style.Sheet:
    """One size for all."""
    return style.Sheet(7.2, 3.4, left=0.75, right=0.3, top=0.45, bottom=0.6)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the areas, stop below and go above."""
    style.percent_axis(ax, "true treated rate")
    share_axis(ax, "probability")
    go = data["probability"].sel(verdict="go").interp(treated_rate=data.attrs["treated_rate"])
    finding(ax, f"{data['design'].item()}: go in {brief(float(go))} of trials as planned")
    rate = data["treated_rate"].values
    below = np.zeros(len(rate))
    for verdict, colour in FILL.items():
        height = data["probability"].sel(verdict=verdict).values
        ax.fill_between(rate, below, below + height, color=colour, linewidth=0)
        place = int(height.argmax())
        if height[place] > VISIBLE:
            middle = (below + height / 2)[place]
            across = min(max(rate[place], 0.06), 0.94)
            ax.text(across, middle, verdict, ha="center", va="center")
        below = below + height
    for value, word in (
        (data.attrs["control_rate"], "control"),
        (data.attrs["treated_rate"], "plan"),
    ):
        ax.axvline(value, color="white", linewidth=1.2)
        ax.text(value, 1.01, word, ha="center", va="bottom", fontsize=style.SMALL)


def caption(data: xr.Dataset) -> str:
    """What the areas show, in words."""
    at = data["probability"].interp(treated_rate=data.attrs["treated_rate"])
    null = data["probability"].interp(treated_rate=data.attrs["control_rate"])
    words = ", ".join(f"{name} {brief(float(at.sel(verdict=name)))}" for name in reversed(FILL))
    without = ", ".join(f"{name} {brief(float(null.sel(verdict=name)))}" for name in reversed(FILL))
    return (
        f"{data['design'].item()}: verdicts along the true treated rate, the control rate being "
        f"{brief(data.attrs['control_rate'])}. As planned: {words}; without effect: "
        f"{without}."
    )
