"""Evidence of rows at any day for a rate with a Beta prior: no closed form, so integrated.

A prior that the even link-scale grid resolves is summed on it; a narrower one, over which the
likelihood changes little, by Gauss nodes of its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import special

from bayesips.distributions.link import Link
from bayesips.distributions.mathematics import NUMPY
from bayesips.engine.quadrature.even_places import STENCIL
from bayesips.engine.quadrature.gauss import gauss_nodes
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.likelihood_profile import Profile, integration_grid
from bayesips.engine.quadrature.tails import Tail
from bayesips.evidence.arm import Arm

# A prior is summed on the grid if its standard deviation is so many steps at least.
RESOLVED_STEPS = 1.6
# Gauss nodes of a narrower prior.
GAUSS = 24
# Numbers held at once.
BLOCK = 4_000_000
# Nothing, and its log: numbers below it are slow.
NOTHING, FAR = 1e-300, -690.0


def log_evidence(
    hierarchy: Hierarchy, a: np.ndarray, b: np.ndarray, keys: Sequence[tuple[Arm, ...]]
) -> np.ndarray:
    """Log of the mean likelihood of each key's rows over Beta(a, b); (keys, *dims or 1)."""
    a, b = np.broadcast_arrays(a, b)
    profiles = [Profile.of(hierarchy, arms) for arms in keys]
    found = _mean_likelihoods(hierarchy, a.ravel(), b.ravel(), profiles)
    table = found.reshape(len(keys), *a.shape, -1)  # shape nodes last
    if hierarchy.shape_axis is None:
        return table[..., 0]
    return np.swapaxes(table, hierarchy.shape_axis + 1, -1)[..., 0]


def _mean_likelihoods(
    hierarchy: Hierarchy, a: np.ndarray, b: np.ndarray, profiles: Sequence[Profile]
) -> np.ndarray:
    """Log of the mean likelihoods at each (a, b) and shape node, (keys, points, K)."""
    link, (nodes, step) = hierarchy.story.endpoint.scale, integration_grid(hierarchy)
    found = np.empty((len(profiles), len(a), hierarchy.shape_count))
    resolved = _spread(link, a, b) >= RESOLVED_STEPS * step
    for some, method, width in (
        (resolved, _on_grid, len(nodes)),
        (~resolved, _by_gauss, GAUSS * STENCIL * hierarchy.shape_count),
    ):
        places = np.flatnonzero(some)
        for part in np.array_split(places, 1 + len(places) * width // BLOCK):
            if len(part):
                found[:, part] = method(link, a[part], b[part], profiles, nodes)
    return found


def _spread(link: Link, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """About the standard deviation of Beta(a, b) on the link scale."""
    mean = a / (a + b)
    spread = np.sqrt(mean * (1 - mean) / (a + b + 1))
    with np.errstate(divide="ignore"):
        eta = np.clip(link.from_rate(mean), *link.limits)
    return spread / np.exp(link.log_slope(eta))


def _on_grid(
    link: Link, a: np.ndarray, b: np.ndarray, profiles: Sequence[Profile], nodes: np.ndarray
) -> np.ndarray:
    """Sums over the grid, carried on beyond its ends, where likelihoods change no more."""
    step = nodes[1] - nodes[0]
    log_rate, log_miss = link.log_rate(nodes, NUMPY), link.log_miss(nodes, NUMPY)
    powers = np.stack([a - 1, b - 1, np.ones(len(a)), -special.betaln(a, b)], axis=1)
    logs = powers @ np.stack([log_rate, log_miss, link.log_slope(nodes), np.ones(len(nodes))])
    ends = logs[:, [0, -1]]
    weights = np.exp(np.maximum(logs, FAR, out=logs), out=logs) * step
    for upper, end in ((False, 0), (True, -1)):
        tail = Tail(link, upper, ends[:, end], a if upper == link.decreasing else b)
        weights[:, end] += np.exp(np.maximum(tail.log_sum(step), FAR))
    rows = np.stack([profile.at(nodes) for profile in profiles])
    peak = rows.max(axis=-1)
    total = weights @ np.swapaxes(np.exp(rows - peak[..., None]), 1, 2)
    return np.asarray(np.log(np.maximum(total, NOTHING)) + peak[:, None])


def _by_gauss(
    link: Link, a: np.ndarray, b: np.ndarray, profiles: Sequence[Profile], nodes: np.ndarray
) -> np.ndarray:
    """Sums over Gauss nodes of each prior."""
    rates, mass = gauss_nodes(a, b, GAUSS)
    with np.errstate(divide="ignore"):
        eta = np.clip(link.from_rate(rates), nodes[0], nodes[-1])
        log_mass = np.log(mass)
    return np.stack([NUMPY.logsumexp(profile.at(eta) + log_mass).T for profile in profiles])
