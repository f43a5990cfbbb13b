"""Weighted points that stand for a distribution or for draws, as the likelihood wants them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesips.distributions import panels
from bayesips.distributions.convert import as_density
from bayesips.distributions.density import Density
from bayesips.mathematics import NUMPY
from bayesips.mixture_fit.likelihood import WeightedPoints

SPACINGS = 3.0  # a component is at least so many spacings of nodes or draws wide
SHARE_OF_SD = 0.02  # and, from draws, at least this share of their standard deviation
# An atom that a Density keeps at 0 or 1 for the rates beyond double precision is no atom.
ROUNDS_AWAY = 1e-9
NEGLIGIBLE = 1e-16  # nodes of smaller probability are left out of a fit


def points_of_density(distribution: Any, least_shape: float) -> tuple[WeightedPoints, NDArray]:
    """Quadrature nodes with their probabilities, and the log density of the rate there.

    Raises
    ------
    ValueError
        For a batch, and where part of the probability sits on single rates.
    """
    density = _density(distribution)
    eta = density.curve.nodes
    weight = density.curve.mass
    kept = weight > NEGLIGIBLE
    order = np.flatnonzero(kept)[:: -1 if density.link.decreasing else 1]
    log_rate = density.link.log_rate(eta, NUMPY)[order]
    log_complement = density.link.log_miss(eta, NUMPY)[order]
    log_density = (density.curve.logs.ravel() - density.link.log_slope(eta))[order]
    weight = weight[order] / weight[order].sum()
    least_sd = SPACINGS * _spacing(np.exp(log_rate), panels.ORDER)
    return WeightedPoints(log_rate, log_complement, weight, least_sd, least_shape), log_density


def _density(distribution: Any) -> Density:
    """The distribution as a single `Density` without atoms."""
    density = as_density(distribution)
    if density.batch_shape != ():
        raise ValueError(
            f"a mixture is fitted to one distribution, not to a batch of {density.batch_shape}; "
            "index the batch first"
        )
    heavy = density.atom_weights > ROUNDS_AWAY
    if np.any(heavy):
        at = density.atoms[heavy]
        raise ValueError(f"part of the probability sits on the rate {at[0]:g}: it has no density")
    return density


def points_of_draws(draws: Any, components: int, least_shape: float) -> WeightedPoints:
    """Equally likely draws in increasing order.

    Raises
    ------
    ValueError
        For draws that are not one row of numbers between 0 and 1, or too few of them.
    """
    rate = np.sort(np.asarray(draws, dtype=float), axis=None)
    if np.ndim(draws) != 1:
        raise ValueError(f"draws form one row; these have shape {np.shape(draws)}")
    outside = ~((rate > 0) & (rate < 1))
    if outside.any():
        raise ValueError(
            f"draws lie strictly between 0 and 1; {outside.sum()} of {rate.size} do not, "
            f"such as {rate[outside][0]}"
        )
    least = 10 * (3 * components - 1)  # ten for each parameter
    if rate.size < least or rate[0] == rate[-1]:
        raise ValueError(
            f"{components} components need at least {least} draws that are not all equal; "
            f"{rate.size} given"
        )
    spacing = _spacing(rate, int(np.ceil(np.sqrt(rate.size))))
    least_sd = np.maximum(SPACINGS * spacing, SHARE_OF_SD * rate.std())
    weight = np.full(rate.size, 1 / rate.size)
    return WeightedPoints(np.log(rate), np.log1p(-rate), weight, least_sd, least_shape)


def _spacing(rate: NDArray, window: int) -> NDArray:
    """Mean distance of neighbours among about `window` of them around each point."""
    index, half = np.arange(rate.size), (window + 1) // 2
    low, high = np.maximum(index - half, 0), np.minimum(index + half, rate.size - 1)
    return (rate[high] - rate[low]) / (high - low)
