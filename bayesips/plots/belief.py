"""What is believed about one rate: its density, with others beside it where there are some."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.mixture_fit import fit_beta_mixture
from bayesips.plots import style
from bayesips.words.numbers import brief, percent, span

PLACES = 601  # rates at which a density is drawn
TAILS = (0.025, 0.975)
LEAST_ATOM = 0.005  # below it a point mass is rounding
COLOURS = (style.TREATED, style.CONTROL, style.NEUTRAL)
SPACE = 0.13  # above the first density for each line of the legend, in heights of it


def data(
    beliefs: Mapping[str, Distribution], weights: Mapping[str, float] | None = None
) -> xr.Dataset:
    """Densities (belief, rate), each times its weight; moments of the first; its point masses.

    Parameters
    ----------
    beliefs : mapping of str to distribution
        By what they are called; draws are shown by the Beta mixture fitted to them.
    weights : mapping of str to float, optional
        By which a density is multiplied, as that of a component; 1 where none is given.
    """
    rates = np.linspace(0, 1, PLACES)[1:-1]
    shares = weights or {}
    curves = [shares.get(name, 1.0) * _density(each, rates) for name, each in beliefs.items()]
    first = next(iter(beliefs.values()))
    low, high = (float(first.ppf(tail)) for tail in TAILS)
    atoms, masses = (getattr(first, name, np.zeros(0)) for name in ("atoms", "atom_weights"))
    return xr.Dataset(
        {
            "density": (("belief", "rate"), np.array(curves)),
            "mean": float(first.mean()),
            "low": low,
            "high": high,
            "mass": ("atom", masses[masses >= LEAST_ATOM]),
        },
        coords={"rate": rates, "belief": list(beliefs), "atom": atoms[masses >= LEAST_ATOM]},
    )


def _density(belief: Distribution, rates: np.ndarray) -> np.ndarray:
    """The density; of draws that of the mixture fitted to them."""
    held = belief if hasattr(belief, "pdf") else fit_beta_mixture(belief).mixture
    return np.asarray(held.pdf(rates))


def sheet(data: xr.Dataset) -> style.Sheet:
    """One size for all."""
    return style.Sheet(6.4, 2.8, left=0.3, right=0.3, top=0.15, bottom=0.55)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the first filled, the others as lines; the first one's mean and interval below."""
    style.percent_axis(ax, "rate")
    style.only_bottom(ax)
    rates, curves = data["rate"].values, data["density"].values
    top = _top(data)
    ax.set_ylim(-0.12 * top, (1.08 + SPACE * (len(curves) if len(curves) > 1 else 0)) * top)
    ax.fill_between(rates, 0, curves[0], color=COLOURS[0], alpha=0.2, linewidth=0)
    for number, (name, curve) in enumerate(zip(data["belief"].values, curves, strict=True)):
        colour = COLOURS[min(number, len(COLOURS) - 1)]
        line = "-" if number == 0 else ("--", ":", "-.")[(number - 1) % 3]
        ax.plot(rates, curve, color=colour, linewidth=1.4, linestyle=line, label=str(name))
    for where, mass in zip(data["atom"].values, data["mass"].values, strict=True):
        ax.plot([where, where], [0, top], color=COLOURS[0], linewidth=2.2)
        ax.annotate(f"exactly {brief(where, 1)}: {brief(mass, 1)}", (where, top))
    low, mean, high = (float(data[name]) for name in ("low", "mean", "high"))
    ax.plot([low, high], [-0.06 * top] * 2, color=COLOURS[0], linewidth=2)
    ax.plot(mean, -0.06 * top, "o", color=COLOURS[0], markersize=5)
    if len(curves) > 1:
        ax.legend(frameon=False, fontsize=style.SMALL, loc="upper right")


def _top(data: xr.Dataset) -> float:
    """Height of the picture: the first density within its interval; 1 where there is none."""
    rates, first = data["rate"].values, data["density"].values[0]
    within = (rates >= float(data["low"])) & (rates <= float(data["high"]))
    held = first[within & np.isfinite(first)]
    return float(held.max()) if held.size and held.max() > 0 else 1.0


def caption(data: xr.Dataset) -> str:
    """What the densities show, in words."""
    first, *others = (str(name) for name in data["belief"].values)
    beside = f", beside {', '.join(others)}" if others else ""
    return (
        f"{first}{beside}. Mean {percent(data['mean'], 1)}, 95 % interval "
        f"{span(data['low'], data['high'], 1)}: point and bar below."
    )
