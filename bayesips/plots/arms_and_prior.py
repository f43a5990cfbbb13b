"""Arms with their exact intervals, and the prior that history makes of them, on one scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.exact_binomial import clopper_pearson
from bayesips.evidence.arm import Arm
from bayesips.plots import style
from bayesips.words.numbers import percent, span

TAILS = (0.025, 0.975)
SIGNS = {"=": "", ">=": "\N{GREATER-THAN OR EQUAL TO} ", "<=": "\N{LESS-THAN OR EQUAL TO} "}
NEW = "a new group"


def data(arms: Sequence[Arm], prior: Distribution | None = None) -> xr.Dataset:
    """Rate and 95 % Clopper-Pearson interval of each arm; the prior's mean and interval last."""
    rows: list[tuple[str | float, ...]] = []
    for arm in arms:
        ends = [float(end) for end in clopper_pearson(arm.successes, arm.n)]
        count = f"{SIGNS[arm.relation]}{arm.successes}/{arm.n}"
        rows.append((arm.label, count, arm.successes / arm.n, *ends))
    if prior is not None:
        rows.append((NEW, "", float(prior.mean()), *(float(prior.ppf(tail)) for tail in TAILS)))
    names = ("label", "count", "rate", "low", "high")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True))
    return xr.Dataset(
        {name: ("row", np.array(values)) for name, values in columns.items()},
        attrs={"prior": int(prior is not None)},
    )


def sheet(data: xr.Dataset) -> style.Sheet:
    """A line for each arm."""
    longest = max(len(str(label)) for label in data["label"].values)
    left = min(0.4 + 0.075 * longest, 3.4)
    return style.Sheet(
        left + 5.0, 0.9 + 0.28 * data.sizes["row"], left=left, right=0.9, top=0.2, bottom=0.55
    )


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw a point and bar for each arm, the prior below them in the colour of controls."""
    style.percent_axis(ax, "rate")
    size = data.sizes["row"]
    ax.set_ylim(size - 0.4, -0.6)
    ax.set_yticks(range(size), data["label"].values)
    ax.spines["left"].set_visible(False)
    ax.tick_params(axis="y", length=0)
    last = size - 1 if data.attrs["prior"] else size
    for place in range(size):
        one = data.isel(row=place)
        colour, width = (style.HISTORY, 1.2) if place < last else (style.CONTROL, 2.6)
        ax.plot([one["low"], one["high"]], [place, place], color=colour, linewidth=width)
        ax.plot(one["rate"], place, "s" if place < last else "D", color=colour, markersize=5)
        ax.text(1.02, place, str(one["count"].item()), transform=style.beside(ax), va="center",
                fontsize=style.SMALL)  # fmt: skip


def caption(data: xr.Dataset) -> str:
    """What the rows show, in words."""
    arms = data.sizes["row"] - data.attrs["prior"]
    said = f"Observed rates of {arms} arms with exact 95 % intervals."
    if not data.attrs["prior"]:
        return said
    new = data.isel(row=-1)
    expected = f"{percent(new['rate'], 1)} ({span(new['low'], new['high'], 1)})"
    return f"{said} Below, what they lead one to expect of {NEW}: {expected}."
