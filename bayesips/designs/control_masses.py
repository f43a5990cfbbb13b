"""Mass of the control rate at the nodes of a quadrature, for every outcome of the controls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import logsumexp

from bayesips.designs.arm_analysis import Prior
from bayesips.designs.comparison import PairNodes
from bayesips.distributions import BetaMixture, beta_functions

LIGHT = 0.05  # a mass below it need not be relieved of its relative rounding


def control_masses(prior: Prior, posteriors: BetaMixture, nodes: PairNodes) -> NDArray:
    """Posterior density of the control rate times the node's weight, shape (n + 1, Q).

    Parameters
    ----------
    prior : distribution, or what gives posteriors in another way
        Of the control rate.
    posteriors : BetaMixture, batch shape (n + 1,)
        After 0..n successes.
    nodes : PairNodes
    """
    if isinstance(prior, BetaMixture):
        return _of_prior(prior, posteriors, nodes)
    return _of_posteriors(posteriors, nodes)


def _of_prior(prior: BetaMixture, posteriors: BetaMixture, nodes: PairNodes) -> NDArray:
    """By Bayes' theorem: prior times likelihood over its mean, one exponential for all parts."""
    (count,) = posteriors.batch_shape
    y, failures = np.arange(count), np.arange(count)[::-1]
    logs = np.stack([nodes.log_control, nodes.log_control_complement])
    log_prior = np.stack([prior.a - 1, prior.b - 1], axis=1) @ logs
    log_constant = np.log(prior.weights) - beta_functions.log_beta(prior.a, prior.b)
    log_prior = logsumexp(log_prior + log_constant[:, None], axis=0) + nodes.log_weight
    ratio = beta_functions.log_beta_ratio(prior.a, prior.b, y[:, None], failures[:, None])
    mean = logsumexp(np.log(prior.weights) + ratio, axis=1)
    of_nodes = np.stack([*logs, np.ones_like(log_prior), log_prior])
    mass = np.stack([y, failures, -mean, np.ones(count)], axis=1) @ of_nodes
    np.exp(mass, out=mass)
    mass *= _rounding_of(mass, _mass_between(posteriors, nodes))
    return mass


def _of_posteriors(posteriors: BetaMixture, nodes: PairNodes) -> NDArray:
    """Each posterior by itself, where an outcome also changes how much is borrowed."""
    total = np.zeros((posteriors.a.shape[0], len(nodes.log_weight)))
    for part in range(posteriors.a.shape[1]):
        alone = BetaMixture(1.0, posteriors.a[:, [part]], posteriors.b[:, [part]])
        constant = -beta_functions.log_beta(alone.a, alone.b)
        exponent = (alone.a - 1) * nodes.log_control + (alone.b - 1) * nodes.log_control_complement
        mass = np.exp(constant + exponent + nodes.log_weight)
        mass *= _rounding_of(mass, _mass_between(alone, nodes))
        total += posteriors.weights[:, [part]] * mass
    return total


def _mass_between(posteriors: BetaMixture, nodes: PairNodes) -> NDArray:
    """Probability of each posterior between the ends of the nodes, shape (n + 1, 1)."""
    if nodes.low > 0:
        return posteriors.sf(nodes.low)[:, None]
    return posteriors.cdf(nodes.high)[:, None]


def _rounding_of(mass: NDArray, exact: NDArray) -> NDArray:
    """Factor that takes the rounding of a density's constant out, where it has any weight."""
    found = mass.sum(axis=1, keepdims=True)
    return np.where(found > LIGHT, exact / np.maximum(found, LIGHT), 1.0)
