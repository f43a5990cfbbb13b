"""Every outcome the trial could have had: P(effect > margin) for 0 to n survivors."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.distributions.effects.scales import scale_named
from bayesips.plots import style
from bayesips.words.numbers import brief_probability
from bayesips.words.outcome import carried, outcome_of

LABEL_STEP = 0.15  # between two labels at the right edge
FEW = 14  # outcomes up to which every one is labelled
COLOURS = (style.TREATED, "#009E73", "#AA4499", style.NEUTRAL)


def applies(tree: xr.DataTree) -> bool:
    """Whether the result has the table of outcomes."""
    return {"outcomes", "decision", "treated"} <= set(tree.children)


def data(tree: xr.DataTree) -> xr.Dataset:
    """Probabilities and decisions by outcome, and the outcome seen."""
    table = tree["outcomes"].to_dataset()[["probability", "met", "all_met", "predicted"]]
    decision = tree["decision"].to_dataset()
    table["margin"], table["required"] = decision["margin"], decision["required"]
    table["observed"] = int(tree["treated"]["successes"])
    scale = tree["effect"].attrs["scale"] if "effect" in tree.children else "difference"
    about = {"treated": tree.attrs["treated"], "scale": scale, **carried(tree.attrs)}
    return table.assign_attrs(about)


def sheet(data: xr.Dataset) -> style.Sheet:
    """Space for one line of numbers for each criterion."""
    lines = 0.17 * data.sizes["criterion"] if data.sizes["survivors"] <= FEW else 0.0
    return style.Sheet(7.2, 3.2 + lines, left=0.75, right=1.35, top=0.35, bottom=0.5 + lines)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the probabilities, the thresholds and the region that meets them."""
    survivors = data["survivors"].values
    ax.set_xlim(survivors[0] - 0.6, survivors[-1] + 0.6)
    several = data.sizes["criterion"] > 1
    style.upright_percent_axis(
        ax, outcome_of(data.attrs).claim if several else _probability(data), 1.04
    )
    lines = data.sizes["criterion"] if survivors.size <= FEW else 0
    about = outcome_of(data.attrs)
    words = f"{about.people} among {survivors[-1]} {about.unit} with {data.attrs['treated']}"
    ax.set_xlabel(words, labelpad=4 + 12 * lines)
    if survivors.size <= FEW:
        ax.set_xticks(survivors)
    ax.bar(survivors, data["predicted"].values, width=0.5, color=style.FAINT, zorder=1)
    _region(data, ax)
    for position in range(data.sizes["criterion"]):
        _series(data.isel(criterion=position), COLOURS[position % len(COLOURS)], ax)
    _thresholds(data, ax)
    _expected(ax)
    if survivors.size <= FEW:
        _values(data, ax)
    _observed(data, ax)


def caption(data: xr.Dataset) -> str:
    """What the outcomes show, in words."""
    observed, n = int(data["observed"]), int(data["survivors"].values[-1])
    first, words = _first_met(data), outcome_of(data.attrs)
    if first is None:
        region = f"No outcome among {n} {words.unit} would meet the claim"
    elif words.more_is_better:
        region = f"The claim would be met from {first} {words.people} on"
    else:
        region = f"The claim would be met up to {first} {words.people}"
    return (
        f"What every possible outcome of the {n} {words.unit} would have said. {region}; "
        f"{observed} "
        "were seen. Grey bars: how often each "
        "count is expected if the treatment does nothing. Control and prior stay as they are."
    )


def _probability(data):
    """What the only criterion is about."""
    sign = outcome_of(data.attrs).sign
    return f"P(effect {sign} {_margin(data, float(data['margin'][0]))})"


def _margin(data, margin):
    """A margin in words."""
    return scale_named(data.attrs["scale"]).words.margin(margin)


def _first_met(data):
    """The count from which on, towards what is better, every outcome meets all criteria."""
    step = 1 if outcome_of(data.attrs).more_is_better else -1
    counts, met = data["survivors"].values[::step], data["all_met"].values[::step]
    if not met[-1]:
        return None
    missed = np.flatnonzero(~met)
    return int(counts[missed[-1] + 1 if missed.size else 0])


def _region(data, ax):
    """Shade the outcomes that meet all criteria."""
    for survivors in data["survivors"].values[data["all_met"].values]:
        ax.axvspan(survivors - 0.5, survivors + 0.5, color=style.TREATED, alpha=0.09, linewidth=0)
    first = _first_met(data)
    words = "no outcome meets the claim" if first is None else "meets the claim"
    upwards = outcome_of(data.attrs).more_is_better
    where = data["survivors"].values[-1] + 0.5
    if first is not None:
        where = first - 0.5 if upwards else first + 0.5
    left = first is not None and upwards
    ax.annotate(
        words, xy=(where, 1), xycoords=ax.get_xaxis_transform(), xytext=(2, 8),
        textcoords="offset points", ha="left" if left else "right", va="center",
        fontsize=style.SMALL, color=style.TREATED, annotation_clip=False,
    )  # fmt: skip


def _series(one, colour, ax):
    """One criterion: its probabilities by outcome and its threshold."""
    survivors, probability = one["survivors"].values, one["probability"].values
    met = one["met"].values.astype(bool)
    ax.plot(survivors, probability, color=colour, linewidth=0.9, alpha=0.6, zorder=2)
    ax.scatter(survivors, probability, s=34, zorder=3, linewidth=1.3, edgecolor=colour,
               facecolor=np.where(met, colour, "white"), clip_on=False)  # fmt: skip
    ax.axhline(float(one["required"]), color=colour, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)


def _values(data, ax):
    """The probabilities of every outcome, in words below it; bold what was seen."""
    for position in range(data.sizes["criterion"]):
        one = data.isel(criterion=position)
        pairs = zip(one["survivors"].values, one["probability"].values, strict=True)
        for survivors, value in pairs:
            ax.annotate(
                brief_probability(float(value), float(one["required"])), xy=(survivors, 0),
                xycoords=ax.get_xaxis_transform(), xytext=(0, -24 - 12 * position),
                textcoords="offset points", ha="center", va="center", fontsize=style.SMALL,
                color=COLOURS[position % len(COLOURS)], annotation_clip=False,
                weight="bold" if survivors == int(one["observed"]) else "normal",
            )  # fmt: skip


def _thresholds(data, ax):
    """What each criterion asks for, beside its line; labels of close lines are moved apart."""
    order = np.argsort(data["required"].values, kind="stable")[::-1]
    above = np.inf
    for position in order:
        one = data.isel(criterion=int(position))
        margin, required = float(one["margin"]), float(one["required"])
        size = _margin(one, margin)
        above = min(required, above - LABEL_STEP)
        ax.annotate(
            f"margin {size}:\nmore than {100 * required:g} %",
            xy=(1, above), xycoords=ax.get_yaxis_transform(), xytext=(9, 0),
            textcoords="offset points", va="center", fontsize=style.SMALL,
            color=COLOURS[position % len(COLOURS)], annotation_clip=False,
        )  # fmt: skip


def _expected(ax):
    """What the grey bars are."""
    ax.annotate(
        "grey: how often\nexpected if\nno effect", xy=(1, 0), xycoords="axes fraction",
        xytext=(9, 2), textcoords="offset points", va="bottom", fontsize=style.SMALL,
        color=style.NEUTRAL, annotation_clip=False,
    )  # fmt: skip


def _observed(data, ax):
    """Mark the outcome that was seen."""
    where = int(data["observed"])
    ax.axvline(where, color=style.HISTORY, linewidth=0.9, linestyle=":", zorder=0)
    right = where < data["survivors"].values[-1] or where == 0
    ax.annotate(
        f"seen: {where}", xy=(where, 0.3), xycoords=ax.get_xaxis_transform(),
        xytext=(5 if right else -5, 0), textcoords="offset points",
        ha="left" if right else "right", va="center", fontsize=style.SMALL, weight="bold",
    )  # fmt: skip
