"""A rate with a Beta prior as many Betas: one for each point of the hyperparameters' grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from bayesips.engine.quadrature.axes import Axis, vanishing
from bayesips.engine.quadrature.even_places import STENCIL, interpolated
from bayesips.engine.quadrature.gauss import gauss_legendre
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.story import Beta, Value
from bayesips.errors import NotSettled

# Points of a grid below this share of the largest are left out.
NO_WEIGHT = np.log(1e-18)
# Log of the smallest number that is not 0.
UNDERFLOW = -745.0
# Means of neighbouring Betas are at most this many of their standard deviations apart on the log
# odds: a coarser comb would leave ripples in the density.
APART = 0.8
# Nodes over the range of a mean given the size: fewest (twice as many change nothing), and most.
LEAST_NODES, MOST_NODES = 112, 1 << 14
# Log odds up to which a rate keeps its distance from 1.
FAR_FROM_ONE = 8.0
# A point this near to a node is on it.
ON_NODE = 1e-13
# Nodes carried on beyond the last one.
BEYOND = np.arange(1, STENCIL + 1)


def cell_values(hierarchy: Hierarchy, value: Value, some: slice) -> np.ndarray:
    """A value for each cell and grid point, shape (cells or 1, *dims or 1)."""
    ones = (1,) * len(hierarchy.dims)
    if value.uses:
        return hierarchy.shaped(value.of(hierarchy.nodes))[None]
    number = np.asarray(value.of({}), dtype=float)
    if number.ndim == 0:
        return number.reshape((1, *ones))
    flat = np.broadcast_to(number, hierarchy.batch).reshape(-1)
    return flat[some].reshape(-1, *ones)


def closed_shapes(hierarchy: Hierarchy, rate: Beta, some: slice) -> tuple[np.ndarray, np.ndarray]:
    """Shapes after the powered data, for each cell and grid point (conjugate endpoints)."""
    a, b = cell_values(hierarchy, rate.a, some), cell_values(hierarchy, rate.b, some)
    ones = (1,) * len(hierarchy.dims)
    for arm, weight in rate.given:
        w = cell_values(hierarchy, weight, some)
        r, n, in_ = (
            np.broadcast_to(x, hierarchy.batch).reshape(-1)[some].reshape(-1, *ones)
            for x in (arm.successes, arm.n, arm.included)
        )
        a, b = a + w * r * in_, b + w * (n - r) * in_
    return a, b


def components(hierarchy: Hierarchy, rate: Beta) -> tuple[np.ndarray, ...]:
    """Weights and shapes of the Betas that make up a rate, for one cell; each (parts,)."""
    logs = hierarchy.log_weights(slice(0, 1))[0]
    a, b = (x[0] for x in closed_shapes(hierarchy, rate, slice(0, 1)))
    shape = np.broadcast_shapes(a.shape, b.shape)
    logs = _summed(logs - logs.max(), tuple(i for i, size in enumerate(shape) if size == 1))
    position = None if rate.given else _mean_axis(hierarchy, rate)
    if position is None:
        return _kept(logs, np.broadcast_to(a, logs.shape), np.broadcast_to(b, logs.shape))
    return _combed(hierarchy, rate, logs, position)


def _summed(logs: np.ndarray, free: tuple[int, ...]) -> np.ndarray:
    """Weights added up over dimensions on which the shapes do not depend."""
    with np.errstate(divide="ignore"):
        return np.log(np.exp(logs).sum(axis=free, keepdims=True)) if free else logs


def _kept(logs: np.ndarray, a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, ...]:
    """Points that matter."""
    kept = logs > logs.max() + NO_WEIGHT
    return np.exp(logs[kept]), a[kept], b[kept]


def _mean_axis(hierarchy: Hierarchy, rate: Beta) -> int | None:
    """Dimension of a hyperparameter that is itself a rate and sets the shapes."""
    for position, axis in enumerate(hierarchy.axes):
        prior = hierarchy.story.hypers[axis.name]
        smooth = prior.family == "beta" and axis.name not in hierarchy.story.shares
        if smooth and axis.name in rate.a.uses | rate.b.uses:
            return position
    return None


def _combed(
    hierarchy: Hierarchy, rate: Beta, logs: np.ndarray, position: int
) -> tuple[np.ndarray, ...]:
    """The same with as many nodes of the mean as each size needs.

    The grid resolves the posterior of the mean, but not a Beta whose size is large. The log
    density is smooth in the mean's log odds, so it is interpolated to even nodes on them.
    """
    axis = hierarchy.axes[position]
    even = vanishing(hierarchy.story.hypers[axis.name])
    others = [other for other in hierarchy.axes if other is not axis]
    x, lines = _log_odds(axis, even=even), np.moveaxis(logs, position, -1)
    parts = []
    for index in np.ndindex(lines.shape[:-1]):
        if lines[index].max() < NO_WEIGHT:
            continue
        at = {other.name: other.nodes[place] for other, place in zip(others, index, strict=True)}

        def shapes(log_odds: np.ndarray, at: dict[str, Any] = at) -> tuple[np.ndarray, ...]:
            nodes = {**at, axis.name: special.expit(log_odds)}
            return tuple(np.asarray(value.of(nodes), dtype=float) for value in (rate.a, rate.b))

        fine, step = _finer(x, lines[index] > NO_WEIGHT, shapes)
        log_density = (_between_even if even else _between_legendre)(x, lines[index], fine)
        parts.append(_kept(log_density + np.log(step), *np.broadcast_arrays(*shapes(fine))))
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def _log_odds(axis: Axis, *, even: bool) -> np.ndarray:
    """Log odds of an axis' nodes on its rule, through two that lost no digits beside 1."""
    rule = np.arange(len(axis)) if even else gauss_legendre(len(axis))[0]
    x = special.logit(axis.nodes)
    known = np.flatnonzero(x < FAR_FROM_ONE)
    if len(known) < 2:  # noqa: PLR2004  a line goes through two points
        return np.asarray(x)
    first, last = known[[0, -1]]
    slope = (x[last] - x[first]) / (rule[last] - rule[first])
    return np.asarray(x[first] + slope * (rule - rule[first]))


def _finer(
    x: np.ndarray, alive: np.ndarray, shapes: Callable[[np.ndarray], tuple[np.ndarray, ...]]
) -> tuple[np.ndarray, float]:
    """Even nodes near enough to each other over the nodes `x` that matter, and their step."""
    places = np.flatnonzero(alive)
    low, high = x[max(places[0] - 1, 0)], x[min(places[-1] + 1, len(x) - 1)]
    a, b = shapes(x[places])
    spread = np.sqrt(special.polygamma(1, a) + special.polygamma(1, b))
    count = int(np.ceil((high - low) / (APART * spread.min()))) + 1
    if count > MOST_NODES:
        raise NotSettled(f"{count} nodes would be needed to tell neighbouring means apart")
    fine, step = np.linspace(low, high, max(count, LEAST_NODES), retstep=True)
    return fine, float(step)


def _between_legendre(x: np.ndarray, logs: np.ndarray, fine: np.ndarray) -> np.ndarray:
    """Log density at `fine`, through the masses at all Legendre nodes (Berrut & Trefethen 2004)."""
    legendre, weights = gauss_legendre(len(x))
    half = (x[-1] - x[0]) / (legendre[-1] - legendre[0])
    density = logs - np.log(weights * half)
    barycentric = (-1.0) ** np.arange(len(x)) * np.sqrt((1 - legendre**2) * weights)
    gap = fine[:, None] - x
    gap = np.where(np.abs(gap) < ON_NODE, ON_NODE, gap)
    parts = barycentric / gap
    return parts @ density / parts.sum(axis=1)


def _between_even(x: np.ndarray, logs: np.ndarray, fine: np.ndarray) -> np.ndarray:
    """Log density at `fine`, through the masses at the even nodes around each point."""
    step = (x[-1] - x[0]) / (len(x) - 1)
    logs = np.maximum(logs, UNDERFLOW)  # far from what matters; two infinities have no difference
    ends = (logs[1] - logs[0]) * np.arange(-STENCIL, 0), (logs[-1] - logs[-2]) * BEYOND
    padded = np.concatenate([logs[0] + ends[0], logs, logs[-1] + ends[1]])
    return interpolated(x[0] - STENCIL * step, step, padded[None], fine)[0] - np.log(step)
