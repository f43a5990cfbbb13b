"""A Beta prior times powered likelihoods, normalised, in PyMC.

Where every arm is a plain count the result is a Beta in closed form. Elsewhere (counts at other
days, bounds) the prior is a Beta, the likelihood a potential, and the normaliser an integral over
the rate and the endpoint's own unknowns; it is left out where it is a constant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytensor.tensor as pt

from bayesips.distributions.priors import Prior
from bayesips.endpoints import NUMPY, Endpoint, arm_log_likelihood
from bayesips.engine.nuts.hyperpriors import quantiles
from bayesips.engine.nuts.mathematics import PYTENSOR
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm

Given = Sequence[tuple[Arm, Any]]

# Steps of the integral over the rate on the link scale, and quantiles for each shape parameter.
# Twice as many change the log normaliser of HLC-001's arms by less than 1e-6.
STEP = 0.1
SHAPE_NODES = {1: 33, 2: 11, 3: 7}
# Nodes where the prior is below this part of its peak, in logs, are dropped.
NEGLIGIBLE = 40.0


def is_number(value: Any) -> bool:
    """Whether a value is known, not an unknown of the hierarchy."""
    return not isinstance(value, pt.TensorVariable)


def is_count(arm: Arm) -> bool:
    """Whether the arm is one plain count (of patients followed in time `relation` is a bound)."""
    return len(arm.rows) == 1 and arm.relation == "="


def closed_form(endpoint: Endpoint, given: Given) -> bool:
    """Whether the posterior of the rate is a Beta."""
    return endpoint.conjugate and all(is_count(arm) for arm, _ in given)


def shapes_given(a: Any, b: Any, given: Given) -> tuple[Any, Any]:
    """Shapes of the Beta after each arm's counts, raised to its weight."""
    for arm, weight in given:
        a, b = a + weight * arm.successes, b + weight * (arm.n - arm.successes)
    return a, b


def powered(endpoint: Endpoint, given: Given, eta: Any, shape: Any) -> Any:
    """Log likelihood of the arms, each raised to its weight."""
    terms = [w * arm_log_likelihood(endpoint, arm, eta, shape, PYTENSOR) for arm, w in given]
    return sum(terms, start=pt.constant(0.0))


def log_normaliser(
    endpoint: Endpoint, a: Any, b: Any, given: Given, priors: Sequence[Prior]
) -> Any:
    """Log of the integral of Beta(a, b) times the powered likelihoods.

    `priors` are those of the endpoint's own unknowns: they are integrated out too, so that the
    discount's prior stays what was declared.
    """
    shape, log_mass = _shape_nodes(priors)
    eta = _rate_nodes(endpoint, a, b)
    link = endpoint.scale
    log_p, log_q = link.log_rate(eta, NUMPY), link.log_miss(eta, NUMPY)
    total = np.log(STEP) + link.log_slope(eta) + (a - 1) * log_p + (b - 1) * log_q
    total = total - _log_beta(a, b) + log_mass
    for arm, weight in given:
        total = total + weight * arm_log_likelihood(endpoint, arm, eta, shape, NUMPY)
    return PYTENSOR.logsumexp(total.flatten())


def _log_beta(a: Any, b: Any) -> Any:
    """Log of the Beta function."""
    a, b = pt.as_tensor_variable(a), pt.as_tensor_variable(b)
    return pt.gammaln(a) + pt.gammaln(b) - pt.gammaln(a + b)


def _rate_nodes(endpoint: Endpoint, a: Any, b: Any) -> np.ndarray:
    """Even nodes on the link scale, where a known prior has mass to double precision."""
    link = endpoint.scale
    eta = np.arange(link.limits[0], link.limits[1] + STEP, STEP)
    if not (is_number(a) and is_number(b)):
        return eta
    prior = (a - 1) * link.log_rate(eta, NUMPY) + (b - 1) * link.log_miss(eta, NUMPY)
    prior = prior + link.log_slope(eta)
    return eta[prior > prior.max() - NEGLIGIBLE]


def _shape_nodes(priors: Sequence[Prior]) -> tuple[tuple[np.ndarray, ...] | None, np.ndarray]:
    """Nodes of the endpoint's own unknowns, each (K, 1), and their log mass, (K, 1)."""
    if not priors:
        return None, np.zeros((1, 1))
    if len(priors) not in SHAPE_NODES:
        raise Refused(f"an unknown discount is allowed with at most {max(SHAPE_NODES)} cuts")
    axes = [_legendre(prior, SHAPE_NODES[len(priors)]) for prior in priors]
    grids = np.meshgrid(*(nodes for nodes, _ in axes), indexing="ij")
    masses = np.meshgrid(*(np.log(mass) for _, mass in axes), indexing="ij")
    return tuple(grid.reshape(-1, 1) for grid in grids), np.sum(masses, axis=0).reshape(-1, 1)


def _legendre(prior: Prior, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Quantiles of a prior at Gauss-Legendre nodes of its cdf, and the mass of each."""
    if prior.family == "mixture":
        read = [_legendre(part, count) for _, part in prior.numbers]
        weights = [weight for weight, _ in prior.numbers]
        masses = [weight * mass for weight, (_, mass) in zip(weights, read, strict=True)]
        return np.concatenate([nodes for nodes, _ in read]), np.concatenate(masses)
    if prior.family == "fixed":
        return np.array([float(prior.numbers[0])]), np.ones(1)
    nodes, mass = np.polynomial.legendre.leggauss(count)
    return quantiles(prior, (nodes + 1) / 2), mass / 2
