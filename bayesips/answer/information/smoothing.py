"""Weighted draws of a rate as log-splines of several numbers of knots, each with its error.

How many knots: Takeuchi's criterion, which is Akaike's for draws that depend on each other or have
weights (Claeskens and Hjort 2008, Model Selection and Model Averaging, section 2.5). The splines
are averaged by it, not selected (Buckland, Burnham and Augustin 1997, Biometrics 53, 603).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr, ndtri

from bayesips.answer.information.log_spline import Likelihood, LogSpline, quadrature

INNER_KNOTS = (0, 1, 2, 3, 4, 5, 6, 8, 10)
DETAIL = 0.25  # at most so many inner knots, as a power of the number of draws
# Draws beyond the outer knots, in roots of the number of draws: they tell the shape of the tail.
TAIL_DRAWS = 0.8
CLOSEST_KNOTS = 1e-6  # in standard deviations of the log odds
COLLINEAR = 1e-12  # smallest eigenvalue of a correlation matrix
NEGLIGIBLE = 1e-3  # weight of a spline that is left out of the average


@dataclass(frozen=True, eq=False)
class Sample:
    """Draws of log odds, with what is needed for the error of a mean over them.

    Parameters
    ----------
    log_odds, weights : array, (draws,)
        Increasing; the weights sum to 1.
    groups : array, (draws,)
        Whole numbers from 0: draws of one number may depend on each other, others do not.
    """

    log_odds: NDArray
    weights: NDArray
    groups: NDArray

    def covariance(self, values: NDArray) -> NDArray:
        """Covariance of weighted means of columns (draws, K), from the spread between groups.

        The last row and column are those of the log of the total weight, which is an estimate of
        a marginal likelihood where weights are likelihoods.
        """
        centred = self.weights[:, None] * (values - self.weights @ values)
        parts = np.concatenate([centred, self.weights[:, None]], axis=1)
        count = int(self.groups.max()) + 1
        sums = np.stack([np.bincount(self.groups, column, count) for column in parts.T], axis=1)
        away = sums - sums.mean(axis=0)
        return away.T @ away * count / (count - 1)

    def size(self) -> float:
        """Independent draws of equal weight that would know the two means of a Beta as well."""
        values = LogSpline(np.array([-1.0, 1.0])).statistics(self.log_odds)
        away = values - self.weights @ values
        each = (away * self.weights[:, None]).T @ away
        return 2 / float(np.trace(np.linalg.solve(each, self.covariance(values)[:-1, :-1])))

    def knots(self, inner: int, size: float) -> NDArray:
        """Quantiles of the draws at even steps of a Normal."""
        reach = -ndtri(TAIL_DRAWS / np.sqrt(size))
        middle = np.cumsum(self.weights) - self.weights / 2
        return np.interp(ndtr(np.linspace(-reach, reach, inner + 2)), middle, self.log_odds)


@dataclass(frozen=True, eq=False)
class Spline:
    """One log-spline, fitted: in the middle, and one standard error to both sides of it.

    Parameters
    ----------
    family : LogSpline
    coefficients : array, (2 K + 1, 2 + inner)
        Of the fit, then with the means of the statistics moved along each axis of their error by
        one standard deviation up, then down.
    total : array, (2 K + 1,)
        Change of the log of the total weight that goes with each.
    criterion : float
        Takeuchi's, for each draw: log likelihood less the penalty.
    sd : float
        Of the log odds.
    beyond : array, (2,)
        Probability of the draws below the lowest knot, and above the highest.
    """

    family: LogSpline
    coefficients: NDArray
    total: NDArray
    criterion: float
    sd: float
    beyond: NDArray


def splines(sample: Sample) -> tuple[tuple[Spline, ...], NDArray]:
    """Log-splines of the draws and their weights in the average, those that matter."""
    size = sample.size()
    fits = [_fitted(sample, inner, size) for inner in INNER_KNOTS if inner <= size**DETAIL]
    found = [fit for fit in fits if fit is not None]
    criterion = np.array([fit.criterion for fit in found])
    weights = np.exp(size * (criterion - criterion.max()))
    kept = np.flatnonzero(weights > NEGLIGIBLE * weights.sum())
    return tuple(found[k] for k in kept), weights[kept] / weights[kept].sum()


def error_and_bias(values: NDArray) -> tuple[NDArray, NDArray]:
    """Standard error and second-order bias of a function at the coefficients of a `Spline`.

    `values` (2 K + 1, ...) in their order; by differences over one standard error, as Julier and
    Uhlmann 2004 (Proceedings of the IEEE 92, 401) propagate an error.
    """
    up, down = np.split(values[1:], 2)
    error = np.sqrt(np.sum(((up - down) / 2) ** 2, axis=0))
    return error, np.sum((up + down) / 2 - values[0], axis=0)


def _fitted(sample: Sample, inner: int, size: float) -> Spline | None:
    """The log-spline of that many inner knots; None where the draws do not determine it."""
    family = LogSpline(sample.knots(inner, size))
    sd = float(np.sqrt(sample.weights @ (sample.log_odds - sample.weights @ sample.log_odds) ** 2))
    if np.any(np.diff(family.knots) < CLOSEST_KNOTS * sd):
        return None
    values = family.statistics(sample.log_odds)
    means = sample.weights @ values
    whitening = _whitening(values - means, sample.weights)
    if whitening is None:
        return None
    covariance = sample.covariance((values - means) @ whitening)
    nodes, weights = quadrature(family.panels(sd))
    likelihood = Likelihood((family.statistics(nodes) - means) @ whitening, weights)
    start = np.linalg.solve(whitening, _beta_start(sample, inner))
    centre, height = likelihood.maximise(np.zeros((1, start.size)), start[None])
    axes = _axes(covariance)
    moved = np.concatenate([axes, -axes])
    around, heights = likelihood.maximise(moved[:, :-1], np.repeat(centre, len(moved), axis=0))
    if not np.all(np.isfinite(np.concatenate([height, heights]))):
        return None
    information = likelihood.information(likelihood.density(centre)[0])[0]
    penalty = float(np.trace(np.linalg.solve(information, covariance[:-1, :-1])))
    coefficients = np.concatenate([centre, around]) @ whitening.T
    total = np.concatenate([[0.0], moved[:, -1]])
    low, high = family.knots[0], family.knots[-1]
    beyond = [sample.weights @ (sample.log_odds < low), sample.weights @ (sample.log_odds > high)]
    criterion = float(height[0]) - penalty
    return Spline(family, coefficients, total, criterion, sd, np.array(beyond))


def _whitening(centred: NDArray, weights: NDArray) -> NDArray | None:
    """Turns statistics into uncorrelated ones of variance 1; None where they are collinear."""
    covariance = (centred * weights[:, None]).T @ centred
    scale = np.sqrt(np.diag(covariance))
    if not np.all(scale > 0):
        return None
    correlation = covariance / scale / scale[:, None]
    if np.linalg.eigvalsh(correlation)[0] < COLLINEAR:
        return None
    return np.linalg.inv(np.linalg.cholesky(correlation)).T / scale[:, None]


def _axes(covariance: NDArray) -> NDArray:
    """Principal axes of a covariance, each one standard deviation long, as rows."""
    variances, directions = np.linalg.eigh(covariance)
    return (directions * np.sqrt(np.maximum(variances, 0))).T


def _beta_start(sample: Sample, inner: int) -> NDArray:
    """Coefficients of the Beta with the moments of the draws."""
    rate = expit(sample.log_odds)
    mean = float(sample.weights @ rate)
    size = mean * (1 - mean) / float(sample.weights @ (rate - mean) ** 2) - 1
    return np.concatenate([[mean * size, (1 - mean) * size], np.zeros(inner)])
