"""When a design's rule is met: by the count of one arm, or by the counts of both."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.ticker import MaxNLocator

from bayesips.designs import SingleArmDesign, TwoArmDesign
from bayesips.plots import style

MET = ListedColormap(["white", style.TREATED])


def data(design: SingleArmDesign | TwoArmDesign) -> xr.Dataset:
    """Whether the rule is met (treated, and control where there is one); P of the first criterion.

    Parameters
    ----------
    design : SingleArmDesign or TwoArmDesign
    """
    met = np.asarray(design.decisions())
    dims = ("treated", "control")[: met.ndim]
    chance = design.rule.criteria[0].probability_held(np.asarray(design.above[0]))
    return xr.Dataset(
        {"met": (dims, met), "probability": (dims, chance)},
        coords={dim: np.arange(size) for dim, size in zip(dims, met.shape, strict=True)},
        attrs={"required": design.rule.criteria[0].probability},
    )


def sheet(data: xr.Dataset) -> style.Sheet:
    """Wide for one arm, square for two."""
    if data["met"].ndim == 1:
        return style.Sheet(6.4, 3.0, left=0.75, right=0.9, top=0.2, bottom=0.55)
    return style.Sheet(4.6, 4.4, left=0.65, right=0.3, top=0.2, bottom=0.6)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the probability of every count, filled where enough; or the pairs that are enough."""
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if data["met"].ndim == 1:
        _one_arm(data, ax)
    else:
        _two_arms(data, ax)


def _one_arm(data: xr.Dataset, ax: Axes) -> None:
    """A point for each count."""
    counts, met = data["treated"].values, data["met"].values
    chance = data["probability"].values
    style.upright_percent_axis(ax, "P(first criterion)", top=1.05)
    style.required_line(ax, float(data.attrs["required"]))
    ax.plot(counts, chance, color=style.NEUTRAL, linewidth=0.9)
    ax.scatter(counts[met], chance[met], color=style.TREATED, zorder=3, label="rule met")
    ax.scatter(counts[~met], chance[~met], facecolor="white", edgecolor=style.TREATED, zorder=3)
    ax.set_xlabel("successes among the treated; filled: the rule is met")


def _two_arms(data: xr.Dataset, ax: Axes) -> None:
    """A cell for each pair of counts."""
    ax.pcolormesh(
        data["control"].values, data["treated"].values, data["met"].values, cmap=MET, alpha=0.75,
        vmin=0, vmax=1, edgecolor=style.FAINT, linewidth=0.3,
    )  # fmt: skip
    ax.yaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("successes among the controls")
    ax.set_ylabel("successes among the treated; filled: the rule is met")


def caption(data: xr.Dataset) -> str:
    """From which counts on the rule is met, in words."""
    met = data["met"].values
    if met.ndim == 1:
        counts = np.flatnonzero(met)
        said = f"with {counts[0]} to {counts[-1]}" if counts.size else "with no count"
        return f"The rule is met {said} of {met.size - 1} successes."
    first = [
        f"{np.flatnonzero(column)[0]} for {control}"
        for control, column in enumerate(met.T)
        if column.any()
    ]
    return f"Fewest treated successes that meet the rule, by control successes: {', '.join(first)}."
