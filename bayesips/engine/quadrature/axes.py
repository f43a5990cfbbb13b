"""Axes of the exact engine: nodes and masses for one hyperparameter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from bayesips.distributions.priors import Prior
from bayesips.engine.quadrature.gauss import gauss_legendre, gauss_nodes
from bayesips.engine.quadrature.panels import Panels
from bayesips.errors import NotSettled

# A region of an axis is dropped where its posterior density is below exp(-DROP) of the peak.
DROP = 26.0
# First look at a positive hyperparameter: from 0 to this many scales, on a log-like map.
FIRST_REACH = {"half_normal": 8.5, "exponential": 37.0, "gamma": 45.0}
HEAVY_REACH = 1e9
PRIOR_SDS = 8.5
# Log odds above which neighbouring rates cannot be distinguished from 1.
NEXT_TO_ONE = 34.0
# Second shape of the prior of a power from which it is narrow, and its own Gauss nodes are taken.
STEEP = 30.0
# A Beta prior of such shapes is nothing at either end of the log odds that are looked at.
LEAST_SHAPE = 0.8


@dataclass(frozen=True, eq=False)
class Segment:
    """A part of an axis: one prior, between two ends on its own working scale.

    `weight` is the part's share of a mixture prior.
    """

    prior: Prior
    weight: float
    low: float
    high: float
    bend: float  # scale at which the map x -> bend * expm1(x) turns from linear to exponential
    polynomial: bool = False

    def nodes(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Nodes of the hyperparameter and log quadrature weights."""
        if self.prior.family == "fixed":
            values = np.unique(np.asarray(self.prior.numbers[0], dtype=float))
            return values, np.zeros(len(values))
        if self.settled:
            return self._jacobi(count)
        if vanishing(self.prior):  # the trapezoid is spectral
            x, step = np.linspace(self.low, self.high, count, retstep=True)
            return self._mapped(x, np.full(count, np.log(step)))
        x, w = gauss_legendre(count)
        half = (self.high - self.low) / 2
        x, log_w = self.low + half * (x + 1), np.log(w * half)
        return self._mapped(x, log_w)

    @property
    def settled(self) -> bool:
        """Whether the nodes do not follow the posterior: fixed values, and Gauss-Jacobi ones."""
        jacobi = self.prior.family == "beta" and self.polynomial and not self.prior.batch_shape
        return jacobi or self.prior.family == "fixed"

    def _mapped(self, x: np.ndarray, log_w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """From the working scale to the hyperparameter, with the log Jacobian."""
        family = self.prior.family
        if family == "lognormal":
            return np.exp(x), log_w + x
        if family == "normal" or (family == "uniform" and self.polynomial):
            return x, log_w
        if family == "uniform":  # as any other, from its own end
            start = float(np.min(self.prior.numbers[0]))
            return start + self.bend * np.expm1(x), log_w + np.log(self.bend) + x
        if family == "beta":
            return special.expit(x), log_w + special.log_expit(x) + special.log_expit(-x)
        if family == "gamma":
            power = max(1.0, 1.0 / float(np.min(self.prior.numbers[0])))
            x, log_w = x**power, log_w + np.log(power) + (power - 1) * np.log(x)
        return self.bend * np.expm1(x), log_w + np.log(self.bend) + x

    def _jacobi(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Gauss-Jacobi nodes of the root of a power under its Beta prior, whatever its shapes.

        The evidence of powered data has a pole just below power 0, about 1 over the number of
        patients away; in the root it lies farther off, and fewer nodes see past it.
        """
        a, b = (float(number) for number in self.prior.numbers)
        if b > STEEP:  # of a narrow prior near 0 the root's rule would see little
            nodes, mass = gauss_nodes(a, b, count)
            return nodes, np.log(np.maximum(mass, 1e-300)) - self.prior.logpdf(nodes)
        root, mass = gauss_nodes(2 * a, b, count)
        nodes = np.clip(root**2, 1e-300, 1 - 1e-16)
        log_mass = np.log(np.maximum(mass, 1e-300)) + (b - 1) * np.log1p(root)
        log_mass += special.betaln(2 * a, b) + np.log(2) - special.betaln(a, b)
        return nodes, log_mass - self.prior.logpdf(nodes)

    def inverse(self, value: float) -> float:
        """The working scale at a value of the hyperparameter."""
        family = self.prior.family
        if family == "lognormal":
            return float(np.log(value))
        if family == "normal" or (family == "uniform" and self.polynomial):
            return value
        if family == "uniform":
            return float(np.log1p((value - np.min(self.prior.numbers[0])) / self.bend))
        if family == "beta":
            return float(special.logit(value))
        x = float(np.log1p(value / self.bend))
        if family == "gamma":
            return x ** min(1.0, float(np.min(self.prior.numbers[0])))
        return x


@dataclass(frozen=True, eq=False)
class Axis:
    """Nodes of one hyperparameter and the log mass of each, per cell of the batch.

    Parameters
    ----------
    name : str
    nodes : array, shape (Q,)
    log_mass : array, shape (C, Q) or (1, Q)
        Log prior density times quadrature weight.
    even : bool
        Whether the nodes are evenly spaced (a location).
    owner : array of int
        Which segment each node belongs to.
    panels : Panels, optional
        Of a location between hard ends.
    """

    name: str
    nodes: np.ndarray
    log_mass: np.ndarray
    even: bool
    owner: np.ndarray
    panels: Panels | None = None

    @property
    def smooth(self) -> bool:
        """Whether the nodes hold a smooth function of a location."""
        return self.even or self.panels is not None

    def __len__(self) -> int:
        return len(self.nodes)


def vanishing(prior: Prior) -> bool:
    """Whether a prior is nothing at either end of its working scale: its nodes are even there."""
    if prior.family == "beta":
        return float(np.min([np.min(number) for number in prior.numbers])) >= LEAST_SHAPE
    return prior.family == "lognormal"


def reaches_hard_end(prior: Prior, ends: tuple[float, float]) -> bool:
    """Whether a range goes up to an end at which the prior stops while it still has density."""
    if prior.family != "uniform":
        return False
    low, high = float(np.min(prior.numbers[0])), float(np.max(prior.numbers[1]))
    return ends[0] <= low or ends[1] >= high


def differs_in_ends(prior: Prior) -> bool:
    """Whether the cells of a batch have hard ends of their own, for which no common nodes do."""
    parts = [part for _, part in prior.numbers] if prior.family == "mixture" else [prior]
    bounds = [end for part in parts if part.family == "uniform" for end in part.numbers]
    return any(np.ptp(end) > 0 for end in bounds)


def segments(prior: Prior, finest: float, *, polynomial: bool) -> list[Segment]:
    """The parts of an axis at first sight, each as wide as its prior.

    `finest` is the scale below which a positive hyperparameter changes nothing; `polynomial` says
    that a share enters as a polynomial, for which Gauss-Jacobi nodes are best.
    """
    parts = prior.numbers if prior.family == "mixture" else [(1.0, prior)]
    return [_first_segment(part, weight, finest, polynomial=polynomial) for weight, part in parts]


def location_range(prior: Prior) -> tuple[float, float]:
    """Where a location with this prior may be."""
    whole = _first_segment(prior, 1.0, 1.0, polynomial=True)
    return whole.low, whole.high


def _first_segment(prior: Prior, weight: float, finest: float, *, polynomial: bool) -> Segment:
    """A part as wide as its prior, to 1e-13 of its mass (1e-9 where it is heavy-tailed)."""
    numbers = [np.asarray(number, dtype=float) for number in prior.numbers]
    family, bend = prior.family, 1.0
    if family == "fixed":
        low = high = 0.0
    elif family in ("normal", "lognormal"):
        low = float(np.min(numbers[0] - PRIOR_SDS * numbers[1]))
        high = float(np.max(numbers[0] + PRIOR_SDS * numbers[1]))
    elif family == "uniform":
        low, high = float(np.min(numbers[0])), float(np.max(numbers[1]))
        if not polynomial:
            bend = min(high - low, finest)
            low, high = 0.0, float(np.log1p((high - low) / bend))
    elif family == "beta":
        low = -37.0 / min(1.0, float(np.min(numbers[0])))
        high = min(37.0 / min(1.0, float(np.min(numbers[1]))), NEXT_TO_ONE)
    else:
        low, (high, bend) = 0.0, _positive_reach(family, numbers, finest)
    return Segment(prior, weight, low, high, bend, polynomial)


def _positive_reach(family: str, numbers: list[np.ndarray], finest: float) -> tuple[float, float]:
    """Upper end on the working scale, and the bend, of a prior on (0, infinity)."""
    if family == "half_normal":
        scale, bend, reach = np.max(numbers[0]), np.min(numbers[0]), FIRST_REACH[family]
    elif family == "exponential":
        scale, bend, reach = 1 / np.min(numbers[0]), 1 / np.max(numbers[0]), FIRST_REACH[family]
    elif family == "gamma":
        mean = numbers[0] / numbers[1]
        scale, bend = np.max((numbers[0] + 1) / numbers[1]), np.min(mean)
        reach = FIRST_REACH[family]
    else:
        scale, bend, reach = np.max(numbers[-1]), np.min(numbers[-1]), HEAVY_REACH
    bend = min(float(bend), finest)
    high = float(np.log1p(reach * scale / bend))
    if family == "gamma":
        high **= min(1.0, float(np.min(numbers[0])))
    return high, float(bend)


def uneven_axis(name: str, parts: list[Segment], count: int, cells: tuple[int, ...]) -> Axis:
    """Gauss nodes on each part."""
    nodes, logs, owner = [], [], []
    for index, part in enumerate(parts):
        x, log_w = part.nodes(count)
        nodes.append(x)
        logs.append(np.log(part.weight) + _log_prior(part.prior, x, cells) + log_w)
        owner.append(np.full(len(x), index))
    if not logs:
        raise NotSettled(
            f"{name}: nothing of its prior is left where the data can be read to double precision; "
            "give it shapes that are not so small, or use engine='nuts'"
        )
    rows = max(len(log) for log in logs)
    log_mass = np.concatenate([np.broadcast_to(log, (rows, log.shape[1])) for log in logs], axis=1)
    return Axis(name, np.concatenate(nodes), log_mass, False, np.concatenate(owner))


def even_axis(name: str, prior: Prior, start: float, step: float, count: int, cells: Any) -> Axis:
    """Evenly spaced nodes of a location; the trapezoid rule is spectral there."""
    nodes = start + step * np.arange(count)
    log_mass = _log_prior(prior, nodes, cells) + np.log(step)
    return Axis(name, nodes, log_mass, True, np.zeros(count, dtype=int))


def panelled_axis(name: str, prior: Prior, panels: Panels, cells: Any) -> Axis:
    """Gauss-Legendre nodes of a location between hard ends."""
    log_mass = _log_prior(prior, panels.nodes, cells) + np.log(panels.weights)
    owner = np.zeros(len(panels.nodes), dtype=int)
    return Axis(name, panels.nodes, log_mass, False, owner, panels)


def _log_prior(prior: Prior, nodes: np.ndarray, cells: tuple[int, ...]) -> np.ndarray:
    """Log prior at the nodes, one row per cell if its numbers are a batch."""
    logs = prior.logpdf(nodes)
    if not prior.batch_shape:
        return logs.reshape(1, -1)
    return np.broadcast_to(logs, (*cells, len(nodes))).reshape(-1, len(nodes))


def narrowed(parts: list[Segment], axis: Axis, log_marginal: np.ndarray) -> list[Segment]:
    """Parts cut to where the posterior is, from a first look.

    `log_marginal` (Q,): per node, the largest log posterior *density* over the cells, relative to
    each cell's own peak.
    """
    kept = []
    for index, part in enumerate(parts):
        at = axis.owner == index
        alive = np.flatnonzero(log_marginal[at] > -DROP)
        if part.settled:
            kept.append(part)
            continue
        if not len(alive):
            continue
        x = axis.nodes[at]
        low = part.low if alive[0] == 0 else part.inverse(float(x[alive[0] - 1]))
        high = part.high if alive[-1] == len(x) - 1 else part.inverse(float(x[alive[-1] + 1]))
        kept.append(replace(part, low=low, high=high))
    return kept


def log_spacing(axis: Axis) -> np.ndarray:
    """Log of each node's share of the axis, to turn masses into densities."""
    if len(axis) == 1:
        return np.zeros(1)
    out = np.zeros(len(axis))
    for owner in np.unique(axis.owner):
        at = axis.owner == owner
        if at.sum() > 1:
            gaps = np.gradient(axis.nodes[at])
            out[at] = np.log(np.where(gaps > 0, gaps, np.finfo(float).eps))  # rates next to 1
    return out
