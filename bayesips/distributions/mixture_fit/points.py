"""Weighted points that stand for a distribution or for draws, as the likelihood wants them."""

import numpy as np
from numpy.typing import NDArray

from bayesips.distributions import panels
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.convert import as_density
from bayesips.distributions.density import Density
from bayesips.distributions.mathematics import NUMPY
from bayesips.distributions.mixture_fit.likelihood import WeightedPoints
from bayesips.distributions.mixture_panels import log_components, log_rates, nodes_and_weights
from bayesips.distributions.points import Points
from bayesips.errors import Refused

SPACINGS = 3.0  # a component is at least so many spacings of nodes or draws wide
DRAWS_PER_PARAMETER = 10  # with fewer, a component may be chance
SHARE_OF_SD = 0.02  # and, from draws, at least this share of their standard deviation
# An atom that a Density keeps at 0 or 1 for the rates beyond double precision is no atom.
ROUNDS_AWAY = 1e-6
NEGLIGIBLE = 1e-13  # nodes of smaller probability are left out of a fit


def points_of_distribution(
    distribution: BetaMixture | Density, least_shape: float
) -> tuple[WeightedPoints, NDArray]:
    """Quadrature nodes with their probabilities, and the log density of the rate there.

    Raises
    ------
    Refused
        For a batch, and where part of the probability sits on single rates.
    """
    _refuse_batch(distribution)
    if isinstance(distribution, BetaMixture):
        columns = _of_mixture(distribution)
    else:
        held = isinstance(distribution, Density)
        columns = _of_density(distribution if held else as_density(distribution))
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
    """Log theta, log(1 - theta), probability and log density at the nodes of a `Density`."""
    heavy = density.atom_weights > ROUNDS_AWAY
    if np.any(heavy):
        at = density.atoms[heavy][0]
        raise Refused(f"part of the probability sits on the rate {at:g}: it has no density")
    link, eta = density.link, density.curve.nodes
    log_density = density.curve.logs.ravel() - link.log_slope(eta)
    columns = (
        link.log_rate(eta, NUMPY),
        link.log_miss(eta, NUMPY),
        density.curve.mass,
        log_density,
    )
    return tuple(column[::-1] for column in columns) if link.decreasing else columns


def points_of_draws(draws: Points, components: int, least_shape: float) -> WeightedPoints:
    """The draws, in increasing order, with their weights.

    Raises
    ------
    Refused
        For a batch, for draws of 0 or 1, and for too few of them.
    """
    _refuse_batch(draws)
    weight = np.asarray(draws.weights)
    rate, weight = draws.rates[weight > 0], weight[weight > 0]
    outside = ~((rate > 0) & (rate < 1))
    if outside.any():
        raise Refused(
            f"draws lie strictly between 0 and 1; {outside.sum()} of {rate.size} do not, "
            f"such as {rate[outside][0]:g}"
        )
    least = DRAWS_PER_PARAMETER * (3 * components - 1)
    if rate.size < least or rate[0] == rate[-1]:
        raise Refused(
            f"{components} component(s) need at least {least} draws, not all equal; "
            f"{rate.size} given, from {rate.min(initial=1):g} to {rate.max(initial=0):g}"
        )
    mean = weight @ rate
    sd = np.sqrt(weight @ (rate - mean) ** 2)
    spacing = _spacing(rate, int(np.ceil(np.sqrt(rate.size))))
    least_sd = np.maximum(SPACINGS * spacing, SHARE_OF_SD * sd)
    return WeightedPoints(np.log(rate), np.log1p(-rate), weight, least_sd, least_shape)


def _refuse_batch(distribution: Distribution) -> None:
    """One distribution is fitted at a time."""
    if distribution.batch_shape != ():
        raise Refused(
            "a mixture is fitted to one distribution, not to a batch of shape "
            f"{distribution.batch_shape}; index the batch first"
        )


def _spacing(rate: NDArray, window: int) -> NDArray:
    """Mean distance of neighbours among about `window` of them around each point."""
    index, half = np.arange(rate.size), (window + 1) // 2
    low, high = np.maximum(index - half, 0), np.minimum(index + half, rate.size - 1)
    return (rate[high] - rate[low]) / (high - low)
