"""The continuous part of a density, asked on the scale of the rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from bayesips.distributions.density import Density


def log_density(density: Density, x: ArrayLike) -> np.ndarray:
    """Log density at rates `x`; minus infinity where there is none."""
    link, curve = density.link, density.curve
    x = np.asarray(x, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        eta = np.where((x > 0) & (x < 1), link.from_rate(x), np.nan)
    low, high = (np.inf, -np.inf) if curve.empty else curve.edges[[0, -1]]
    inside = (eta >= low) & (eta <= high)
    safe = np.where(inside, eta, curve.edges[0])
    return np.where(inside, curve.log_at(safe) - link.log_slope(safe), -np.inf)


def mass_below(density: Density, x: ArrayLike) -> np.ndarray:
    """Mass at rates <= x, which broadcast with the batch."""
    eta, curve = _on_scale(density, x), density.curve
    return curve.above(eta) if density.link.decreasing else curve.below(eta)


def mass_above(density: Density, x: ArrayLike) -> np.ndarray:
    """Mass at rates > x, which broadcast with the batch."""
    eta, curve = _on_scale(density, x), density.curve
    return curve.below(eta) if density.link.decreasing else curve.above(eta)


def mass_below_each(density: Density, rates: np.ndarray) -> np.ndarray:
    """Mass at or below each rate (m,) in every cell of the batch, (*batch, m)."""
    below = density.curve.below_each(_on_scale(density, rates))
    return _whole(density)[..., None] - below if density.link.decreasing else below


def quantile(density: Density, mass: np.ndarray) -> np.ndarray:
    """Rate below which the continuous part has this mass."""
    target = _whole(density) - mass if density.link.decreasing else mass
    return density.link.rate(density.curve.quantile(target))


def _whole(density: Density) -> np.ndarray:
    """All continuous mass."""
    return density.curve.mass.sum(axis=-1)


def _on_scale(density: Density, x: ArrayLike) -> np.ndarray:
    """Rates on the scale of the link, within the panels."""
    with np.errstate(divide="ignore"):
        eta = density.link.from_rate(np.clip(np.asarray(x, dtype=float), 0.0, 1.0))
    return np.clip(eta, density.curve.edges[0], density.curve.edges[-1])
