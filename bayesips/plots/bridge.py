"""What the bridge does: how far each day is carried to the day asked about."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style
from bayesips.words.numbers import brief
from bayesips.words.outcome import outcome_of

RATES = (0.15, 0.3, 0.5, 0.7)  # survival at the day asked about
DAYS = np.linspace(14, 180, 120)
EARLY_DAY, LABEL_DAY = 28.0, 180.0  # where each curve is read beside its own day


def applies(tree: xr.DataTree) -> bool:
    """Whether the result has a Weibull shape."""
    return "survival" in tree.children and "shape_mean" in tree["survival"].attrs


def data(tree: xr.DataTree) -> xr.Dataset:
    """Curves through given rates at the day asked about, for the shape and its 95 % range."""
    group = tree["survival"]
    day = float(tree.attrs["landmark_day"])
    shapes = [float(group.attrs[f"shape_{name}"]) for name in ("mean", "low", "high")]
    rates = np.array(RATES)[:, None, None]
    curves = rates ** ((DAYS / day) ** np.array(shapes)[:, None])
    return xr.Dataset(
        {"survival": (("rate", "end", "day"), curves), "shape": ("end", np.array(shapes))},
        coords={"rate": list(RATES), "end": ["mean", "low", "high"], "day": DAYS},
        attrs={"landmark_day": day},
    )


def sheet(data: xr.Dataset) -> style.Sheet:
    """One size for all."""
    return style.Sheet(6.0, 3.6, left=0.75, right=1.35, top=0.15, bottom=0.55)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """A fan through each rate at the day asked about."""
    day = float(data.attrs["landmark_day"])
    for rate in data["rate"].values:
        fan = data["survival"].sel(rate=rate)
        ax.fill_between(data["day"], fan.sel(end="low"), fan.sel(end="high"),
                        color=style.NEUTRAL, alpha=0.2, linewidth=0)  # fmt: skip
        ax.plot(data["day"], fan.sel(end="mean"), color=style.HISTORY, linewidth=1.3)
        ax.plot(day, rate, marker="o", color=style.CONTROL, markersize=5)
        last = float(fan.sel(end="mean")[-1])
        first = _at(data, rate, EARLY_DAY)
        ax.plot(EARLY_DAY, first, marker="o", color=style.HISTORY, markersize=4)
        ax.annotate(brief(first), (EARLY_DAY, first), (4, 3), textcoords="offset points",
                    fontsize=style.SMALL)  # fmt: skip
        ax.annotate(brief(rate), (day, rate), (4, 4), textcoords="offset points",
                    fontsize=style.SMALL, color=style.CONTROL)  # fmt: skip
        said = f"{brief(last)} at day {LABEL_DAY:g}"
        ax.text(LABEL_DAY + 3, last, said, va="center", fontsize=style.SMALL)
    ax.axvline(day, color=style.FAINT, linewidth=0.8, zorder=0)
    ax.set_xlim(0, LABEL_DAY)
    ax.set_xticks([0, 28, 56, 100, 140, 180])
    ax.set_xlabel("days")
    style.upright_percent_axis(ax, outcome_of(data.attrs).state)


def caption(data: xr.Dataset) -> str:
    """What the fans show, in words."""
    mean, low, high = data["shape"].values
    rate = float(data["rate"][-1])
    early, late = (brief(_at(data, rate, day)) for day in (EARLY_DAY, LABEL_DAY))
    words = outcome_of(data.attrs)
    return (
        f"{words.noun.capitalize()} curves through four rates at {words.on} (coloured "
        f"points): one of {brief(rate)} there goes with {early} at day {EARLY_DAY:g} and "
        f"{late} at day {LABEL_DAY:g}. The shape of all curves is common and not "
        f"known: {mean:.2f}, 95 %: {low:.2f} to {high:.2f} (below 1: deaths come early). Grey is "
        "what that leaves open on other days."
    )


def _at(data, rate, day):
    """Survival on a day, of the curve through a rate."""
    curve = data["survival"].sel(rate=rate, end="mean")
    return float(np.interp(day, data["day"], curve))
