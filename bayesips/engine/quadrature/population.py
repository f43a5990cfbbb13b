"""Mean rate of all comparable cohorts under a Normal hierarchy: integral of the link's inverse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bayesips.distributions.link import Link
from bayesips.endpoints import Endpoint
from bayesips.engine.quadrature.control import closed_form
from bayesips.engine.quadrature.grouped import Grouped
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.panels import Panels
from bayesips.engine.quadrature.reader import Reader
from bayesips.engine.quadrature.region import Resolution
from bayesips.engine.quadrature.story import Normal, Story
from bayesips.evidence.arm import Arm

RESOLUTION = Resolution(44, 0.36)
NODES = 61  # Gauss-Hermite nodes of the integral over cohorts
FINER = 32  # even nodes are filled in by a Fourier interpolation to this many times as many
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
    story = Story.of(method, arms, endpoint)
    if _centre(story) is None or story.shape or (endpoint.conjugate and closed_form(story)):
        return UNDEFINED
    reader = Reader(story, story.batch_shape)
    return population_mean_of_reading(reader.hierarchy(reader.region(), RESOLUTION), tails)


def population_mean_of_reading(
    hierarchy: Hierarchy | Grouped, tails: tuple[float, float]
) -> tuple[float, float, float]:
    """The same from a reading of the story that is there already, its first cell."""
    if isinstance(hierarchy, Grouped) or _centre(hierarchy.story) is None:
        return UNDEFINED
    rates, masses = _finer(hierarchy, _centre(hierarchy.story))
    low, high = (_quantile(rates, masses, q) for q in tails)
    return float(np.sum(rates * masses)), low, high


def population_mean_of_draws(
    method: Any,
    arms: Sequence[Arm],
    endpoint: Endpoint,
    tails: tuple[float, float],
    draws: Mapping[str, np.ndarray],
) -> tuple[float, float, float]:
    """The same from draws of the hyperparameters, by name."""
    story = Story.of(method, arms, endpoint)
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


def _finer(hierarchy: Hierarchy, centre: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Population mean and posterior mass on a finer grid of the centre; shape (others, centre)."""
    weights = hierarchy.weights(slice(0, 1))[0]
    if hierarchy.shape_axis is not None:  # survival at the day asked about does not depend on it
        weights = weights.sum(axis=hierarchy.shape_axis, keepdims=True)
    place = hierarchy.position(centre)
    if place is None or not hierarchy.axes[place].smooth or weights.shape[place] == 1:  # known
        rates = np.broadcast_to(cohort_mean(hierarchy.story, hierarchy.nodes), weights.shape)
        return rates.reshape(-1, 1), weights.reshape(-1, 1)
    moved = np.moveaxis(weights, place, -1)
    panels, lines = hierarchy.axes[place].panels, moved.reshape(-1, moved.shape[-1])
    masses = _filled_in(lines) if panels is None else _between_hard_ends(panels, lines)
    coarse = np.broadcast_to(cohort_mean(hierarchy.story, hierarchy.nodes), weights.shape)
    rates = np.moveaxis(coarse, place, -1).reshape(len(masses), -1)
    link = hierarchy.story.endpoint.scale
    centres = np.clip(link.from_rate(rates), *link.limits)
    finer = _interpolated(centres) if panels is None else panels.between(centres, PARTS)
    return link.rate(finer), masses


def _between_hard_ends(panels: Panels, masses: np.ndarray) -> np.ndarray:
    """Masses of equal parts of every panel."""
    fine = np.maximum(panels.between(masses / panels.weights, PARTS), 0.0)
    return np.asarray(fine / fine.sum())


def _interpolated(values: np.ndarray) -> np.ndarray:
    """Cubic interpolation along even nodes, `FINER` steps from each to the next.

    On the link scale the population mean is nearly linear in the centre.
    """
    ends = 2 * values[:, [0, -1]] - values[:, [1, -2]]
    padded = np.concatenate([ends[:, :1], values, ends[:, 1:]], axis=1)
    s = np.arange(FINER) / FINER
    basis = (
        -s * (s - 1) * (s - 2) / 6,
        (s + 1) * (s - 1) * (s - 2) / 2,
        -(s + 1) * s * (s - 2) / 2,
        (s + 1) * s * (s - 1) / 6,
    )
    size = values.shape[1] - 1
    parts = [padded[:, k : k + size, None] * weight for k, weight in enumerate(basis)]
    inner = sum(parts[1:], parts[0]).reshape(len(values), -1)
    return np.concatenate([inner, values[:, -1:]], axis=1)


def _filled_in(masses: np.ndarray) -> np.ndarray:
    """Even masses along the last axis, filled in; a smooth density that vanishes at both ends."""
    size = masses.shape[-1]
    if size == 1:
        return masses
    padded = np.pad(masses, ((0, 0), (0, size)))
    spectrum = np.fft.rfft(padded, axis=-1)
    spectrum[:, -1] /= 2  # the highest frequency is shared by both signs
    fine = np.fft.irfft(spectrum, n=2 * size * FINER, axis=-1)[:, : (size - 1) * FINER + 1]
    fine = np.maximum(fine, 0.0)
    return fine / fine.sum()


def _quantile(rates: np.ndarray, masses: np.ndarray, q: float) -> float:
    """Rate below which the mass is q: each row's distribution function, summed and inverted."""
    if rates.shape[-1] == 1:
        order = np.argsort(rates.ravel())
        return float(np.interp(q, np.cumsum(masses.ravel()[order]), rates.ravel()[order]))
    low, high = 0.0, 1.0
    for _ in range(ZOOMS):
        levels = np.linspace(low, high, LEVELS)
        below = _distribution(rates, masses, levels)
        place = int(np.clip(np.searchsorted(below, q), 1, LEVELS - 1))
        low, high = levels[place - 1], levels[place]
        ends = below[place - 1], below[place]
    return float(low + (high - low) * (q - ends[0]) / max(ends[1] - ends[0], 1e-300))


def _distribution(rates: np.ndarray, masses: np.ndarray, levels: np.ndarray) -> np.ndarray:
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
