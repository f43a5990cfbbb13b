"""Posterior moments of a story's unknowns: on grids, of powers, of who belongs to which class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.priors import Prior
from bayesips.engine.quadrature.axes import Axis, log_spacing
from bayesips.engine.quadrature.beta_rates import mixture
from bayesips.engine.quadrature.exchangeable import closed_parts
from bayesips.engine.quadrature.grouped import Grouped
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.story import Beta, Story
from bayesips.errors import NotSettled
from bayesips.evidence.arm import Arm

# Priors whose tail can leave an unknown without a mean or sd, and how much of one may lie beyond.
HEAVY, BEYOND = ("half_cauchy", "half_t"), 1e-7
EXCHANGEABLE = "exchangeable patients"

# By name: mean and sd of an unknown.
Found = dict[str, tuple[float, float]]
Grid = Hierarchy | Grouped
Read = Callable[[Any], Found]


def grid_weights(hierarchy: Grid) -> list[np.ndarray]:
    """Posterior weights of the one cell, for each grid."""
    if isinstance(hierarchy, Grouped):
        return [weights[0] for weights in hierarchy.weights(slice(0, 1))]
    return [hierarchy.weights(slice(0, 1))[0]]


def of_grids(hierarchy: Grid, weights: list[np.ndarray]) -> Found:
    """Mean and sd of every unknown that is not fixed, and the parts of mixture priors."""
    found: Found = {}
    hierarchies = hierarchy.hierarchies if isinstance(hierarchy, Grouped) else [hierarchy]
    for grid, on_grid in zip(hierarchies, weights, strict=True):
        for position, axis in enumerate(grid.axes):
            others = tuple(i for i in range(len(grid.axes)) if i != position)
            prior, mass = hierarchy.story.hypers[axis.name], on_grid.sum(axis=others)
            if prior.family != "fixed":
                found[axis.name] = _moments(axis, mass / mass.sum(), prior)
            if prior.family == "mixture":
                parts = np.bincount(axis.owner, mass / mass.sum(), len(prior.numbers))
                found |= {
                    f"{axis.name} in part {number}": indicator(float(part))
                    for number, part in enumerate(parts, 1)
                }
    return found


def _moments(axis: Axis, mass: np.ndarray, prior: Prior) -> tuple[float, float]:
    """Mean and sd; NaN where the tail beyond the last node could be felt."""
    x = axis.nodes
    mean, square = float(mass @ x), float(mass @ x**2)
    sd = float(np.sqrt(mass @ (x - mean) ** 2))
    parts = [part for _, part in prior.numbers] if prior.family == "mixture" else [prior]
    if not any(part.family in HEAVY for part in parts):
        return mean, sd
    last = int(np.argmax(x))
    density = mass[last] / np.exp(log_spacing(axis)[last])
    first, second = density * x[last] ** 2 / mean, density * x[last] ** 3 / square
    return mean if first < BEYOND else np.nan, sd if second < BEYOND else np.nan


def indicator(probability: float) -> tuple[float, float]:
    """Mean and sd of something that is so or not."""
    return probability, float(np.sqrt(probability * (1 - probability)))


def of_powers(story: Story, concurrent: Arm | None) -> Read:
    """Unknowns of a power prior: the controls weigh each discount by how it predicts them.

    Not the endpoint's shape, over which the prior of the rate is normalised for each discount.
    """
    control, shape = story.control, {value.name for value in story.shape}
    assert isinstance(control, Beta)
    if concurrent is not None and not story.endpoint.conjugate:
        raise NotSettled(
            "what the controls say of a discount is in closed form for counts, with the binary "
            "endpoint, only: use engine='nuts'"
        )

    def read(hierarchy: Hierarchy) -> Found:
        """Their moments on one grid."""
        weights = grid_weights(hierarchy)[0]
        if concurrent is not None:
            prior = mixture(hierarchy, control, slice(0, 1))
            after = prior.update(concurrent.successes, concurrent.n)
            weights = after.weights[0].reshape(hierarchy.dims)
        found = of_grids(hierarchy, [weights])
        return {name: found[name] for name in found if name not in shape}

    return read


def of_classes(story: Story, concurrent: Arm | None) -> Found:
    """Who is exchangeable among patients of two classes (LEAP), in closed form."""
    parts = closed_parts(story)
    if parts is None or not isinstance(story.control, Beta):
        raise NotSettled(
            "the shares of a blend have a closed form for counts of patients of two classes, "
            "with the binary endpoint, only: use engine='nuts'"
        )
    share, weights, a, b = parts
    size = story.control.a.number + story.control.b.number
    inside, everybody = a + b - size, sum(arm.n for arm in story.arms if arm.included)
    if concurrent is not None:
        weights = BetaMixture(weights, a, b).update(concurrent.successes, concurrent.n).weights
    mean = float(weights @ inside)
    found = {EXCHANGEABLE: (mean, float(np.sqrt(weights @ (inside - mean) ** 2)))}
    if share.family == "fixed":
        return found
    first, total = share.numbers[0] + inside, sum(share.numbers) + everybody
    of_share = first / total
    square = of_share * (first + 1) / (total + 1)
    centre = float(weights @ of_share)
    return found | {"share": (centre, float(np.sqrt(weights @ square - centre**2)))}
