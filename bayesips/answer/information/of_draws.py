"""Effective sample sizes of weighted draws, by smoothing them, each with its standard error.

ELIR is 2 + E[p (1 - p) (slope of log f)^2], a Fisher divergence, which score matching minimises
(Hyvärinen 2005, Journal of Machine Learning Research 6, 695). But its average over draws has an
infinite variance for shapes up to 2, as 1 / p has, and the tails are what one cannot see. So the
density is a log-spline with the tails of a Beta, fitted by maximum likelihood, and what follows
from it is by quadrature.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from bayesips.answer.information import reasons
from bayesips.answer.information.elir import elir
from bayesips.answer.information.morita import morita
from bayesips.answer.information.smoothing import Sample, Spline, error_and_bias, splines
from bayesips.answer.information.spline_figures import spline_elir, spline_morita
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.points import Points

LEAST = 400.0  # independent draws of equal weight: fewer have under 16 beyond the outer knots
ATOM = 0.02  # probability of a rate, drawn more than once, that is too much for a density
# Standard errors by which (the log of) a tail's shape must be above 1.
ABOVE_1 = 3.0
# A tail whose shape may be 1 does not matter where the jump of ELIR there is below this part of
# the standard error.
JUMP = 0.1
# Weight in the average that splines must have for which a figure exists.
MOST = 0.5


@dataclass(frozen=True, eq=False)
class Smoothed:
    """Log-splines of draws, their weights in the average, and what is known beside them.

    Parameters
    ----------
    splines : tuple of Spline
    weights : array, (splines,)
    known : BetaMixture, optional
        Part that was not drawn.
    share : float
        Its probability.
    """

    splines: tuple[Spline, ...]
    weights: NDArray
    known: BetaMixture | None
    share: float


def elir_of_draws(draws: Points) -> tuple[NDArray, NDArray, str | None]:
    """ELIR of each batch member, its standard error, and why one of them is NaN."""
    return _each(draws, _elir, elir)


def morita_of_draws(draws: Points) -> tuple[NDArray, NDArray, str | None]:
    """Morita's figure of each batch member, its standard error, and why one of them is NaN."""
    return _each(draws, _morita, morita)


def moment_error(draws: Points) -> NDArray:
    """Standard error of the moment figure of each batch member; NaN for a single draw."""
    mean, variance = draws.mean()[..., None], draws.std()[..., None] ** 2
    away = draws.rates - mean
    with np.errstate(divide="ignore", invalid="ignore"):
        of_mean = (1 - 2 * mean) / variance * away
        of_variance = mean * (1 - mean) / variance**2 * (away**2 - variance)
    parts = np.asarray(draws.weights) * (of_mean - of_variance)
    groups = draws.own_groups()
    drawn = groups >= 0
    names, groups = np.unique(groups[drawn], return_inverse=True)
    if names.size <= 1:
        return np.full(draws.batch_shape, 0.0 if names.size == 0 else np.nan)
    rows = parts[..., drawn].reshape(-1, groups.size)
    sums = np.stack([np.bincount(groups, row, names.size) for row in rows])
    return np.sqrt(names.size * sums.var(axis=-1, ddof=1)).reshape(draws.batch_shape)


def _each(
    draws: Points,
    figure: Callable[[Smoothed], tuple[float, float] | str],
    of_mixture: Callable[[BetaMixture], NDArray],
) -> tuple[NDArray, NDArray, str | None]:
    """A figure of every batch member."""
    found = [_one(member, figure, of_mixture) for member in _members(draws)]
    refused = [each for each in found if isinstance(each, str)]
    pairs = [(np.nan, np.nan) if isinstance(each, str) else each for each in found]
    values = np.array(pairs).reshape(*draws.batch_shape, 2)
    return values[..., 0], values[..., 1], refused[0] if refused else None


def _one(
    member: Smoothed | BetaMixture | str,
    figure: Callable[[Smoothed], tuple[float, float] | str],
    of_mixture: Callable[[BetaMixture], NDArray],
) -> tuple[float, float] | str:
    """A figure and its error, or why there is none."""
    if isinstance(member, str):
        return member
    if isinstance(member, BetaMixture):  # nothing was drawn
        value = float(of_mixture(member))
        return (value, 0.0) if np.isfinite(value) else reasons.SHAPE_BELOW_1
    return figure(member)


@lru_cache(maxsize=4)
def _members(draws: Points) -> list[Smoothed | BetaMixture | str]:
    """Every batch member smoothed, or why it cannot be; kept, since figures are asked in turn."""
    return [_smoothed(draws[index]) for index in np.ndindex(draws.batch_shape)]


def _smoothed(draws: Points) -> Smoothed | BetaMixture | str:
    """A single distribution smoothed; its known part alone where nothing else is there."""
    mass, groups = np.asarray(draws.weights), draws.own_groups()
    drawn = (groups >= 0) & (mass > 0)
    if not drawn.any() and draws.known is not None:
        return draws.known
    rates, weights = draws.rates[drawn], mass[drawn] / mass[drawn].sum()
    refused = _refused(rates, weights)
    if refused:
        return refused
    sample = Sample(logit(rates), weights, np.unique(groups[drawn], return_inverse=True)[1])
    if sample.groups.max() < 1 or sample.size() < LEAST:
        return reasons.TOO_FEW_DRAWS
    return Smoothed(*splines(sample), draws.known, float(draws.known_share()))


def _refused(rates: NDArray, weights: NDArray) -> str | None:
    """Why these draws, increasing, are not of a density; None where they may be."""
    _, first, times = np.unique(rates, return_index=True, return_counts=True)
    share = np.add.reduceat(weights, first)
    if first.size == 1 or np.any((times > 1) & (share > ATOM)):
        return reasons.KNOWN
    if rates[0] <= 0 or rates[-1] >= 1:
        return reasons.DRAWS_AT_ENDS
    if 1 / np.sum(share**2) < LEAST:
        return reasons.TOO_FEW_DRAWS
    return None


def _elir(smoothed: Smoothed) -> tuple[float, float] | str:
    """ELIR, by the splines whose tails do not leave it open."""
    if smoothed.known is not None:
        low = np.minimum(smoothed.known.a, smoothed.known.b)
        if np.any((low < 1) & (smoothed.known.weights > 0)):
            return reasons.SHAPE_BELOW_1
    values = [spline_elir(each, smoothed.known, smoothed.share) for each in smoothed.splines]
    tails = [_tails(spline) for spline in smoothed.splines]
    below = np.array([np.any(high < 1) for _, high in tails])
    told = np.array([
        np.all((low > 1) | ((high > 1) & (_jumps(spline, smoothed.share) < JUMP * error)))
        for spline, (low, high), (error, _) in zip(
            smoothed.splines, tails, map(error_and_bias, values), strict=True
        )
    ])  # fmt: skip
    if smoothed.weights @ told < MOST:
        surely = smoothed.weights @ below >= MOST
        return reasons.TAIL_OF_DRAWS_BELOW_1 if surely else reasons.TAIL_OF_DRAWS
    return _averaged(smoothed, told, values)


def _jumps(spline: Spline, share: float) -> NDArray:
    """By how much ELIR jumps where the shape of a tail reaches 1: the density at 0, and at 1."""
    low, high = spline.family.knots[0], spline.family.knots[-1]
    return (1 - share) * spline.beyond / np.array([expit(low), expit(-high)])


def _morita(smoothed: Smoothed) -> tuple[float, float] | str:
    """Morita's figure, which any shape has."""
    proper = [
        np.all(np.array(spline.family.tail_shapes(spline.coefficients)) > 0)
        for spline in smoothed.splines
    ]
    values = [
        spline_morita(spline, smoothed.known, smoothed.share) if fine else np.full(3, np.nan)
        for spline, fine in zip(smoothed.splines, proper, strict=True)
    ]
    return _averaged(smoothed, np.array(proper), values)


def _tails(spline: Spline) -> tuple[NDArray, NDArray]:
    """Lowest and highest shapes that the two tails may have."""
    shapes = np.stack(spline.family.tail_shapes(spline.coefficients), axis=-1)
    error, _ = error_and_bias(shapes)
    shape = np.maximum(shapes[0], 1e-3)  # none is a shape that is not above 0
    apart = np.exp(np.minimum(ABOVE_1 * error / shape, 100))
    return shape / apart, shape * apart


def _averaged(
    smoothed: Smoothed, usable: NDArray, values: list[NDArray]
) -> tuple[float, float] | str:
    """Average over the usable splines, less its bias, with the error of each and between them."""
    errors, biases = np.array([error_and_bias(value) for value in values]).T
    middle = np.array([value[0] for value in values]) - biases
    # A bias of second order above the error of first order: no figure to be had from this one.
    settled = usable & np.isfinite(middle) & (np.abs(biases) <= errors)
    weights = np.where(settled, smoothed.weights, 0)
    if weights.sum() < MOST:
        return reasons.UNSTABLE
    weights, middle = weights / weights.sum(), np.where(settled, middle, 0)
    value = weights @ middle
    spread = weights @ np.where(settled, errors**2 + (middle - value) ** 2, 0)
    return float(value), float(np.sqrt(spread))
