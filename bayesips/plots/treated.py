"""Prior, likelihood and posterior of the treated rate, under what history leads one to expect."""

from __future__ import annotations

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style
from bayesips.words.numbers import brief, brief_span
from bayesips.words.outcome import carried, outcome_of

GAP = 0.34  # between the two baselines, as a share of the taller curve
NEGLIGIBLE = 1e-9  # probability too small to draw
# A point mass below this is what a density leaves beyond its last panel, not a rate anybody meant.
LEAST_ATOM = 0.005
SAME = 1e-3  # curves closer than this share of their height are drawn once
LIKELIHOOD = "#009E73"


def applies(tree: xr.DataTree) -> bool:
    """Whether the result has densities."""
    return {"curves", "treated", "control"} <= set(tree.children)


def data(tree: xr.DataTree) -> xr.Dataset:
    """Densities of area one, with mean and interval of control and treated."""
    curves = tree["curves"].to_dataset()
    kept = ["treated_prior", "treated_likelihood", "treated_posterior", "control"]
    table = curves[[*kept, "atom_weight"]]
    table["treated_likelihood"] = _of_area_one(curves["treated_likelihood"])
    for arm in ("treated", "control"):
        for name in ("mean", "low", "high"):
            table[f"{arm}_{name}"] = float(tree[arm][name])
    table["successes"], table["n"] = int(tree["treated"]["successes"]), int(tree["treated"]["n"])
    table["same"] = _gap(table["treated_likelihood"], table["treated_posterior"]) < SAME
    return table.assign_attrs(treated=tree.attrs["treated"], **carried(tree.attrs))


def sheet(data: xr.Dataset) -> style.Sheet:
    """One size for all."""
    return style.Sheet(7.2, 3.4, left=2.2, right=0.3, top=0.1, bottom=0.55)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the control above, the treated rate below, on one scale."""
    style.percent_axis(ax, outcome_of(data.attrs).axis)
    style.only_bottom(ax)
    height = _height(data)
    base = height * (1 + GAP)
    ax.set_ylim(-0.2 * height, base + max(1.05 * _top(data["control"]), 0.9 * height))
    _control(data, ax, base, height)
    _treated(data, ax, height)
    for level in (0, base):
        ax.axhline(level, color=style.FAINT, linewidth=0.8, zorder=0)


def caption(data: xr.Dataset) -> str:
    """What the densities show, in words."""
    trial = f"{int(data['successes'])} of {int(data['n'])}"
    return (
        f"Above: the rate expected without {data.attrs['treated']}, {_words(data, 'control')}. "
        f"Below: the rate with {data.attrs['treated']} before and after {trial}, "
        f"{_words(data, 'treated')}. Equal areas are equal probabilities; bars are 95 % intervals."
    )


def _of_area_one(curve):
    """A curve scaled to area one."""
    return curve / np.trapezoid(curve.values, curve["rate"].values)


def _gap(one, other):
    """Largest distance of two curves, as a share of the height."""
    return float(np.abs(one - other).max() / max(_top(other), 1e-300))


def _top(curve):
    """The highest finite value of a curve."""
    values = curve.values[np.isfinite(curve.values)]
    return float(values.max()) if values.size else 0.0


def _height(data):
    """Height of the picture's unit: the tallest curve of the treated rate, or of the control."""
    names = ("treated_likelihood", "treated_posterior", "control")
    return max(_top(data[name]) for name in names)


def _control(data, ax, base, height):
    """The control's density and its atoms."""
    if data["atom_weight"].sum() < 1 - NEGLIGIBLE:
        rate, curve = data["rate"].values, data["control"].values
        ax.fill_between(rate, base, base + curve, color=style.CONTROL, alpha=0.22, linewidth=0)
        ax.plot(rate, base + curve, color=style.CONTROL, linewidth=1.4)
    for where, weight in _atoms(data):
        ax.plot([where, where], [base, base + 0.55 * height], color=style.CONTROL, linewidth=2.2)
        share = "" if weight > 1 - NEGLIGIBLE else f", weight {brief(float(weight))}"
        ax.text(where + 0.012, base + 0.5 * height, f"exactly {brief(where, 1)}{share}",
                color=style.CONTROL, va="center", fontsize=style.SMALL)  # fmt: skip
    _summary(data, ax, "control", base - 0.09 * height, style.CONTROL)
    lines = [(f"Expected without {data.attrs['treated']}", style.CONTROL, None)]
    _beside(ax, base, height, lines, _words(data, "control"))


def _atoms(data):
    """Rates that carry a share of their own, with it."""
    pairs = zip(data["atom"].values, data["atom_weight"].values, strict=True)
    return [(where, weight) for where, weight in pairs if weight >= LEAST_ATOM]


def _treated(data, ax, height):
    """Prior, likelihood and posterior of the treated rate."""
    rate = data["rate"].values
    ax.fill_between(rate, 0, data["treated_posterior"], color=style.TREATED, alpha=0.2, linewidth=0)
    ax.plot(rate, _clipped(data["treated_prior"].values, height), color=style.NEUTRAL,
            linewidth=1.2, linestyle="--")  # fmt: skip
    if not data["same"]:
        ax.plot(rate, data["treated_likelihood"], color=LIKELIHOOD, linewidth=1.3, linestyle=":")
    ax.plot(rate, data["treated_posterior"], color=style.TREATED, linewidth=1.6)
    _summary(data, ax, "treated", -0.09 * height, style.TREATED)
    trial = f"{int(data['successes'])} of {int(data['n'])}"
    lines = [("before the trial (prior)", style.NEUTRAL, "--")]
    if not data["same"]:
        lines.append((f"the trial's {trial} alone", LIKELIHOOD, ":"))
    after = f"after {trial} (posterior)"
    lines.append((after, style.TREATED, "-"))
    heading = (f"With {data.attrs['treated']}", style.TREATED, None)
    words = _words(data, "treated")
    if data["same"]:
        words += "\nthe prior is flat: the trial alone\nsays the same"
    _beside(ax, 0, height, [heading, *lines], words)


def _clipped(values, height):
    """A density with a pole at the edge, cut at the top of the picture."""
    return np.minimum(np.where(np.isfinite(values), values, height), 1.05 * height)


def _summary(data, ax, arm, level, colour):
    """Mean and 95 % interval under a baseline."""
    low, high = float(data[f"{arm}_low"]), float(data[f"{arm}_high"])
    ax.plot([low, high], [level, level], color=colour, linewidth=2.2, solid_capstyle="butt")
    ax.plot(float(data[f"{arm}_mean"]), level, marker="o", color=colour, markersize=5)


def _words(data, arm):
    """Mean and interval in words."""
    low, high = float(data[f"{arm}_low"]), float(data[f"{arm}_high"])
    mean = float(data[f"{arm}_mean"])
    if high - low < NEGLIGIBLE:
        return f"{brief(mean, 1)}, taken as known"
    return f"mean {brief(mean)}, 95 %: {brief_span(low, high)}"


def _beside(ax, base, height, lines, words):
    """A key to the left of its curves: the reader need not search for a legend."""
    across, inch = style.beside(ax), style.inches_across(ax, 1)
    level = base + 0.78 * height
    step = 0.175 * height
    for text, colour, dash in lines:
        start = -2.1 * inch
        if dash:
            ax.plot([start, start + 0.26 * inch], [level, level], color=colour, linestyle=dash,
                    linewidth=1.5, transform=across, clip_on=False)  # fmt: skip
            start += 0.34 * inch
        ax.text(start, level, text, transform=across, va="center", color=colour,
                weight="normal" if dash else "bold", fontsize=style.SMALL)  # fmt: skip
        level -= step
    ax.text(-2.1 * inch, level + 0.4 * step, words, transform=across, va="top",
            fontsize=style.SMALL, color=style.HISTORY, linespacing=1.3)  # fmt: skip
