"""Weighted points of the joint of a rate and the bridge's shape: survival on any day from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from bayesips.answer.assessment.distribution import TAILS
from bayesips.borrowing import Robust
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.effects.scales import scale_named
from bayesips.distributions.link import CLOGLOG
from bayesips.distributions.priors import Prior
from bayesips.endpoints import NUMPY, Landmark
from bayesips.engine.quadrature.by_shape import ByShape
from bayesips.errors import Refused

# Points of less weight than this part of the heaviest are left out.
LIGHTEST = 1e-10
# A Beta distribution on this many even nodes of the link scale; a bias as so many Hermite nodes.
NODES, ENDS, BIAS_NODES = 900, (-14.0, 4.0), 9
# A band's distribution function is gathered on so many even nodes of the link scale.
BAND_NODES, BAND_ENDS = 6000, (-16.0, 8.0)
# Draws of the shape that stand for all, where a rate independent of them is needed.
SHAPES = 200
# Rates that agree to so many digits are one.
TIE_DIGITS = 13
# Where strata are mixed: even Normal scores, and points of less weight are left out.
EVEN_REACH, EVEN_STEP, LIGHTEST_MIXED = 4.8, 0.4, 1e-7


@dataclass(frozen=True, eq=False)
class ShapePoints:
    """Points of (rate, shape) with their probabilities.

    A mixture of patients has several parts, each with its share and its own rate; proportional
    hazards hold within each part.

    Parameters
    ----------
    parts : tuple of (share, eta), each array (N,)
    shape : tuple of array, (N,)
        Unknowns of the bridge.
    weight : array, (N,)
        Probabilities, summing to 1.
    draws : int
        How many independent draws the points are; 0 for quadrature.
    width : array, (N,), optional
        Of quadrature: the part of the link scale that each point stands for.
    """

    parts: tuple[tuple[np.ndarray, np.ndarray], ...]
    shape: tuple[np.ndarray, ...]
    weight: np.ndarray
    draws: int = 0
    width: np.ndarray | None = None

    @classmethod
    def of(cls, joint: ByShape) -> ShapePoints:
        """Points of one cell of a grid."""
        kept = joint.mass > LIGHTEST * joint.mass.max()
        place, node = np.nonzero(kept)
        weight = joint.mass[kept] / joint.mass[kept].sum()
        eta, width = joint.eta[node], np.gradient(joint.eta)[node]
        return cls(((np.ones(len(eta)), eta),), (joint.shape[place],), weight, 0, width)

    def band(self, endpoint: Landmark, day: float) -> list[float]:
        """Mean and 95 % interval of S(day)."""
        if self.width is None or len(self.parts) > 1:
            return summary(self.survival(endpoint, day), self.weight, TAILS)
        eta = self.parts[0][1] + endpoint.log_growth(day, self.shape, NUMPY)
        return _band(eta, self.weight, self.width)

    @classmethod
    def of_strata(cls, strata: list[ByShape], share: float | Prior) -> ShapePoints:
        """Strata mixed in a share that is a number or a prior: every pair at every shape.

        Each quantity is a smooth function of a standard Normal z through its quantiles, so that
        even z are a rule of spectral accuracy.
        """
        z = np.arange(-EVEN_REACH, EVEN_REACH + EVEN_STEP / 2, EVEN_STEP)
        mass = np.exp(-0.5 * z**2) / np.exp(-0.5 * z**2).sum()
        q, of_share = _quantiles_of(share, z, mass)
        first, second = (
            np.stack([_quantiles(part.eta, row, special.ndtr(z)) for row in part.mass])
            for part in strata
        )
        whole = np.einsum("k,i,j,q->kijq", strata[0].weights, mass, mass, of_share)
        k, i, j, s = np.nonzero(whole > LIGHTEST_MIXED * whole.max())
        weight = whole[k, i, j, s] / whole[k, i, j, s].sum()
        parts = ((q[s], first[k, i]), (1 - q[s], second[k, j]))
        return cls(parts, (strata[0].shape[k],), weight)

    @classmethod
    def of_draws(cls, rates: np.ndarray, shape: tuple[np.ndarray, ...]) -> ShapePoints:
        """Draws of a rate and of the bridge's unknowns."""
        count = len(rates)
        with np.errstate(divide="ignore"):
            eta = np.clip(np.log(-np.log(rates)), -40.0, 6.5)
        return cls(((np.ones(count), eta),), shape, np.full(count, 1 / count), count)

    def survival(self, endpoint: Landmark, day: float) -> np.ndarray:
        """S(day) at every point."""
        growth = endpoint.log_growth(day, self.shape, NUMPY)
        total: Any = sum(share * np.exp(-np.exp(eta + growth)) for share, eta in self.parts)
        return np.asarray(total)

    def rates(self) -> np.ndarray:
        """Survival at the day asked about."""
        total: Any = sum(share * np.exp(-np.exp(eta)) for share, eta in self.parts)
        return np.asarray(total)

    def shift(self, mean: float, sd: float) -> ShapePoints:
        """Add Normal(mean, sd) to the log odds.

        Raises
        ------
        Refused
            For a mixture of strata, whose curve in time a shift of the whole does not give.
        """
        if len(self.parts) > 1:
            raise Refused("a bias of a mixture of strata has no curve in time")
        z, mass = np.polynomial.hermite_e.hermegauss(BIAS_NODES if sd > 0 else 1)
        odds = special.logit(np.clip(self.rates(), 1e-300, 1 - 1e-16))
        moved = special.expit(odds[:, None] + mean + sd * z).ravel()
        weight = (self.weight[:, None] * (mass / mass.sum())).ravel()
        shape = tuple(np.repeat(value, len(z)) for value in self.shape)
        found = ShapePoints.of_draws(moved, shape)
        width = None if self.width is None else np.repeat(self.width, len(z))
        return replace(found, weight=weight, draws=self.draws, width=width)

    def mixed(self, robust: Robust) -> ShapePoints:
        """With a vague rate of the robust weight, its shape as that of the others."""
        mean, size = float(robust.mean), float(robust.n) + 1
        vague = BetaMixture(np.ones(1), np.array([mean * size]), np.array([(1 - mean) * size]))
        other = independent(vague, self)
        old, new = 1 - float(robust.weight), float(robust.weight)
        ones = np.zeros(len(other.weight))
        parts = [
            (
                np.concatenate([share, other.parts[0][0] if first else ones]),
                np.concatenate([eta, other.parts[0][1] if first else ones]),
            )
            for first, (share, eta) in zip([True, *[False] * 9], self.parts, strict=False)
        ]
        shape = tuple(map(np.concatenate, zip(self.shape, other.shape, strict=True)))
        weight = np.concatenate([old * self.weight, new * other.weight])
        width = None
        if self.width is not None and other.width is not None:
            width = np.concatenate([self.width, other.width])
        return ShapePoints(tuple(parts), shape, weight, self.draws, width)

    def updated(self, successes: int, n: int) -> ShapePoints:
        """After a count of patients with these rates at the day asked about."""
        rates = self.rates()
        logs = special.xlogy(successes, rates) + special.xlog1py(n - successes, -rates)
        weight = self.weight * np.exp(logs - logs.max())
        return replace(self, weight=weight / weight.sum())

    def probability(self, treated: BetaMixture, margin: float, scale: str) -> float:
        """P(effect of the treated over these points > margin); the treated rate independent."""
        threshold = np.clip(scale_named(scale).threshold(self.rates(), margin), 0.0, 1.0)
        return float(self.weight @ treated.sf(threshold))


def independent(rate: BetaMixture, others: ShapePoints) -> ShapePoints:
    """A rate independent of the shape, whose distribution is that of other points."""
    shapes, weights = _distinct(others)
    eta = np.linspace(*ENDS, NODES)
    mass = np.exp(rate.logpdf(CLOGLOG.rate(eta)) + CLOGLOG.log_slope(eta))
    kept = mass > LIGHTEST * mass.max()
    eta, mass, count = eta[kept], mass[kept] / mass[kept].sum(), len(weights)
    return ShapePoints(
        ((np.ones(len(eta) * count), np.repeat(eta, count)),),
        tuple(np.tile(value, len(eta)) for value in shapes),
        np.outer(mass, weights).ravel(),
        0,
        np.full(len(eta) * count, eta[1] - eta[0]),
    )


def _distinct(points: ShapePoints) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """The shape's nodes and weights; of many draws, a few equally likely ones."""
    nodes, owner = np.unique(np.stack(points.shape), axis=1, return_inverse=True)
    if nodes.shape[1] <= SHAPES:
        return tuple(nodes), np.bincount(owner.ravel(), weights=points.weight)
    below = np.cumsum(points.weight)
    few = np.searchsorted(below / below[-1], (np.arange(SHAPES) + 0.5) / SHAPES)
    return tuple(value[few] for value in points.shape), np.full(SHAPES, 1 / SHAPES)


def _band(eta: np.ndarray, weight: np.ndarray, width: np.ndarray) -> list[float]:
    """Mean and 95 % interval of exp(-exp(eta)), each point's mass spread over its width.

    The distribution function then has a kink at either end of every point's width; each kink is
    shared by the two nearest of many even nodes.
    """
    step = (BAND_ENDS[1] - BAND_ENDS[0]) / (BAND_NODES - 1)
    kinks = np.zeros(BAND_NODES)
    for side, sign in ((-0.5, 1.0), (0.5, -1.0)):
        place = np.clip((eta + side * width - BAND_ENDS[0]) / step, 0, BAND_NODES - 1.001)
        first = place.astype(int)
        change = sign * weight / width
        kinks += np.bincount(first, change * (1 - (place - first)), BAND_NODES)
        kinks += np.bincount(first + 1, change * (place - first), BAND_NODES)
    density = np.cumsum(kinks)[:-1] * step
    nodes = np.linspace(*BAND_ENDS, BAND_NODES)
    rates = np.exp(-np.exp((nodes[1:] + nodes[:-1]) / 2))
    below = np.concatenate([[0.0], np.cumsum(density)])
    high, low = np.interp(TAILS, below, nodes)  # larger eta, lower rate
    return [float(density @ rates / below[-1]), *np.exp(-np.exp([low, high])).tolist()]


def summary(values: np.ndarray, weight: np.ndarray, tails: tuple[float, float]) -> list[float]:
    """Mean and two quantiles of weighted values."""
    mean = float(weight @ values)
    values = np.round(values, TIE_DIGITS)
    order = np.argsort(values)
    values = values[order]
    first = np.flatnonzero(np.diff(values, prepend=-np.inf))  # of each run of equal values
    weight = np.add.reduceat(weight[order], first)
    middle = np.cumsum(weight) - weight / 2
    low, high = np.interp(tails, middle, values[first])
    return [mean, float(low), float(high)]


def _quantiles(eta: np.ndarray, mass: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Quantiles of a rate at one shape, its masses at places in order."""
    below = (np.cumsum(mass) - mass / 2) / mass.sum()
    kept = np.flatnonzero(np.diff(below, prepend=-1.0) > 0)
    inner = kept[(below[kept] > 0) & (below[kept] < 1)]
    return np.interp(special.ndtri(levels), special.ndtri(below[inner]), eta[inner])


def _quantiles_of(
    share: float | Prior, z: np.ndarray, mass: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Shares at Normal scores, and their masses; a known share is one."""
    if isinstance(share, float):
        return np.array([share]), np.ones(1)
    levels, (first, second) = special.ndtr(z), (float(number) for number in share.numbers)
    if share.family == "uniform":
        return first + (second - first) * levels, mass
    return special.betaincinv(first, second, levels), mass
