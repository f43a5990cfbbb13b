"""Atoms of a density: rates that carry a probability of their own, one or thousands (draws)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesips.distributions import arguments

if TYPE_CHECKING:
    from bayesips.distributions.density import Density


def running(weights: np.ndarray, place: np.ndarray, *, below: bool) -> np.ndarray:
    """Sum of the first `place` of the weights (*batch, atoms), or of the others."""
    zero = np.zeros((*weights.shape[:-1], 1))
    if below:
        return arguments.look_up(np.concatenate([zero, np.cumsum(weights, -1)], axis=-1), place)
    from_top = np.cumsum(weights[..., ::-1], axis=-1)[..., ::-1]
    return arguments.look_up(np.concatenate([from_top, zero], axis=-1), place)


def quantiles(density: Density, q: np.ndarray) -> np.ndarray:
    """Smallest rates at which the cdf reaches q (broadcast against the batch)."""
    q = np.broadcast_to(q, np.broadcast_shapes(q.shape, density.batch_shape))
    smooth = density.continuous_below_each(density.atoms)
    reached = smooth + np.cumsum(density.atom_weights, axis=-1)
    place = (q[..., None] > reached).sum(axis=-1)  # atoms wholly below the quantile
    passed = running(density.atom_weights, place, below=True)
    before = arguments.look_up(_with_end(smooth), place) + passed
    jumped = np.append(density.atoms, np.nan)[place]
    inside = (q >= 0) & (q <= 1)
    smoothly = density.continuous_ppf(np.where(inside, q, 0.0) - passed)
    return np.where(inside, np.where(q > before, jumped, smoothly), np.nan)[()]


def _with_end(smooth: np.ndarray) -> np.ndarray:
    """A last entry that no quantile passes."""
    return np.concatenate([smooth, np.full((*smooth.shape[:-1], 1), np.inf)], axis=-1)
