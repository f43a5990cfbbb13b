"""Type I error along the true control rate, with the sweet spot: what if history is wrong."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style
from bayesips.plots.design_colours import finding, legend, line_of, share_axis
from bayesips.words.numbers import brief

HEADROOM = 1.15  # above the highest error
HIGHEST = 0.3  # of the axis: an error beyond is simply far too large


def applies(tree: xr.DataTree) -> bool:
    """Whether the result is a plan."""
    return "drift" in tree.children


def data(tree: xr.DataTree) -> xr.Dataset:
    """Type I error by candidate and control rate, and the sweet spots."""
    table = tree["drift"].to_dataset()[["type1"]]
    if "sweet_spot" in tree.children:
        spots = tree["sweet_spot"].to_dataset()
        table["spot_low"], table["spot_high"] = spots["low"], spots["high"]
    about = tree.attrs
    return table.assign_attrs(
        alpha=about["alpha"],
        expected=about["history_rate"],
        low=about["history_low"],
        high=about["history_high"],
        expected_by="planned" if about["history"] == "none" else "history",
        arms=about["arms"],
    )


def sheet(data: xr.Dataset) -> style.Sheet:
    """Space for the names of the candidates to the right."""
    return style.Sheet(7.2, 3.8, left=0.75, right=2.2, top=0.55, bottom=0.6)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the error of each candidate; bars below zero are sweet spots."""
    top = _top(data)
    style.percent_axis(ax, "true control rate (treated the same: no effect)")
    share_axis(ax, "probability of success without effect", top)
    for place, label in enumerate(data["design"].values):
        ax.plot(data["control_rate"], data["type1"].sel(design=label), **line_of(place))
    ax.axhline(data.attrs["alpha"], color=style.NEUTRAL, linewidth=0.8, linestyle=":")
    if np.isfinite(data.attrs["low"]):
        ax.axvspan(data.attrs["low"], data.attrs["high"], color=style.FAINT, alpha=0.4, zorder=0)
    finding(ax, _finding(data))
    ax.axvline(data.attrs["expected"], color=style.FAINT, linewidth=0.9, zorder=0)
    ax.text(data.attrs["expected"], top * 1.01, data.attrs["expected_by"], ha="center",
            va="bottom", fontsize=style.SMALL)  # fmt: skip
    if "spot_low" in data:
        _spots(data, ax, top)
    legend(ax, data["design"].values.tolist())


def _finding(data: xr.Dataset) -> str:
    """How bad it gets, or with one arm, up to where it is kept."""
    worst, alpha = data["type1"].max("control_rate").values, brief(data.attrs["alpha"], 1)
    if data.attrs["arms"] > 1:
        ends = dict.fromkeys(brief(each, 1) for each in (worst.min(), worst.max()))
        return f"Error at worst {' to '.join(ends)}; asked for at most {alpha}"
    kept = (data["type1"] <= data.attrs["alpha"]).sum("control_rate").values - 1
    ends = dict.fromkeys(brief(data["control_rate"].values[at]) for at in (kept.min(), kept.max()))
    return f"Error kept at {alpha} only up to a control rate of {' to '.join(ends)}"


def _top(data: xr.Dataset) -> float:
    """Upper end of the axis."""
    return float(np.clip(HEADROOM * data["type1"].max(), 1.6 * data.attrs["alpha"], HIGHEST))


def _spots(data: xr.Dataset, ax: Axes, top: float) -> None:
    """Sweet spots as bars near the top, in the candidates' colours."""
    for place, label in enumerate(data["design"].values):
        height = top * (0.97 - 0.028 * place)
        one = data.sel(design=label)
        for low, high in zip(one["spot_low"].values, one["spot_high"].values, strict=True):
            if np.isfinite(low):
                ax.plot([low, high], [height, height], color=line_of(place)["color"], linewidth=3,
                        solid_capstyle="butt")  # fmt: skip
    high = np.nanmax(data["spot_high"].values) if np.isfinite(data["spot_high"]).any() else None
    if high is not None and np.isfinite(high):
        ax.text(high + 0.015, top * 0.94, "sweet spot: more power,\nerror kept", va="center",
                fontsize=style.SMALL)  # fmt: skip


def caption(data: xr.Dataset) -> str:
    """What the curves show, in words."""
    worst = data["type1"].max("control_rate")
    alpha = brief(data.attrs["alpha"], 1)
    start = (
        "Probability of success without any effect, along the true control rate; asked for are "
        f"{alpha} (dotted)."
    )
    if data.attrs["arms"] == 1:
        return f"{start} Without controls nothing in the trial shows where on this axis it is."
    reached = (
        f"{start} At worst it reaches {brief(float(worst.min()), 1)} to "
        f"{brief(float(worst.max()), 1)}."
    )
    if "spot_low" not in data:
        return reached
    return (
        f"{reached} History leads one to expect a control rate of "
        f"{brief(data.attrs['expected'])} (grey: its 95 % interval). Bars: control rates at which "
        f"history adds power over an analysis without it while the error stays within {alpha}."
    )
