"""Mean, standard deviation and quantiles of an effect, and the number needed to treat."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.distributions import BetaMixture
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.beta_functions import log_beta_ratio
from bayesips.distributions.effects.probability import effect_cdf
from bayesips.distributions.effects.scales import scale_named
from bayesips.errors import NotSettled, Refused

WIDEST_LOG = 700.0  # ratios are sought between exp(-700) and exp(700)
SETTLED = 1e-11  # width of the last bracket: of a difference, or of the log of a ratio
MAX_STEPS = 200


def effect_mean(x: Distribution, y: Distribution, scale: str = "difference") -> NDArray:
    """Mean effect of x over y; infinite where a Beta mixture makes it so.

    A ratio has a mean only if the control's shapes a exceed 1, an odds ratio only if in addition
    the treated shapes b do.
    """
    powers = scale_named(scale).powers
    if powers is None:
        return x.mean() - y.mean()
    treated, control = powers
    return _moment(x, *treated) * _moment(y, *control)


def effect_std(x: Distribution, y: Distribution, scale: str = "difference") -> NDArray:
    """Standard deviation of the effect of x over y; infinite where a Beta mixture makes it so."""
    powers = scale_named(scale).powers
    if powers is None:
        return np.hypot(x.std(), y.std())
    (p, q), (r, s) = powers
    square = _moment(x, 2 * p, 2 * q) * _moment(y, 2 * r, 2 * s)
    mean = effect_mean(x, y, scale)
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(square), np.inf, np.sqrt(np.maximum(square - mean**2, 0)))[()]


def effect_ppf(
    x: Distribution, y: Distribution, q: ArrayLike, scale: str = "difference"
) -> NDArray:
    """Quantiles of the effect of x over y, to 1e-11 of a difference or of the log of a ratio.

    Parameters
    ----------
    x, y : distributions of a rate
        Every cell of their common batch is searched on its own.
    q : array_like
        Probabilities, which broadcast against the batch.
    scale : "difference", "ratio" or "odds_ratio"
        Of the effect.

    Raises
    ------
    Refused
        For a probability outside (0, 1).
    """
    scale_named(scale)
    q = np.asarray(q, float)
    if not np.all((q > 0) & (q < 1)):
        raise Refused(f"quantiles of an effect need probabilities inside (0, 1), not {q}")
    batch = np.broadcast_shapes(x.batch_shape, y.batch_shape)
    if not batch:
        return _quantiles(x, y, q.ravel(), scale).reshape(q.shape)[()]
    shape = np.broadcast_shapes(q.shape, batch)
    q, result = np.broadcast_to(q, shape), np.empty(shape)
    for cell in np.ndindex(*batch):
        levels = q[(..., *cell)]
        found = _quantiles(_cell(x, cell), _cell(y, cell), levels.ravel(), scale)
        result[(..., *cell)] = found.reshape(levels.shape)
    return result


@dataclass(frozen=True)
class NumberNeeded:
    """Number needed to treat: patients treated for one more success.

    Attributes
    ----------
    quantiles : array
        Infinite where that part of the distribution shows no benefit.
    no_benefit : float or array
        P(difference <= 0), for which no finite number exists.
    """

    quantiles: NDArray
    no_benefit: NDArray


def number_needed_to_treat(
    x: Distribution, y: Distribution, q: ArrayLike = (0.025, 0.5, 0.975)
) -> NumberNeeded:
    """Quantiles of 1 / (x - y), no benefit counting as infinitely many patients."""
    difference = effect_ppf(x, y, 1 - np.asarray(q, float))
    with np.errstate(divide="ignore"):
        needed = np.where(difference > 0, 1 / np.maximum(difference, 0), np.inf)
    return NumberNeeded(needed, effect_cdf(x, y, 0.0))


def _moment(distribution, p, q):
    """E[rate^p (1 - rate)^q]."""
    if not isinstance(distribution, BetaMixture):
        with np.errstate(divide="ignore"):
            return distribution.expect(lambda rate: rate ** float(p) * (1 - rate) ** float(q))
    weights, a, b = distribution.weights, distribution.a, distribution.b
    finite = (a + p > 0) & (b + q > 0)
    safe_a, safe_b = np.where(finite, a, 3.0), np.where(finite, b, 3.0)
    terms = weights * np.exp(log_beta_ratio(safe_a, safe_b, p, q))
    infinite = (~finite & (weights > 0)).any(axis=-1)
    return np.where(infinite, np.inf, np.where(finite, terms, 0).sum(axis=-1))[()]


def _cell(distribution, cell):
    """One cell of the common batch, by numpy's rules of broadcasting."""
    own = distribution.batch_shape
    if not own:
        return distribution
    index = cell[len(cell) - len(own) :]
    return distribution[tuple(0 if size == 1 else i for i, size in zip(index, own, strict=True))]


def _quantiles(x, y, q, scale):
    """Quantiles of one effect at probabilities (Q,)."""
    if not scale_named(scale).is_ratio:
        return _increasing_root(
            lambda d: effect_cdf(x, y, d, scale) - q, -np.ones(q.size), np.ones(q.size)
        )
    low, high = np.full(q.size, -WIDEST_LOG), np.full(q.size, WIDEST_LOG)
    return np.exp(_increasing_root(lambda z: effect_cdf(x, y, np.exp(z), scale) - q, low, high))


def _increasing_root(function: Callable, low: NDArray, high: NDArray) -> NDArray:
    """Roots of increasing functions by Chandrupatla's method (Scherer 2010, section 6.1.7.3)."""
    newest, other = low, high
    at_newest, at_other = function(newest), function(other)
    oldest, at_oldest = newest, at_newest
    part = np.full(low.shape, 0.5)
    for _ in range(MAX_STEPS):
        point = newest + part * (other - newest)
        at_point = function(point)
        same = np.sign(at_point) == np.sign(at_newest)
        oldest, at_oldest = np.where(same, newest, other), np.where(same, at_newest, at_other)
        other, at_other = np.where(same, other, newest), np.where(same, at_other, at_newest)
        newest, at_newest = point, at_point
        width = np.abs(other - newest)
        best = np.where(np.abs(at_newest) < np.abs(at_other), newest, other)
        if np.all((width <= 2 * SETTLED) | (at_newest == 0)):
            return best
        with np.errstate(all="ignore"):
            xi = (newest - other) / (oldest - other)
            phi = (at_newest - at_other) / (at_oldest - at_other)
            curved = (phi**2 < xi) & ((1 - phi) ** 2 < 1 - xi)
            inverse = at_newest / (at_other - at_newest) * at_oldest / (at_other - at_oldest)
            inverse += (
                (oldest - newest)
                / (other - newest)
                * (at_newest / (at_oldest - at_newest))
                * (at_other / (at_oldest - at_other))
            )
        least = np.minimum(SETTLED / np.maximum(width, SETTLED), 0.5)
        part = np.clip(np.where(curved & np.isfinite(inverse), inverse, 0.5), least, 1 - least)
    raise NotSettled(f"quantiles of an effect did not settle within {MAX_STEPS} steps")
