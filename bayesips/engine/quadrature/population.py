"""Mean rate of all comparable cohorts under a Normal hierarchy: integral of the link's inverse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bayesips.distributions.link import Link
from bayesips.endpoints import Endpoint
from bayesips.engine.quadrature.blocks import Window
from bayesips.engine.quadrature.bundles import filling, trimmed
from bayesips.engine.quadrature.control import closed_form
from bayesips.engine.quadrature.grid import Grid
from bayesips.engine.quadrature.grid_reader import Reader
from bayesips.engine.quadrature.grouped_grid import GroupedGrid
from bayesips.engine.quadrature.hard_ends import Panels
from bayesips.engine.quadrature.region import Effort
from bayesips.engine.quadrature.story import Normal, Story
from bayesips.engine.settle import Reading, settle
from bayesips.evidence.arm import Arm

EFFORTS = tuple(Effort(*each) for each in ((31, 0.6), (47, 0.46), (67, 0.38), (101, 0.28)))
TOLERANCE = 1e-5
LIGHTEST = 1e-14
NODES = 61  # Gauss-Hermite nodes of the integral over cohorts
FINER = 32  # even places are filled in to this many times as many
PARTS = 1024  # equal parts of a panel between hard ends
LEVELS = 801  # rates at which the distribution function is tabulated before it is inverted
ZOOMS = 3
UNDEFINED = (np.nan, np.nan, np.nan)


def population_mean(
    method: Any, arms: Sequence[Arm], endpoint: Endpoint, tails: tuple[float, float]
) -> tuple[float, float, float]:
    """Mean and two quantiles of the mean rate over cohorts, given history.

    The rate of a new cohort is link^-1(mu + tau z), z standard Normal; its mean over cohorts is
    the integral over z, a function of (mu, tau), whose posterior is on the grid of the engine.

    Parameters
    ----------
    method : borrowing method
    arms : sequence of Arm
        A single data set.
    endpoint : Endpoint
    tails : (float, float)
        Probabilities of the quantiles.

    Returns
    -------
    tuple of float
        Mean and quantiles; NaN for a method whose control is not Normal around an unknown mean.
    """
    story = Story.record(method, arms, endpoint)
    if _centre(story) is None or story.shape or (endpoint.conjugate and closed_form(story)):
        return UNDEFINED
    found = settle(
        Reader(story, story.batch_shape),
        lambda grid, _: _reading(grid, tails),
        EFFORTS,
        TOLERANCE,
        "the population mean",
    )
    mean, low, high = found.value
    return float(mean), float(low), float(high)


def _reading(grid: Grid, tails: tuple[float, float]) -> Reading:
    """What one grid says of the population mean."""
    found = np.array(population_mean_of_grid(grid, tails))
    return Reading(found, found)


def population_mean_of_grid(
    grid: Grid | GroupedGrid, tails: tuple[float, float]
) -> tuple[float, float, float]:
    """Mean and quantiles from a grid that is there already, its first cell."""
    if isinstance(grid, GroupedGrid) or _centre(grid.story) is None:
        return UNDEFINED
    rates, masses = _by_block(grid, _centre(grid.story))
    low, high = (_quantile(rates, masses, q) for q in tails)
    weights = grid.weights(slice(0, 1))[0].sum(axis=0)
    nodes = {name: value[0] for name, value in grid.nodes.items() if len(value) == 1}
    return float(np.sum(weights * cohort_mean(grid.story, nodes))), low, high


def population_mean_of_draws(
    method: Any,
    arms: Sequence[Arm],
    endpoint: Endpoint,
    tails: tuple[float, float],
    draws: Mapping[str, np.ndarray],
) -> tuple[float, float, float]:
    """The same from draws of the hyperparameters, by name."""
    story = Story.record(method, arms, endpoint)
    if _centre(story) is None or not set(story.hypers) <= set(draws):
        return UNDEFINED
    rates = cohort_mean(story, draws)
    low, high = np.quantile(rates, tails)
    return float(rates.mean()), float(low), float(high)


def cohort_mean(story: Story, nodes: Mapping[str, np.ndarray]) -> np.ndarray:
    """Mean rate over cohorts at given hyperparameters."""
    link: Link = story.endpoint.scale
    z, mass = np.polynomial.hermite_e.hermegauss(NODES)
    control = story.control
    assert isinstance(control, Normal)
    total: Any = 0.0
    for weight, centre, scale in control.parts:
        spread = 0.0 if scale is None else np.asarray(scale.of(nodes))[..., None]
        eta = np.asarray(centre.of(nodes))[..., None] + spread * z
        total = total + np.asarray(weight.of(nodes)) * (link.rate(eta) @ (mass / mass.sum()))
    return np.asarray(total)


def _centre(story: Story) -> str | None:
    """Name of the unknown around which every cohort lies; None where there is no such unknown."""
    control = story.control
    if not isinstance(control, Normal):
        return None
    names = {centre.name for _, centre, _ in control.parts}
    if len(names) > 1 or any(weight.uses for weight, _, _ in control.parts):
        return None
    return names.pop()


def _by_block(grid: Grid, centre: str | None) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Population mean and posterior mass at places of the centre, finer than the grid's."""
    weights = grid.weights(slice(0, 1)).sum(axis=1)  # a day's survival does not depend on the shape
    blocks = grid.blocks
    if centre != blocks.location:
        nodes = {name: value[0] for name, value in grid.nodes.items() if len(value) == 1}
        rates = np.broadcast_to(cohort_mean(grid.story, nodes), weights.shape)
        return list(rates.T), list(weights.T)
    found, heaviest = [], float(weights.max())
    for place, (window, part) in enumerate(zip(blocks.windows, blocks.parts, strict=True)):
        own = weights[:, part]
        if own.max() < LIGHTEST * heaviest:
            continue
        at, mass = _filled_in(window, own)
        nodes = {name: np.full(len(at), value[place]) for name, value in blocks.values.items()}
        found.append((cohort_mean(grid.story, {**nodes, str(centre): at}), mass))
    total = sum(mass.sum() for _, mass in found)
    return [rates for rates, _ in found], [mass / total for _, mass in found]


def _filled_in(window: Window, masses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places between those of a window, and the masses there."""
    if isinstance(window, Panels):
        fine = np.maximum(window.between(masses / window.weights, PARTS), 0.0)[0]
        width = (window.high - window.low) / len(fine)
        return window.low + width * (np.arange(len(fine)) + 0.5), fine * width
    assert window is not None
    if window.count == 1:
        return window.points, masses[0]
    window, masses = trimmed(window, masses)
    logs = np.log(np.maximum(masses[0], 1e-300)) @ filling(window.count, FINER).T
    return window.finer(FINER).points, np.exp(logs) / FINER


def _quantile(rates: list[np.ndarray], masses: list[np.ndarray], q: float) -> float:
    """Rate below which the mass is q: each row's distribution function, summed and inverted."""
    if all(len(row) == 1 for row in rates):  # a known centre
        at, mass = np.concatenate(rates), np.concatenate(masses)
        order = np.argsort(at)
        return float(np.interp(q, np.cumsum(mass[order]), at[order]))
    low, high = 0.0, 1.0
    for _ in range(ZOOMS):
        levels = np.linspace(low, high, LEVELS)
        below = _distribution(rates, masses, levels)
        place = int(np.clip(np.searchsorted(below, q), 1, LEVELS - 1))
        low, high = levels[place - 1], levels[place]
        ends = below[place - 1], below[place]
    return float(low + (high - low) * (q - ends[0]) / max(ends[1] - ends[0], 1e-300))


def _distribution(
    rates: list[np.ndarray], masses: list[np.ndarray], levels: np.ndarray
) -> np.ndarray:
    """P(population mean <= level); a node's mass lies half below it and half above."""
    total = np.zeros(levels.shape)
    for row, mass in zip(rates, masses, strict=True):
        if mass.sum() < 1e-14:  # noqa: PLR2004  of no weight
            continue
        forward = row[0] <= row[-1]
        rate, weight = (row, mass) if forward else (row[::-1], mass[::-1])
        below = np.cumsum(weight) - weight / 2
        total += np.interp(levels, rate, below, left=0.0, right=weight.sum())
    return total
