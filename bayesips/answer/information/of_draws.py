"""Effective sample sizes of weighted draws: those of the Beta mixture fitted to them.

Their standard errors follow from that of the fit's parameters by the delta method. It is the
sandwich of White (1982, Econometrica 50, 1, theorem 3.2), with sums over groups of draws that may
depend on each other, so that it holds for weighted draws and for chains.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from bayesips.answer.information import reasons
from bayesips.answer.information.elir import elir
from bayesips.answer.information.morita import morita
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.density import Density
from bayesips.distributions.mixture_fit import fit_beta_mixture
from bayesips.distributions.mixture_fit.sandwich import parameter_covariance, parameters_of
from bayesips.distributions.points import Points

LEAST = 400.0  # independent draws of equal weight: fewer do not separate components
ATOM = 0.02  # probability of a rate, drawn more than once, that is too much for a density
# Standard errors by which the log of a fitted shape must be above 0.
ABOVE_1 = 3.0
# A shape that may be 1 does not matter where the jump of ELIR there is below this part of the
# standard error.
JUMP = 0.1
UNSURE = 0.5  # a standard error above this part of the figure: a component on a chance cluster
STEP = 1e-3  # of differences, in standard errors

Figure = Callable[[BetaMixture | Density], NDArray]
Found = tuple[float, float] | str  # a figure and its error, or why there is none


@dataclass(frozen=True, eq=False)
class Fitted:
    """A Beta mixture fitted to draws, and what is known beside it.

    Parameters
    ----------
    parameters : array, (3 components,)
        Log weights, log a and log b.
    covariance : array, (3 components, 3 components)
        Of their error.
    known : BetaMixture, optional
        Part that was not drawn.
    share : float
        Its probability.
    """

    parameters: NDArray
    covariance: NDArray
    known: BetaMixture | None
    share: float

    def mixture(self, parameters: NDArray) -> BetaMixture | Density:
        """The whole distribution at parameters (*batch, 3 components)."""
        logits, log_a, log_b = np.split(parameters, 3, axis=-1)
        drawn = BetaMixture(softmax(logits, axis=-1), np.exp(log_a), np.exp(log_b))
        return drawn if self.known is None else drawn.mix(self.known, self.share)

    def value_and_error(self, figure: Figure) -> tuple[float, float]:
        """A figure of the mixture, and its standard error by the delta method."""
        variances, axes = np.linalg.eigh(self.covariance)
        steps = STEP * (axes * np.sqrt(np.maximum(variances, 0))).T
        moved = np.concatenate([self.parameters + steps, self.parameters - steps])
        up, down = np.split(np.asarray(figure(self.mixture(moved))), 2)
        error = np.sqrt(np.sum(((up - down) / (2 * STEP)) ** 2))
        return float(figure(self.mixture(self.parameters))), float(error)

    def shape_reason(self, error: float) -> str | None:
        """Why ELIR does not exist, or is not known: a shape of 1 or below, surely or perhaps."""
        if self.known is not None:
            low = np.minimum(self.known.a, self.known.b)
            if np.any((low < 1) & (self.known.weights > 0)):
                return reasons.SHAPE_BELOW_1
        logits, shapes = np.split(self.parameters, [len(self.parameters) // 3])
        apart = ABOVE_1 * np.sqrt(np.diag(self.covariance)[len(logits) :])
        if np.any(shapes + apart < 0):
            return reasons.TAIL_OF_DRAWS_BELOW_1
        # A component whose shape falls to 1 has the density w b at 0, by which ELIR jumps.
        weights, opposite = np.tile(softmax(logits), 2), np.roll(shapes, len(logits))
        jump = (1 - self.share) * weights * np.exp(opposite)
        sure = (shapes > apart) | ((shapes > 0) & (jump < JUMP * error))
        return None if np.all(sure) else reasons.TAIL_OF_DRAWS


FigureOrReason = Callable[[Fitted | BetaMixture], Found]


def elir_of_draws(draws: Points) -> tuple[NDArray, NDArray, str | None]:
    """ELIR of each batch member, its standard error, and why one of them is NaN."""
    return _each(draws, _elir)


def morita_of_draws(draws: Points) -> tuple[NDArray, NDArray, str | None]:
    """Morita's figure of each batch member, its standard error, and why one of them is NaN."""
    return _each(draws, _morita)


def _elir(member: Fitted | BetaMixture) -> Found:
    """ELIR and its error, or why it does not exist."""
    if isinstance(member, BetaMixture):  # nothing was drawn
        value = float(elir(member))
        return (value, 0.0) if np.isfinite(value) else reasons.SHAPE_BELOW_1
    value, error = member.value_and_error(elir)
    sure = (value, error) if error < UNSURE * value else reasons.UNSTABLE
    return member.shape_reason(error) or sure


def _morita(member: Fitted | BetaMixture) -> Found:
    """Morita's figure, which any shape has, and its error."""
    if isinstance(member, BetaMixture):
        return float(morita(member)), 0.0
    return member.value_and_error(morita)


def _each(draws: Points, figure: FigureOrReason) -> tuple[NDArray, NDArray, str | None]:
    """A figure of every batch member, its error, and the first reason why one has none."""
    found = [_or_missing(member, figure) for member in _members(draws)]
    values = np.array([pair for pair, _ in found]).reshape(*draws.batch_shape, 2)
    return values[..., 0], values[..., 1], next((why for _, why in found if why), None)


def _or_missing(
    member: Fitted | BetaMixture | str, figure: FigureOrReason
) -> tuple[tuple[float, float], str | None]:
    """A figure and its error; NaN and why, where the member or the figure does not exist."""
    found = member if isinstance(member, str) else figure(member)
    return ((np.nan, np.nan), found) if isinstance(found, str) else (found, None)


@lru_cache(maxsize=4)
def _members(draws: Points) -> list[Fitted | BetaMixture | str]:
    """Every batch member fitted, or why it cannot be; kept, since figures are asked in turn."""
    return [_fitted(draws[index]) for index in np.ndindex(draws.batch_shape)]


def _fitted(draws: Points) -> Fitted | BetaMixture | str:
    """A single distribution fitted; its known part alone where nothing else is there."""
    mass, groups = np.asarray(draws.weights), draws.own_groups()
    drawn = (groups >= 0) & (mass > 0)
    if not drawn.any() and draws.known is not None:
        return draws.known
    refused = _refused(draws.rates[drawn], mass[drawn] / mass[drawn].sum())
    if refused:
        return refused
    rates, first = np.unique(draws.rates[drawn], return_index=True)  # equal ones are one draw
    weights = np.add.reduceat(mass[drawn], first)
    sample = Points(rates, weights, np.unique(groups[drawn][first], return_inverse=True)[1])
    if _size(sample) < LEAST:
        return reasons.TOO_FEW_DRAWS
    mixture = fit_beta_mixture(sample).mixture
    covariance = parameter_covariance(mixture, sample)
    return Fitted(parameters_of(mixture), covariance, draws.known, float(draws.known_share()))


def _refused(rates: NDArray, weights: NDArray) -> str | None:
    """Why these draws, increasing, are not of a density; None where they may be."""
    _, first, times = np.unique(rates, return_index=True, return_counts=True)
    share = np.add.reduceat(weights, first)
    if first.size == 1 or np.any((times > 1) & (share > ATOM)):
        return reasons.KNOWN
    return reasons.DRAWS_AT_ENDS if rates[0] <= 0 or rates[-1] >= 1 else None


def _size(sample: Points) -> float:
    """Independent draws of equal weight that would know the mean as well (groups from 0 up)."""
    away = np.asarray(sample.weights) * (sample.rates - sample.mean())
    sums = np.bincount(np.asarray(sample.groups), away)
    return float(sample.std() ** 2 / np.sum(sums**2)) if sums.size > 1 else 0.0


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
