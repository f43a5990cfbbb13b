"""Curves for the figures: analytic densities on grids, never an estimate from draws."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from bayesips.answer.assessment.analysis import Analysis
from bayesips.answer.assessment.distribution import atoms, density
from bayesips.answer.table import Table
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.effects import effect_ppf
from bayesips.distributions.effects.scales import scale_named
from bayesips.distributions.points import Points

POINTS = 500
ENDS = (0.0005, 0.9995)  # quantiles of a ratio between which its curve is drawn


def curves(analysis: Analysis, mixture: BetaMixture | None) -> Table:
    """Densities of both rates and of the effect; `mixture` stands for draws, which have none."""
    rates = (np.arange(POINTS) + 0.5) / POINTS
    arm = analysis.model.treated
    drawn = isinstance(analysis.control, Points)
    smooth = mixture if drawn else analysis.control
    places, weights = atoms(analysis.control)
    effects, effect_density = _effect(analysis)
    likelihood = special.xlogy(arm.successes, rates) + special.xlog1py(
        arm.n - arm.successes, -rates
    )
    columns = {
        "treated_prior": analysis.model.treated_prior.pdf(rates),
        "treated_likelihood": _as_density(np.exp(likelihood - likelihood.max())),
        "treated_posterior": analysis.treated.pdf(rates),
        "control": density(smooth, rates),
        "control_history": density(analysis.history, rates),
        "control_cdf": analysis.control.cdf(rates),
    }
    if analysis.model.concurrent is not None:
        columns["control_before"] = density(analysis.before, rates)
    data: dict[str, Any] = {name: ("rate", values) for name, values in columns.items()}
    data |= {"effect": ("effect_grid", effect_density), "atom_weight": ("atom", weights)}
    coordinates = {"rate": rates, "effect_grid": effects, "atom": places}
    how = "density of the Beta mixture fitted to the draws" if drawn else "exact density"
    return Table.of(data, coords=coordinates, attrs={"control_curve": how})


def _as_density(values: np.ndarray) -> np.ndarray:
    """Scaled to an area of one."""
    return values / values.mean()


def _effect(analysis: Analysis) -> tuple[np.ndarray, np.ndarray]:
    """A grid of effects and the density there: E over the control of the treated density."""
    grid = _effects(analysis)
    scale = scale_named(analysis.model.scale)

    def treated_density(control: np.ndarray) -> np.ndarray:
        rate = scale.threshold(control, grid[:, None])
        inside = (rate > 0) & (rate < 1)
        values = analysis.treated.pdf(np.where(inside, rate, 0.5))
        return np.where(inside, values * scale.slope(control, rate, grid[:, None]), 0.0)

    return grid, np.asarray(analysis.control.expect(treated_density))


def _effects(analysis: Analysis) -> np.ndarray:
    """Effects from worst to best; of ratios, where most of the probability is."""
    scale = scale_named(analysis.model.scale)
    if not scale.is_ratio:
        width = (scale.largest - scale.least) / POINTS
        return scale.least + width * (np.arange(POINTS) + 0.5)
    ends = effect_ppf(analysis.treated, analysis.control, np.array(ENDS), analysis.model.scale)
    low, high = np.maximum(ends, 1e-6)
    return np.geomspace(low, high, POINTS)
