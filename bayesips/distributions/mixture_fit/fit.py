"""Beta mixtures fitted to a distribution or to draws by maximum likelihood.

EM (Dempster, Laird and Rubin 1977) from many deterministic starts, then Newton's method to the
maximum itself: EM alone stops early, and then too few components are chosen. From a
distribution the likelihood is an integral over quadrature nodes, so that the fit minimises the
Kullback-Leibler divergence; nothing is drawn.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import softmax

from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.density import Density
from bayesips.distributions.mixture_fit.likelihood import WeightedPoints
from bayesips.distributions.mixture_fit.points import points_of_distribution, points_of_draws
from bayesips.distributions.mixture_fit.search import (
    FOR_DENSITY,
    FOR_DRAWS,
    Candidate,
    fits_by_number,
)
from bayesips.distributions.points import Points
from bayesips.errors import Refused

DIVERGENCE = 1e-4  # Kullback-Leibler divergence that ends the search, from a distribution
MOST_FROM_DISTRIBUTION = 6
MOST_FROM_DRAWS = 4
# Least shape where the caller sets no bound; anything below is a spike at 0 or 1.
LEAST_SHAPE = 0.01


@dataclass(frozen=True)
class MixtureFit:
    """A Beta mixture and how far it is from what it was fitted to.

    Attributes
    ----------
    mixture
        The fitted mixture, components in decreasing order of weight.
    kl
        Kullback-Leibler divergence of the mixture from the distribution, in nats; NaN from
        draws, which have no density.
    cdf_error
        Largest absolute difference of the distribution functions, at the nodes or draws.
    components
        How many.
    log_likelihood
        Of all draws together; from a distribution, the expected log density.
    aic
        From draws with the number of components left open: for each number tried,
        -2 log-likelihood + penalty (3 components - 1). Else None.
    """

    mixture: BetaMixture
    kl: float
    cdf_error: float
    components: int
    log_likelihood: float
    aic: dict[int, float] | None = None


def fit_beta_mixture(
    distribution_or_draws: Any,
    components: int | None = None,
    *,
    least_shape: float = LEAST_SHAPE,
    penalty: float = 6.0,
) -> MixtureFit:
    """The Beta mixture closest to a distribution, or most likely given draws.

    Parameters
    ----------
    distribution_or_draws
        A single distribution of a rate with a density, or draws from one: `Points` or a
        one-dimensional array of rates strictly between 0 and 1.
    components
        How many; None for the fewest (at most 6) with a divergence below 1e-4 from a
        distribution, and for the smallest AIC among 1 to 4 from draws.
    least_shape
        Lower bound of all shapes. With 1 the density stays bounded and its ELIR effective
        sample size finite.
    penalty
        Of the AIC, for each of the 3 components - 1 parameters. The default of 6 is that of
        RBesT's `automixfit`; Akaike's own 2 lets in components that sit on a chance cluster
        of a few draws, worth up to 3 units of log-likelihood.

    Raises
    ------
    Refused
        For draws outside (0, 1), too few of them, and distributions without a density.

    Notes
    -----
    The likelihood of a mixture is unbounded where a component collapses onto one point. No
    component's standard deviation falls below three local spacings of the nodes or draws nor,
    from draws, below a fiftieth of their standard deviation. Equal inputs give equal outputs.
    """
    if components is not None and components < 1:
        raise Refused(f"components: {components} given, at least 1 is needed")
    if hasattr(distribution_or_draws, "logpdf"):
        return _fit_distribution(distribution_or_draws, components, least_shape)
    draws = _draws(distribution_or_draws)
    points = points_of_draws(draws, components or MOST_FROM_DRAWS, least_shape)
    if components is None:
        return _with_least_aic(points, penalty)
    *_, fit = fits_by_number(points, components, FOR_DRAWS)
    return _of_draws(points, fit)


def _draws(given: Points | ArrayLike) -> Points:
    """Draws with their weights, checked to be numbers first."""
    if isinstance(given, Points):
        return given
    rates = np.asarray(given, dtype=float)
    if np.isnan(rates).any():
        raise Refused(f"{np.isnan(rates).sum()} of {rates.size} draws are NaN")
    return Points(rates)


def _fit_distribution(
    distribution: BetaMixture | Density, components: int | None, least_shape: float
) -> MixtureFit:
    """Components are added until the divergence is small enough, or as many as asked for."""
    points, log_density = points_of_distribution(distribution, least_shape)
    entropy = points.weight @ log_density
    for fit in fits_by_number(points, components or MOST_FROM_DISTRIBUTION, FOR_DENSITY):
        divergence = entropy - fit.likelihood
        if components is None and divergence < DIVERGENCE:
            break
    mixture = _mixture(fit.parameters)
    error = np.max(np.abs(mixture.cdf(points.rate) - distribution.cdf(points.rate)))
    kl = max(float(divergence), 0.0)  # rounding, where the mixture is the distribution
    return MixtureFit(mixture, kl, float(error), fit.components, fit.likelihood)


def _with_least_aic(points: WeightedPoints, penalty: float) -> MixtureFit:
    """The number of components with the smallest AIC."""
    fits = {fit.components: fit for fit in fits_by_number(points, MOST_FROM_DRAWS, FOR_DRAWS)}
    count = _effective_draws(points)
    aic = {k: penalty * (3 * k - 1) - 2 * count * fit.likelihood for k, fit in fits.items()}
    return _of_draws(points, fits[min(aic, key=lambda k: aic[k])], aic)


def _of_draws(
    points: WeightedPoints, fit: Candidate, aic: dict[int, float] | None = None
) -> MixtureFit:
    """The fit with its largest distance from the draws' empirical distribution function."""
    mixture = _mixture(fit.parameters)
    cdf, above = mixture.cdf(points.rate), np.cumsum(points.weight)
    error = np.max(np.maximum(cdf - (above - points.weight), above - cdf))
    log_likelihood = _effective_draws(points) * fit.likelihood
    return MixtureFit(mixture, np.nan, float(error), fit.components, log_likelihood, aic)


def _effective_draws(points: WeightedPoints) -> float:
    """Their number; of weighted draws, the number of equal ones as precise (Kish 1965)."""
    return float(1 / np.sum(points.weight**2))


def _mixture(parameters: NDArray) -> BetaMixture:
    """The mixture of these parameters, its heaviest component first."""
    logits, log_a, log_b = np.split(parameters, 3)
    order = np.argsort(-logits, kind="stable")
    return BetaMixture(softmax(logits)[order], np.exp(log_a)[order], np.exp(log_b)[order])
