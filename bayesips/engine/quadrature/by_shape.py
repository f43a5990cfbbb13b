"""Rates together with the shape of survival in time: one density for each node of the shape.

What an answer says of one day needs the rate alone; what it says of another day needs the joint
of rate and shape, S(t) = theta^g(t).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy import fft

from bayesips.endpoints import Endpoint
from bayesips.engine.quadrature import blends
from bayesips.engine.quadrature.blur import Cloud
from bayesips.engine.quadrature.data import log_likelihood
from bayesips.engine.quadrature.groups import reader_of
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.normal_density import clouds_of
from bayesips.engine.quadrature.own_rates import before_own_data
from bayesips.engine.quadrature.panel_cloud import PanelCloud
from bayesips.engine.quadrature.parted import Parted
from bayesips.engine.quadrature.periods import Spreads
from bayesips.engine.quadrature.reader import Effort, Reader
from bayesips.engine.quadrature.story import Blend, Normal, Story
from bayesips.engine.settle import Reading, Watched, settle
from bayesips.evidence.arm import Arm

# Grids finer and finer, until no moment of the control's rate and shape moves by more than this.
EFFORTS = tuple(
    Effort(*each)
    for each in ((20, 0.65, 18), (25, 0.54, 20), (34, 0.46, 26), (64, 0.32, 40), (100, 0.23, 50))
)
TOLERANCE = 1e-6
# Below this on the link scale nobody dies.
LOWEST = -12.0
# Shape nodes of less weight than this, in every cell, are dropped.
LIGHTEST = 1e-10
# Masses above this part of the largest need all the digits of an arm's own likelihood.
LOST = 1e-8
# The lattice is this much finer where a location has hard ends, at which a density has corners.
FINER = 4
# A centre as near as this, in steps, to the lattice is on it.
ON_LATTICE = 1e-6


@dataclass(frozen=True, eq=False)
class ByShape:
    """Joint posterior of a rate and the shape, on a grid.

    Parameters
    ----------
    shape : array, (K,)
        Nodes of the shape parameter.
    eta : array, (Q,)
        Nodes of the rate on the link scale, in order.
    mass : array, (*batch, K, Q)
        Probabilities of the pairs, summing to 1 in each cell.
    """

    shape: np.ndarray
    eta: np.ndarray
    mass: np.ndarray

    def __getitem__(self, index: Any) -> ByShape:
        """Cells of the batch."""
        return ByShape(self.shape, self.eta, self.mass[index])

    @property
    def weights(self) -> np.ndarray:
        """Posterior of the shape, (*batch, K)."""
        return np.asarray(self.mass.sum(axis=-1))

    def finer(self, times: int) -> ByShape:
        """The same on a lattice `times` as fine: a smooth density that vanishes at both ends."""
        size = len(self.eta)
        spectrum = fft.rfft(self.mass, 2 * size, axis=-1)
        spectrum[..., -1] /= 2  # the highest frequency is shared by both signs
        fine = fft.irfft(spectrum, 2 * size * times, axis=-1)[..., : (size - 1) * times + 1]
        fine = np.maximum(fine, 0.0)
        eta = np.linspace(self.eta[0], self.eta[-1], fine.shape[-1])
        return ByShape(self.shape, eta, fine / fine.sum(axis=(-2, -1), keepdims=True))

    def kept(self) -> ByShape:
        """The same without shapes of no weight in any cell."""
        kept = (self.weights > LIGHTEST).reshape(-1, len(self.shape)).any(axis=0)
        mass = self.mass[..., kept, :]
        total = mass.sum(axis=(-2, -1), keepdims=True)
        return ByShape(self.shape[kept], self.eta, mass / total)


@dataclass(frozen=True, eq=False)
class ShapeReading:
    """One reading of a story of Normal rates, from which every rate can be had by shape."""

    home: Hierarchy | Parted

    @classmethod
    def of(
        cls, method: Any, arms: Sequence[Arm], endpoint: Endpoint, tolerance: float = TOLERANCE
    ) -> ShapeReading | None:
        """Read the method's story; None where its control is not a Normal rate with a shape.

        Raises
        ------
        NotSettled
            If moments of the control's rate and shape still move.
        """
        story = Story.told(method, list(arms), endpoint)
        if not isinstance(story.control, Normal) or len(story.shape) != 1:
            return None
        quantity = Watched("survival on other days", lambda grid: _watched(cls(grid)))
        return cls(settle(reader_of(story), quantity, EFFORTS, tolerance).value)

    @cached_property
    def weights(self) -> np.ndarray | None:
        """Posterior of the hyperparameters in every cell; None where groups have their own."""
        home = self.home
        return None if isinstance(home, Parted) else home.weights(slice(0, home.cells))

    def control(self) -> ByShape:
        """The control's rate in every cell, beyond the limits of the link left out."""
        control = self.home.story.control
        assert isinstance(control, Normal)
        return self._joint(self._mass(control, slice(0, self.home.cells)))

    def arm(self, label: str, cell: int = 0) -> ByShape | None:
        """An arm's own rate in one cell, its data included; None where it has no rate."""
        home = self.home
        found = [rate for rate in home.data if rate.name == label]
        if not found or not isinstance(found[0], Normal) or found[0].parts[0][2] is None:
            return None
        mass = self._before(found[0], cell)
        own, deep = self._own(found[0], cell)
        joint = mass * np.exp(own - own.max())
        if np.any(deep & (joint > LOST * joint.max())):  # the arm lies far from where it should
            own = self._own_summed(found[0], cell)
            joint = mass * np.exp(own - own.max())
        return self._joint(joint[None])[0]

    def _before(self, rate: Normal, cell: int) -> np.ndarray:
        """Masses of an arm's rate before its own data in one cell, (K, Q)."""
        if isinstance(self.home, Parted):
            return self._mass(rate, slice(cell, cell + 1))[0]
        return before_own_data(self.home, rate, cell)(self.eta)

    def _own_summed(self, rate: Normal, cell: int) -> np.ndarray:
        """Log likelihood of an arm's data on the lattice, every term of it summed."""
        data, home = self.home.data[rate], self.home
        arms = data.keys[data.index[cell]]
        return log_likelihood(home.story.endpoint, arms, self.eta, home.shape_nodes)

    def _own(self, rate: Normal, cell: int) -> tuple[np.ndarray, np.ndarray]:
        """The same from the tables, and where it has lost its digits."""
        home, shapes = self.home, self.home.shape_count
        if isinstance(home, Parted) or self._cornered:  # no lattice in common
            whole = self._own_summed(rate, cell)
            return whole, np.zeros(whole.shape, dtype=bool)
        first = home.rows_of(rate)[home.data[rate].index[cell] * shapes]
        smoother = home.smoother.of_rows(slice(first, first + shapes))
        start = round((self.eta[0] - home.grid.start) / home.step)
        inner = max(0, start), min(home.grid.size, start + len(self.eta))
        table = smoother.table(inner[0], inner[1] - inner[0], Spreads.single(np.zeros(1)))
        beyond = ((0, 0), (inner[0] - start, start + len(self.eta) - inner[1]))
        values = np.pad(table[:, 0], beyond, mode="edge")  # it has ended there
        return values, np.pad(smoother.depth(table)[:, 0] < 0, beyond, mode="edge")

    @property
    def _cornered(self) -> bool:
        """Whether a location has hard ends."""
        return any(axis.panels is not None for axis in self.home.axes)

    @property
    def step(self) -> float:
        """Spacing of the lattice."""
        return self.home.step / (FINER if self._cornered else 1)

    @cached_property
    def eta(self) -> np.ndarray:
        """The lattice of the centres, carried on to where the control's tails end."""
        home = self.home
        even = [axis.nodes for axis in home.axes if axis.even]
        start, step = float(even[0][0]) if even else home.lattice, self.step
        low, high = home.story.endpoint.scale.limits
        before = int((start - max(low, LOWEST)) / step)
        return np.asarray(start + step * np.arange(-before, int((high - start) / step) + 1))

    def _mass(self, rate: Normal, some: slice) -> np.ndarray:
        """Masses of a rate before its own data, (cells, K, Q)."""
        cells = some.stop - some.start
        total = np.zeros((cells * self.home.shape_count, len(self.eta)))
        whole = None if self.weights is None else self.weights[some]
        for cloud in clouds_of(self.home, rate, some, whole):
            first = self._first(cloud)
            if isinstance(cloud, Cloud) and first is not None:
                total += cloud.masses(first, len(self.eta))
            else:  # beside the lattice: a constant centre, hard ends, a group's own lattice
                total += np.exp(cloud.log_density()(self.eta)) * self.step
        return total.reshape(cells, self.home.shape_count, -1)

    def _first(self, cloud: Cloud | PanelCloud) -> int | None:
        """The lattice's start, counted in a cloud's own steps; None if it has another lattice."""
        if isinstance(cloud, PanelCloud):
            return None
        first = (self.eta[0] - cloud.start) / cloud.step
        same = abs(cloud.step - self.step) < ON_LATTICE * cloud.step
        return round(first) if same and abs(first - round(first)) < ON_LATTICE else None

    def _joint(self, mass: np.ndarray) -> ByShape:
        """Normalised in each cell."""
        total = mass.sum(axis=(-2, -1), keepdims=True)
        return ByShape(self.home.shape_nodes[0], self.eta, mass / total).kept()


def _watched(reading: ShapeReading) -> Reading:
    """The grid, and moments of the control's survival at the landmark and of the log shape."""
    joint = reading.control()
    survival, log_shape = reading.home.story.endpoint.scale.rate(joint.eta), np.log(joint.shape)
    rates, shapes = joint.mass.sum(axis=-2), joint.weights
    figures = [rates @ survival, rates @ survival**2, shapes @ log_shape, shapes @ log_shape**2]
    both = (joint.mass @ survival * log_shape).sum(axis=-1)
    return Reading(reading.home, np.stack([*figures, both]))


def strata_by_shape(
    method: Any, arms: Sequence[Arm], endpoint: Endpoint, effort: Effort = EFFORTS[1]
) -> tuple[list[ByShape], Any] | None:
    """Strata that share the shape, and the first one's share; None if the story has no strata.

    The share is a number or a Prior.
    """
    story = Story.told(method, list(arms), endpoint)
    if not isinstance(story.control, Blend) or len(story.shape) != 1:
        return None
    reader = Reader(story, story.batch_shape)
    home = reader.hierarchy(reader.region(), effort)
    rates = [rate for _, rate in story.control.parts]
    strata = [blends._by_shape(home, rate) for rate in rates]
    weights = blends._joint_shape_weights(home, strata)
    prior, known = blends.share_value(home, story.control.parts[0][0])
    share = float(prior[0]) if known is not None else prior
    joint = [
        ByShape(home.shape_nodes[0], part.curve.nodes, weights[:, None] * part.curve.mass).kept()
        for part in strata
    ]
    return joint, share
