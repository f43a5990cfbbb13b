"""Covariance of the parameters of a Beta mixture fitted to draws."""

import numpy as np
from numpy.typing import NDArray

from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.mixture_fit.likelihood import derivatives, scores
from bayesips.distributions.mixture_fit.points import points_of_draws
from bayesips.distributions.points import Points

FLAT = 1e-9  # curvature below this part of the largest: that of a common factor of the weights


def parameters_of(mixture: BetaMixture) -> NDArray:
    """Log weights, log a and log b of a single mixture, shape (3 components,)."""
    return np.log(np.concatenate([mixture.weights, mixture.a, mixture.b]))


def parameter_covariance(mixture: BetaMixture, draws: Points) -> NDArray:
    """H^-1 V H^-1 of the fit at its maximum (White 1982, Econometrica 50, 1, theorem 3.2).

    H is the curvature of the mean log-likelihood, V the covariance of its slope, from sums over
    the draws of each group of `draws`, which may depend on each other.
    """
    parameters = parameters_of(mixture)
    points = points_of_draws(draws, 1, 0.0)
    groups = np.unique(draws.own_groups()[np.asarray(draws.weights) > 0], return_inverse=True)[1]
    parts = scores(parameters, points) * points.weight
    count = int(groups.max()) + 1
    sums = np.stack([np.bincount(groups, row, count) for row in parts])
    away = sums - sums.mean(axis=1, keepdims=True)
    variance = away @ away.T * count / (count - 1)
    values, vectors = np.linalg.eigh(-derivatives(parameters, points)[2])
    inverse = np.where(values > FLAT * values[-1], 1 / np.maximum(values, 1e-300), 0)
    bread = (vectors * inverse) @ vectors.T
    return bread @ variance @ bread
