"""Every outcome the trial could have had: P(effect > margin) for 0 to n survivors."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style

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
    return table.assign_attrs(treated=tree.attrs["treated"], scale=scale)


def sheet(data: xr.Dataset) -> style.Sheet:
    """One size for all."""
    return style.Sheet(7.2, 3.3, left=0.75, right=1.35, top=0.35, bottom=0.6)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the probabilities, the thresholds and the region that meets them."""
    survivors = data["survivors"].values
    ax.set_xlim(survivors[0] - 0.6, survivors[-1] + 0.6)
    ax.set_ylim(0, 1.04)
    ticks = np.linspace(0, 1, 6)
    ax.set_yticks(ticks, [style.percent(tick) for tick in ticks])
    ax.set_ylabel("P(effect > margin)" if data.sizes["criterion"] > 1 else _probability(data))
    ax.set_xlabel(f"survivors among {survivors[-1]} patients with {data.attrs['treated']}")
    if survivors.size <= FEW:
        ax.set_xticks(survivors)
    ax.bar(survivors, data["predicted"].values, width=0.5, color=style.FAINT, zorder=1)
    _region(data, ax)
    for position in range(data.sizes["criterion"]):
        _series(data.isel(criterion=position), COLOURS[position % len(COLOURS)], ax)
    _thresholds(data, ax)
    if data.sizes["criterion"] == 1 and survivors.size <= FEW:
        _values(data.isel(criterion=0), ax)
    _observed(data, ax)


def caption(data: xr.Dataset) -> str:
    """What the outcomes show, in words."""
    observed, n = int(data["observed"]), int(data["survivors"].values[-1])
    first = _first_met(data)
    region = (
        f"The claim would be met from {first} survivors on"
        if first is not None
        else f"No outcome among {n} patients would meet the claim"
    )
    return (
        f"What every possible outcome of the {n} patients would have said. {region}; {observed} "
        "were seen. Grey bars: how often each "
        "count is expected if the treatment does nothing. Control and prior stay as they are."
    )


def _probability(data):
    """What the only criterion is about."""
    return f"P(effect > {_margin(data.attrs['scale'], float(data['margin'][0]))})"


def _margin(scale, margin):
    """A margin in words."""
    return f"{100 * margin:g} points" if scale == "difference" and margin else f"{margin:g}"


def _first_met(data):
    """The fewest survivors from which on every outcome meets all criteria."""
    met = data["all_met"].values
    if not met[-1]:
        return None
    missed = np.flatnonzero(~met)
    return int(data["survivors"].values[missed[-1] + 1 if missed.size else 0])


def _region(data, ax):
    """Shade the outcomes that meet all criteria."""
    for survivors in data["survivors"].values[data["all_met"].values]:
        ax.axvspan(survivors - 0.5, survivors + 0.5, color=style.TREATED, alpha=0.09, linewidth=0)
    first = _first_met(data)
    words = "no outcome meets the claim" if first is None else "meets the claim"
    where = data["survivors"].values[-1] + 0.5 if first is None else first - 0.5
    ax.annotate(
        words, xy=(where, 1), xycoords=ax.get_xaxis_transform(), xytext=(2, 8),
        textcoords="offset points", ha="right" if first is None else "left", va="center",
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


def _values(one, ax):
    """The probability of every outcome, in words below its dot."""
    seen = int(one["observed"])
    for survivors, probability in zip(
        one["survivors"].values, one["probability"].values, strict=True
    ):
        ax.annotate(
            style.probability(float(probability)), xy=(survivors, probability), xytext=(4, -10),
            textcoords="offset points", ha="left", va="center", fontsize=style.SMALL,
            color=style.HISTORY, weight="bold" if survivors == seen else "normal",
            annotation_clip=False,
        )  # fmt: skip


def _thresholds(data, ax):
    """What each criterion asks for, beside its line; labels of close lines are moved apart."""
    order = np.argsort(data["required"].values, kind="stable")[::-1]
    above = np.inf
    for position in order:
        one = data.isel(criterion=int(position))
        margin, required = float(one["margin"]), float(one["required"])
        size = _margin(one.attrs["scale"], margin)
        above = min(required, above - LABEL_STEP)
        ax.annotate(
            f"margin {size}:\nmore than {100 * required:g} %",
            xy=(1, above), xycoords=ax.get_yaxis_transform(), xytext=(9, 0),
            textcoords="offset points", va="center", fontsize=style.SMALL,
            color=COLOURS[position % len(COLOURS)], annotation_clip=False,
        )  # fmt: skip


def _observed(data, ax):
    """Mark the outcome that was seen, with its probabilities."""
    where = int(data["observed"])
    seen = data["probability"].sel(survivors=where).values
    ax.axvline(where, color=style.HISTORY, linewidth=0.9, linestyle=":", zorder=0)
    words = style.joined([style.probability(float(value)) for value in seen])
    ax.annotate(
        f"seen: {where}\n{words}", xy=(where, 0), xycoords=ax.get_xaxis_transform(),
        xytext=(5, 4), textcoords="offset points", ha="left", va="bottom", fontsize=style.SMALL,
        color=style.HISTORY, weight="bold",
    )  # fmt: skip
