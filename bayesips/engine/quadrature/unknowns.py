"""Posterior moments of a story's unknowns: on grids, of powers, of who belongs to which class."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.priors import Prior
from bayesips.engine.quadrature.beta_rates import mixture
from bayesips.engine.quadrature.exchangeable import closed_parts
from bayesips.engine.quadrature.grid import Grid
from bayesips.engine.quadrature.grouped_grid import GroupedGrid
from bayesips.engine.quadrature.story import Beta, Story
from bayesips.errors import NotSettled
from bayesips.evidence.arm import Arm

# Priors whose tail can leave an unknown without a mean or sd, and how much of one may lie beyond.
HEAVY, BEYOND = ("half_cauchy", "half_t"), 1e-7
EXCHANGEABLE = "exchangeable patients"

# By name: mean and sd of an unknown.
Found = dict[str, tuple[float, float]]
Read = Callable[[Any], Found]


def of_grid(whole: Grid | GroupedGrid) -> Found:
    """Mean and sd of every unknown that is not fixed, and the parts of mixture priors."""
    if isinstance(whole, GroupedGrid):
        pairs = list(zip(whole.grids, whole.weights(slice(0, 1)), strict=True))
    else:
        pairs = [(whole, whole.weights(slice(0, 1)))]
    hypers = whole.story.hypers
    found: Found = {}
    for grid, weights in pairs:
        for name, (x, mass, owner) in _marginals(grid, weights).items():
            prior = hypers[name]
            if prior.family != "fixed":
                found[name] = _moments(x, mass / mass.sum(), prior)
            if prior.family == "mixture":
                parts = np.bincount(owner, mass / mass.sum(), len(prior.numbers))
                for number, part in enumerate(parts, 1):
                    found[f"{name} in part {number}"] = indicator(float(part))
    return {name: found[name] for name in _in_order(found, hypers)}


def _in_order(found: Found, hypers: Mapping[str, Prior]) -> list[str]:
    """Names as the story has them."""
    return [name for own in hypers for name in found if name == own or name.startswith(f"{own} in")]


def _marginals(grid: Grid, weights: np.ndarray) -> dict[str, tuple[np.ndarray, ...]]:
    """Places, masses and part of its prior of each node of each unknown."""
    nodes = grid.by_node(weights)
    found: dict[str, tuple[np.ndarray, ...]] = {
        axis.name: (axis.values, nodes[axis.name][0], axis.owner) for axis in grid.axes
    }
    blocks = grid.blocks
    if blocks.location is not None:
        priors = list(dict.fromkeys(id(prior) for _, prior in blocks.priors))
        owner = np.array([priors.index(id(prior)) for _, prior in blocks.priors])
        found[blocks.location] = grid.places, weights.sum(axis=(0, 1)), owner[blocks.owner]
    return found


def _moments(x: np.ndarray, mass: np.ndarray, prior: Prior) -> tuple[float, float]:
    """Mean and sd; NaN where the tail beyond the last node could be felt."""
    mean, square = float(mass @ x), float(mass @ x**2)
    sd = float(np.sqrt(mass @ (x - mean) ** 2))
    parts = [part for _, part in prior.numbers] if prior.family == "mixture" else [prior]
    if not any(part.family in HEAVY for part in parts):
        return mean, sd
    order = np.argsort(x)
    last = order[-1]
    density = mass[last] / (x[last] - x[order[-2]])
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

    def read(grid: Grid) -> Found:
        """Their moments on one grid."""
        weights = grid.weights(slice(0, 1))
        if concurrent is not None:
            prior = mixture(grid, control, slice(0, 1))
            after = prior.update(concurrent.successes, concurrent.n)
            weights = after.weights.reshape(weights.shape)
        return {
            name: _moments(x, mass / mass.sum(), story.hypers[name])
            for name, (x, mass, _) in _marginals(grid, weights).items()
            if name not in shape and story.hypers[name].family != "fixed"
        }

    return read


def of_classes(story: Story, concurrent: Arm | None) -> Found:
    """Who is exchangeable among patients of two classes (LEAP), in closed form."""
    parts = closed_parts(story)
    if parts is None or not isinstance(story.control, Beta):
        raise NotSettled(
            "the shares of a blend are told in closed form for counts of patients of two classes, "
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
