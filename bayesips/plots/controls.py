"""The control rate before and after the trial's own controls."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style
from bayesips.words.numbers import brief, brief_span, percent
from bayesips.words.outcome import carried, outcome_of

KNOWN = 1e-9  # an interval shorter than this is one number
LEVELS = {"before": -0.09, "own": -0.2, "after": -0.31}  # of the intervals, in heights


def applies(tree: xr.DataTree) -> bool:
    """Whether the trial has controls of its own, and the rate before them has a density."""
    if not {"curves", "concurrent", "control"} <= set(tree.children):
        return False
    before = tree["curves"].to_dataset()
    return "control_before" in before and bool(np.isfinite(before["control_before"]).any())


def data(tree: xr.DataTree) -> xr.Dataset:
    """Both densities, their means and intervals, and the counts between them."""
    curves, own = tree["curves"].to_dataset(), tree["concurrent"].to_dataset()
    found = curves[["control_before", "control"]].rename(
        {"control_before": "before", "control": "after"}
    )
    for part in ("mean", "low", "high"):
        found[f"before_{part}"] = float(own[f"before_{part}"])
        found[f"after_{part}"] = float(tree["control"][part])
    ends = {"own_mean": "raw", "own_low": "exact_low", "own_high": "exact_high"}
    counts = {name: int(own[name]) for name in ("successes", "n")}
    found = found.assign(counts | {new: float(own[old]) for new, old in ends.items()})
    about = {"treated": tree.attrs["treated"], "own": own.attrs["label"], **carried(tree.attrs)}
    return found.assign_attrs(about)


def sheet(data: xr.Dataset) -> style.Sheet:
    """One size for all."""
    return style.Sheet(7.2, 2.5, left=2.2, right=0.3, top=0.15, bottom=0.55)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw both densities, and below them the intervals with that of the controls alone."""
    style.percent_axis(ax, outcome_of(data.attrs).axis)
    style.only_bottom(ax)
    rate = data["rate"].values
    top = float(np.nanmax([data["before"].values, data["after"].values]))
    ax.set_ylim(-0.4 * top, 1.08 * top)
    ax.plot(rate, data["before"], color=style.NEUTRAL, linewidth=1.3, linestyle="--")
    ax.fill_between(rate, 0, data["after"], color=style.CONTROL, alpha=0.22, linewidth=0)
    ax.plot(rate, data["after"], color=style.CONTROL, linewidth=1.5)
    ax.axhline(0, color=style.FAINT, linewidth=0.8, zorder=0)
    rows = zip(LEVELS, (style.NEUTRAL, style.HISTORY, style.CONTROL), ("o", "s", "D"), strict=True)
    for name, colour, marker in rows:
        low, high = float(data[f"{name}_low"]), float(data[f"{name}_high"])
        level = LEVELS[name] * top
        ax.plot([low, high], [level, level], color=colour, linewidth=2, solid_capstyle="butt")
        ax.plot(float(data[f"{name}_mean"]), level, marker=marker, color=colour, markersize=4.5)
    _key(data, ax, top)


def caption(data: xr.Dataset) -> str:
    """What the figure shows, in words."""
    r, n = int(data["successes"]), int(data["n"])
    return (
        f"The rate expected without {data.attrs['treated']}: {_words(data, 'before')} before the "
        f"trial's own controls were counted (dashed), {_words(data, 'after')} after {r} of {n} "
        f"among them ({data.attrs['own']}; alone {_words(data, 'own')}, exact)."
    )


def _words(data, name):
    """Mean and interval."""
    mean, low, high = (float(data[f"{name}_{part}"]) for part in ("mean", "low", "high"))
    if high - low < KNOWN:
        return f"{percent(mean, 1)}, taken as known"
    return f"{brief(mean)} (95 %: {brief_span(low, high)})"


def _key(data, ax, top):
    """A key to the left: each line with its mean and interval."""
    inch, across = style.inches_across(ax, 1), style.beside(ax)
    r, n = int(data["successes"]), int(data["n"])
    lines = [
        (f"Without {data.attrs['treated']}", "", style.CONTROL, "bold"),
        ("before its own controls", "before", style.NEUTRAL, "normal"),
        (f"own controls alone, {r} of {n}", "own", style.HISTORY, "normal"),
        ("after them", "after", style.CONTROL, "normal"),
    ]
    level = 0.95 * top
    for text, name, colour, weight in lines:
        common = {"transform": across, "va": "center", "fontsize": style.SMALL, "color": colour}
        ax.text(-2.1 * inch, level, text, weight=weight, **common)
        level -= 0.14 * top
        if name:
            ax.text(-2.1 * inch, level, f"   {_words(data, name)}", **common)
            level -= 0.17 * top
