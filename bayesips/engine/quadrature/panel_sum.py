"""Sums of Normals about a location between hard ends: a smooth density times each Normal.

The density at a point is sum_s integral f_s(mu) Normal(point; mu, s) dmu over the range of mu, f_s
held by its values at the nodes of the panels. Each spread is summed on panels that suit it: on
coarser ones where the Normal is wide, on finer ones where it is not; where it is narrow, by a rule
of its own about the point, cut at the ends. All is linear in the values, so one matrix for each
spread serves all cells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from bayesips.engine.quadrature.normal_sum import MANY, outermost
from bayesips.engine.quadrature.panels import ORDER, Panels, cardinals

# The rule of a panel resolves a Normal whose sd is this part of half its width times a polynomial.
RESOLVED = 0.7
# Below this part of it, nodes go with the Normal: from -FAR to FAR standard deviations.
NARROW, FAR, ABOUT = 1 / 8, 8.6, 40
LOCAL, LOCAL_WEIGHTS = np.polynomial.legendre.leggauss(ABOUT)
# Nodes at which the peak is looked for.
LOOKED_AT = 120
# Log of the part of its peak below which a sum is rounding; rounding on a panel, part of the whole.
LOG_FLOOR = float(np.log(1e-14))
ROUNDED, ROUNDED_MANY = 1e-13, 2e-12


@dataclass(frozen=True, eq=False)
class PanelSum:
    """Weights of Normals: centres on the nodes of panels, spreads in any order.

    Parameters
    ----------
    panels : Panels
    spreads : array, shape (S,)
        Standard deviations, zero allowed.
    weights : array, shape (C, S, nodes)
        Masses at the nodes, non-negative; not normalised.
    limits : (low, high)
        Range on the link scale outside of which rates are 0 or 1.
    """

    panels: Panels
    spreads: np.ndarray
    weights: np.ndarray
    limits: tuple[float, float]

    @property
    def breaks(self) -> tuple[float, float]:
        """Where the density may be less than smooth."""
        return self.panels.low, self.panels.high

    @cached_property
    def bounds(self) -> tuple[float, float]:
        """Range that holds the mass, to rounding, within the limits."""
        heaviest = (self.weights.sum(axis=2) / self.weights.sum(axis=(1, 2))[:, None]).max(axis=0)
        low, high = (np.full(len(self.spreads), end) for end in self.breaks)
        step = self.panels.half / ORDER
        return (
            max(self.limits[0], -outermost(-low, heaviest, self.spreads, step)),
            min(self.limits[1], outermost(high, heaviest, self.spreads, step)),
        )

    def moments(self) -> tuple[float, float]:
        """Mean over all cells, and the smallest cell's standard deviation."""
        centres, total = self.panels.nodes, self.weights.sum(axis=(1, 2))
        mean = self.weights.sum(axis=1) @ centres / total
        square = self.weights.sum(axis=1) @ centres**2 + self.weights.sum(axis=2) @ self.spreads**2
        variance = np.maximum(square / total - mean**2, (self.panels.half / ORDER) ** 2)
        return float(mean.mean()), float(np.sqrt(variance.min()))

    def beyond(self) -> tuple[np.ndarray, np.ndarray]:
        """Mass below and above the limits, each (C,)."""
        spread = np.maximum(self.spreads, 1e-300)[:, None]
        low = special.ndtr((self.limits[0] - self.panels.nodes) / spread)
        high = special.ndtr((self.panels.nodes - self.limits[1]) / spread)
        return (np.einsum("csm,sm->c", self.weights, side) for side in (low, high))  # type: ignore[return-value]  # two

    @property
    def log_floor(self) -> float:
        """Log of the part of its peak below which a sum is not resolved."""
        return LOG_FLOOR

    @property
    def rounding(self) -> float:
        """Rounding of the density's mass on a panel, as part of the whole."""
        return ROUNDED_MANY if len(self.weights) > MANY else ROUNDED

    def log_density(self) -> Callable[[np.ndarray], np.ndarray]:
        """A function of eta (m,) giving log densities (C, m), unnormalised as the weights are."""
        thin = max(1, len(self.panels.nodes) // LOOKED_AT)
        peak = self.density(self.panels.nodes[::thin]).max(axis=1, keepdims=True)
        # a floor: logs must be finite to be interpolated
        floor = np.exp(self.log_floor) * peak + 1e-300
        return lambda eta: np.log(np.maximum(self.density(eta), floor))

    def density(self, eta: np.ndarray) -> np.ndarray:
        """Densities at eta (m,), unnormalised as the weights are; (C, m)."""
        total = np.zeros((len(self.weights), len(eta)))
        for spread, panels, weights in self._parts:
            narrow = spread < NARROW * self.panels.half
            total += weights @ (_about_points if narrow else _windowed)(panels, spread, eta).T
        return np.maximum(total, 0.0)

    @cached_property
    def _parts(self) -> list[tuple[float, Panels, np.ndarray]]:
        """Each spread, the panels on which it is summed, and its weights (C, nodes) there.

        For narrow ones these are densities.
        """
        return [
            (float(spread), *self._moved(float(spread), self.weights[:, place]))
            for place, spread in enumerate(self.spreads)
        ]

    def _moved(self, spread: float, weights: np.ndarray) -> tuple[Panels, np.ndarray]:
        """Weights of one spread on the panels that suit it."""
        panels = self.panels
        if spread < NARROW * panels.half:
            return panels, weights / panels.weights
        if spread < RESOLVED * panels.half:  # values between the nodes, on finer panels
            fine = panels.split(int(np.ceil(RESOLVED * panels.half / spread)))
            local = Panels(-1.0, 1.0, fine.count // panels.count).nodes
            lines = (weights / panels.weights).reshape(len(weights), -1, ORDER)
            return fine, (lines @ cardinals(local).T).reshape(len(weights), -1) * fine.weights
        coarse = Panels.no_wider(panels.low, panels.high, 2 * spread)
        if coarse.count > panels.count // 2:
            return panels, weights
        place, local = coarse.place(panels.nodes)  # what is summed is interpolated to the nodes
        shares = np.zeros((len(place), coarse.count, ORDER))
        shares[np.arange(len(place)), place] = cardinals(local)
        return coarse, weights @ shares.reshape(len(place), -1)


def _windowed(panels: Panels, spread: float, eta: np.ndarray) -> np.ndarray:
    """Normal densities at eta (m,) about the nodes, 0 on panels far from a point; (m, nodes)."""
    reach = int(np.ceil(FAR * spread / (2 * panels.half))) + 1
    if 2 * reach + 1 >= panels.count:
        return _normal((eta[:, None] - panels.nodes) / spread) / spread
    own, _ = panels.place(eta)
    first = np.clip(own - reach, 0, panels.count - 2 * reach - 1)
    places = first[:, None] + np.arange(2 * reach + 1)
    nodes = panels.nodes.reshape(-1, ORDER)[places]
    found = np.zeros((len(eta), panels.count, ORDER))
    found[np.arange(len(eta))[:, None], places] = (
        _normal((eta[:, None, None] - nodes) / spread) / spread
    )
    return found.reshape(len(eta), -1)


def _about_points(panels: Panels, spread: float, eta: np.ndarray) -> np.ndarray:
    """What the density at each node counts for, smoothed by a narrow Normal; (m, nodes)."""
    if spread == 0:
        inside = (eta >= panels.low) & (eta <= panels.high)
        return _shared(panels, np.where(inside, 1.0, 0.0)[:, None], eta[:, None])
    low = np.clip((panels.low - eta) / spread, -FAR, FAR)
    high = np.clip((panels.high - eta) / spread, -FAR, FAR)
    half = (high - low)[:, None] / 2
    z = low[:, None] + half * (LOCAL + 1)
    return _shared(panels, half * LOCAL_WEIGHTS * _normal(z), eta[:, None] + spread * z)


def _shared(panels: Panels, mass: np.ndarray, mu: np.ndarray) -> np.ndarray:
    """Masses (m, K) at points mu shared among the nodes; a row's points lie near each other."""
    place, local = panels.place(mu)
    shares = cardinals(np.clip(local, -1.0, 1.0))
    first, found = place.min(axis=1), np.zeros((len(mu), panels.count, ORDER))
    for step in range(int(np.ptp(place, axis=1).max(initial=0)) + 1):
        chosen = np.where(place - first[:, None] == step, mass, 0.0)
        panel = np.minimum(first + step, panels.count - 1)  # nothing is added beyond the last
        found[np.arange(len(mu)), panel] += np.einsum("mk,mkj->mj", chosen, shares)
    return found.reshape(len(mu), -1)


def _normal(z: np.ndarray) -> np.ndarray:
    """Standard Normal density."""
    return np.asarray(np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi))
