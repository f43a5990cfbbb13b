"""Weighted points that stand for a distribution or for draws, as the likelihood wants them."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesips.distributions import panels
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.convert import as_density
from bayesips.distributions.density import Density
from bayesips.information.mixture_panels import log_components, log_rates, nodes_and_weights
from bayesips.mathematics import NUMPY
from bayesips.mixture_fit.likelihood import WeightedPoints

SPACINGS = 3.0  # a component is at least so many spacings of nodes or draws wide
SHARE_OF_SD = 0.02  # and, from draws, at least this share of their standard deviation
# An atom that a Density keeps at 0 or 1 for the rates beyond double precision is no atom.
ROUNDS_AWAY = 1e-6
NEGLIGIBLE = 1e-16  # nodes of smaller probability are left out of a fit


def points_of_distribution(distribution: Any, least_shape: float) -> tuple[WeightedPoints, NDArray]:
    """Quadrature nodes with their probabilities, and the log density of the rate there.

    Raises
    ------
    ValueError
        For a batch, and where part of the probability sits on single rates.
    """
    if distribution.batch_shape != ():
        raise ValueError(
            f"a mixture is fitted to one distribution, not to a batch of shape "
            f"{distribution.batch_shape}; index the batch first"
        )
    of_mixture = isinstance(distribution, BetaMixture)
    columns = _of_mixture(distribution) if of_mixture else _of_density(as_density(distribution))
    kept = columns[2] > NEGLIGIBLE
    log_rate, log_complement, weight, log_density = (column[kept] for column in columns)
    least_sd = SPACINGS * _spacing(np.exp(log_rate), panels.ORDER)
    points = WeightedPoints(log_rate, log_complement, weight / weight.sum(), least_sd, least_shape)
    return points, log_density


def _of_mixture(mixture: BetaMixture) -> tuple[NDArray, ...]:
    """Log theta, log(1 - theta), probability and log density, theta increasing."""
    log_odds, step = nodes_and_weights(mixture.a, mixture.b, 0)
    log_rate, log_complement = log_rates(log_odds)
    each = log_components(mixture.weights, mixture.a, mixture.b, log_odds)
    log_density = np.logaddexp.reduce(each, axis=0)
    return (
        log_rate,
        log_complement,
        step * np.exp(log_density + log_rate + log_complement),
        log_density,
    )


def _of_density(density: Density) -> tuple[NDArray, ...]:
    """The same columns from the nodes of a `Density`."""
    heavy = density.atom_weights > ROUNDS_AWAY
    if np.any(heavy):
        at = density.atoms[heavy][0]
        raise ValueError(f"part of the probability sits on the rate {at:g}: it has no density")
    link, eta = density.link, density.curve.nodes
    log_density = density.curve.logs.ravel() - link.log_slope(eta)
    columns = (
        link.log_rate(eta, NUMPY),
        link.log_miss(eta, NUMPY),
        density.curve.mass,
        log_density,
    )
    return tuple(column[::-1] for column in columns) if link.decreasing else columns


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
