"""Curves for the figures: analytic densities on grids, never an estimate from draws."""

from __future__ import annotations

from typing import Any

import numpy as np
import xarray as xr
from scipy import special

from bayesips.answer.assessment.answer import Answer
from bayesips.answer.assessment.distribution import atoms, density
from bayesips.distributions.effects import effect_ppf
from bayesips.distributions.effects.scales import scale_named
from bayesips.distributions.points import Points

POINTS = 500
ENDS = (0.0005, 0.9995)  # quantiles of a ratio between which its curve is drawn


def curves(answer: Answer, mixture: Any) -> xr.Dataset:
    """Densities of both rates and of the effect; `mixture` stands for draws, which have none."""
    rates = (np.arange(POINTS) + 0.5) / POINTS
    arm = answer.model.treated
    drawn = isinstance(answer.control, Points)
    smooth = mixture if drawn else answer.control
    places, weights = atoms(answer.control)
    effects, effect_density = _effect(answer)
    likelihood = special.xlogy(arm.successes, rates) + special.xlog1py(
        arm.n - arm.successes, -rates
    )
    columns = {
        "treated_prior": answer.model.treated_prior.pdf(rates),
        "treated_likelihood": _as_density(np.exp(likelihood - likelihood.max())),
        "treated_posterior": answer.treated.pdf(rates),
        "control": density(smooth, rates),
        "control_history": density(answer.history, rates),
        "control_cdf": answer.control.cdf(rates),
    }
    data: dict[str, Any] = {name: ("rate", values) for name, values in columns.items()}
    data |= {"effect": ("effect_grid", effect_density), "atom_weight": ("atom", weights)}
    coordinates = {"rate": rates, "effect_grid": effects, "atom": places}
    how = "density of the Beta mixture fitted to the draws" if drawn else "exact density"
    return xr.Dataset(data, coords=coordinates, attrs={"control_curve": how})


def _as_density(values: np.ndarray) -> np.ndarray:
    """Scaled to an area of one."""
    return values / values.mean()


def _effect(answer: Answer) -> tuple[np.ndarray, np.ndarray]:
    """A grid of effects and the density there: E over the control of the treated density."""
    grid = _effects(answer)
    scale = scale_named(answer.model.scale)

    def treated_density(control: np.ndarray) -> np.ndarray:
        rate = scale.threshold(control, grid[:, None])
        inside = (rate > 0) & (rate < 1)
        values = answer.treated.pdf(np.where(inside, rate, 0.5))
        return np.where(inside, values * scale.slope(control, rate, grid[:, None]), 0.0)

    return grid, np.asarray(answer.control.expect(treated_density))


def _effects(answer: Answer) -> np.ndarray:
    """Effects from worst to best; of ratios, where most of the probability is."""
    scale = scale_named(answer.model.scale)
    if np.isfinite(scale.largest):
        width = (scale.largest - scale.least) / POINTS
        return scale.least + width * (np.arange(POINTS) + 0.5)
    ends = effect_ppf(answer.treated, answer.control, np.array(ENDS), answer.model.scale)
    low, high = np.maximum(ends, 1e-6)
    return np.geomspace(low, high, POINTS)
