"""Atoms of a density: rates that carry a probability of their own, one or thousands (draws)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from bayesips.distributions import arguments, continuous

if TYPE_CHECKING:
    from bayesips.distributions.density import Density


def mass_below(density: Density, x: ArrayLike) -> np.ndarray:
    """Probability of the atoms at or below x."""
    return _first(density.atom_weights, _places(density, x))


def mass_above(density: Density, x: ArrayLike) -> np.ndarray:
    """Probability of the atoms above x."""
    return _last(density.atom_weights, _places(density, x))


def _places(density: Density, x: ArrayLike) -> np.ndarray:
    """How many atoms are at or below x."""
    return np.searchsorted(density.atoms, np.asarray(x, dtype=float), side="right")


def _first(weights: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Sum of the first `place` of the weights (*batch, atoms)."""
    zero = np.zeros((*weights.shape[:-1], 1))
    return arguments.look_up(np.concatenate([zero, np.cumsum(weights, -1)], axis=-1), place)


def _last(weights: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Sum of the weights but the first `place`, from the top."""
    zero = np.zeros((*weights.shape[:-1], 1))
    from_top = np.cumsum(weights[..., ::-1], axis=-1)[..., ::-1]
    return arguments.look_up(np.concatenate([from_top, zero], axis=-1), place)


def quantiles(density: Density, q: np.ndarray) -> np.ndarray:
    """Smallest rates at which the cdf reaches q (broadcast against the batch)."""
    q = np.broadcast_to(q, np.broadcast_shapes(q.shape, density.batch_shape))
    smooth = continuous.mass_below_each(density, density.atoms)
    reached = smooth + np.cumsum(density.atom_weights, axis=-1)
    place = (q[..., None] > reached).sum(axis=-1)  # atoms wholly below the quantile
    passed = _first(density.atom_weights, place)
    before = arguments.look_up(_with_end(smooth), place) + passed
    jumped = np.append(density.atoms, np.nan)[place]
    inside = (q >= 0) & (q <= 1)
    smoothly = continuous.quantile(density, np.where(inside, q, 0.0) - passed)
    return np.where(inside, np.where(q > before, jumped, smoothly), np.nan)[()]


def _with_end(smooth: np.ndarray) -> np.ndarray:
    """A last entry that no quantile passes."""
    return np.concatenate([smooth, np.full((*smooth.shape[:-1], 1), np.inf)], axis=-1)
