"""Density of the effect, the margins that were asked for, and the probability beyond them."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.distributions.effects.scales import scale_named
from bayesips.plots import style
from bayesips.words.numbers import brief_probability
from bayesips.words.outcome import carried, outcome_of

SHOWN_TAIL = 1e-3  # ratios have long tails: the axis ends where this much is left
FINE = 10  # percentage points below which decimals are shown
SPACE_FOR_WORDS = 0.45  # share of the axis left of the first margin
TICK = 0.2  # between two numbers on the axis of a difference


def applies(tree: xr.DataTree) -> bool:
    """Whether the result has an effect and its density."""
    return {"curves", "effect", "decision"} <= set(tree.children)


def data(tree: xr.DataTree) -> xr.Dataset:
    """Density of the effect with decisions and summary."""
    density = tree["curves"].to_dataset()["effect"].dropna("effect_grid")
    table = xr.Dataset({"density": density})
    decision = tree["decision"].to_dataset()
    for name in ("margin", "required", "probability", "met"):
        table[name] = decision[name]
    for name in ("mean", "low", "high"):
        table[name] = float(tree["effect"][name])
    scale = tree["effect"].attrs["scale"]
    table["last"] = _last(table, scale_named(scale))
    about = {"scale": scale, "treated": tree.attrs["treated"], **carried(tree.attrs)}
    return table.assign_attrs(about)


def sheet(data: xr.Dataset) -> style.Sheet:
    """Space for one line of words for each margin."""
    return style.Sheet(7.2, 2.6 + 0.24 * data.sizes["criterion"], left=0.35, right=0.35,
                       top=0.15 + 0.24 * data.sizes["criterion"], bottom=0.78)  # fmt: skip


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the density, shaded beyond each margin."""
    grid, density = data["effect_grid"].values, data["density"].values
    top = float(density.max())
    ax.set_ylim(-0.14 * top, 1.06 * top)
    ax.set_xlim(_scale(data).least, float(data["last"]))
    style.only_bottom(ax)
    _axis(data, ax)
    ax.fill_between(grid, 0, density, color=style.FAINT, alpha=0.7, linewidth=0)
    _margins(data, ax)
    ax.plot(grid, density, color=style.HISTORY, linewidth=1.3)
    _summary(data, ax, -0.07 * top)
    _sides(data, ax)


def caption(data: xr.Dataset) -> str:
    """What the density shows, in words."""
    parts = [_claim(data.isel(criterion=each)) for each in range(data.sizes["criterion"])]
    return (
        f"Density of the {_name(data).split(' (')[0]}, "
        f"{data.attrs['treated']} against what history leads one to expect; mean "
        f"{_value(data, float(data['mean']))}, 95 % interval {_value(data, float(data['low']))} to "
        f"{_value(data, float(data['high']))}. {'. '.join(parts)}. The shaded area is the "
        "probability."
    )


def _last(table, scale):
    """Where the axis ends."""
    grid = table["effect_grid"].values
    if not scale.is_ratio:
        return scale.largest
    share = np.cumsum(table["density"].values * np.gradient(grid))
    beyond = grid[share > (1 - SHOWN_TAIL) * share[-1]]
    return float(min(beyond[0], 4 * float(table["high"])))


def _scale(data):
    """The scale of the effect."""
    return scale_named(data.attrs["scale"])


def _name(data):
    """The effect in words, with its unit."""
    return _scale(data).words.of(outcome_of(data.attrs).noun)


def _value(data, effect):
    """An effect in words: percentage points with a sign, or a factor."""
    return _scale(data).words.fine(effect)


def _claim(one):
    """One decision in words."""
    relation = "met" if bool(one["met"]) else "not met"
    required = float(one["required"])
    found = brief_probability(float(one["probability"]), required)
    margin, sign = _value(one, float(one["margin"])), outcome_of(one.attrs).sign
    return f"P(effect {sign} {margin}) = {found} (needs more than {100 * required:g} %: {relation})"


def _axis(data, ax):
    """The axis of the effect."""
    ax.set_xlabel(_name(data), labelpad=19)
    if not _scale(data).is_ratio:
        first, last = ax.get_xlim()
        ticks = TICK * np.arange(np.ceil(first / TICK), last / TICK + 1e-9)
        ax.set_xticks(ticks, [_value(data, round(float(tick), 9)) for tick in ticks])


def _margins(data, ax):
    """Shade beyond each margin; the words of one never cross the line of another."""
    ordered = data.sortby("margin")
    first, last = ax.get_xlim()
    space = (float(ordered["margin"][0]) - first) / (last - first)
    left = space > SPACE_FOR_WORDS
    levels = np.arange(ordered.sizes["criterion"])
    for position, level in enumerate(levels if left else levels[::-1]):
        _margin(ordered.isel(criterion=position), int(level), left, ax)


def _margin(one, level, left, ax):
    """Shade beyond one margin, and say its probability above the picture."""
    grid, density = one["effect_grid"].values, one["density"].values
    margin = float(one["margin"])
    beyond = grid >= margin if outcome_of(one.attrs).more_is_better else grid <= margin
    x = np.sort(np.concatenate([[margin], grid[beyond]]))
    y = np.interp(x, grid, density)
    ax.fill_between(x, 0, y, color=style.TREATED, alpha=0.28, linewidth=0)
    inch = 1 / (ax.get_position().height * style.sheet_of(ax).get_figheight())
    up = 1 + (0.14 + 0.24 * level) * inch
    across = ax.get_xaxis_transform()
    ax.plot([margin, margin], [0, up], transform=across, color=style.TREATED, linewidth=1.1,
            clip_on=False)  # fmt: skip
    ax.annotate(
        _claim(one), xy=(margin, up), xycoords=across, xytext=(-5 if left else 5, 0),
        textcoords="offset points", ha="right" if left else "left", va="center",
        fontsize=style.SMALL, color=style.TREATED, annotation_clip=False,
    )  # fmt: skip


def _summary(data, ax, level):
    """Mean and 95 % interval."""
    span = [float(data["low"]), float(data["high"])]
    ax.plot(span, [level, level], color=style.HISTORY, linewidth=2.2, solid_capstyle="butt")
    ax.plot(float(data["mean"]), level, marker="o", color=style.HISTORY, markersize=5)


def _sides(data, ax):
    """Which side is better for patients."""
    none, (fewer, more) = _scale(data).no_effect, outcome_of(data.attrs).sides
    for side, word in ((-1, fewer), (1, more)):
        arrow = f"\u2190 {word}" if side < 0 else f"{word} \u2192"
        ax.annotate(
            arrow, xy=(none, 0), xycoords=ax.get_xaxis_transform(), xytext=(side * 8, -24),
            textcoords="offset points", ha="right" if side < 0 else "left", va="center",
            fontsize=style.SMALL, color=style.NEUTRAL, annotation_clip=False,
        )  # fmt: skip
