"""Rates together with the shape of survival in time: one density for each node of the shape.

What an answer says of one day needs the rate alone; what it says of another day needs the joint
of rate and shape, S(t) = theta^g(t).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesips.borrowing.method import Method
from bayesips.endpoints import Endpoint
from bayesips.engine.quadrature.by_shape import RESOLUTIONS, TOLERANCE, ByShape
from bayesips.engine.quadrature.data import log_likelihood
from bayesips.engine.quadrature.fourier import Spreads
from bayesips.engine.quadrature.grouped import Grouped
from bayesips.engine.quadrature.grouped_reader import reader_of
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.normal_density import sums_of
from bayesips.engine.quadrature.normal_sum import NormalSum
from bayesips.engine.quadrature.own_rates import before_own_data
from bayesips.engine.quadrature.panel_sum import PanelSum
from bayesips.engine.quadrature.story import Normal, Story
from bayesips.engine.settle import Reading, Watched, settle
from bayesips.evidence.arm import Arm

# Below this on the link scale nobody dies.
LOWEST = -12.0
# Masses above this part of the largest need all the digits of an arm's own likelihood.
LOST = 1e-8
# The lattice is this much finer where a location has hard ends, at which a density has corners.
FINER = 4
# A centre as near as this, in steps, to the lattice is on it.
ON_LATTICE = 1e-6


@dataclass(frozen=True, eq=False)
class ShapeReading:
    """One reading of a story of Normal rates, from which every rate can be had by shape."""

    hierarchy: Hierarchy | Grouped
    new_rate: Normal

    @classmethod
    def of(
        cls, method: Method, arms: Sequence[Arm], endpoint: Endpoint, tolerance: float = TOLERANCE
    ) -> ShapeReading | None:
        """Read the method's story; None where its control is not a Normal rate with a shape.

        Raises
        ------
        NotSettled
            If moments of the control's rate and shape still move.
        """
        story = Story.of(method, list(arms), endpoint)
        control = story.control
        if not isinstance(control, Normal) or len(story.shape) != 1:
            return None

        def read(grid: Hierarchy | Grouped) -> Reading:
            found = cls(grid, control)
            return Reading(found, found.control().moments(endpoint.scale))

        quantity = Watched("survival on other days", read)
        found: ShapeReading = settle(reader_of(story), quantity, RESOLUTIONS, tolerance).value
        return found

    @cached_property
    def weights(self) -> np.ndarray | None:
        """Posterior of the hyperparameters in every cell; None where groups have their own."""
        grid = self.hierarchy
        return None if isinstance(grid, Grouped) else grid.weights(slice(0, grid.cells))

    def control(self) -> ByShape:
        """The control's rate in every cell, beyond the limits of the link left out."""
        return self._joint(self._mass(self.new_rate, slice(0, self.hierarchy.cells)))

    def arm(self, label: str, cell: int = 0) -> ByShape | None:
        """An arm's own rate in one cell, its data included; None where it has no rate."""
        hierarchy = self.hierarchy
        found = [rate for rate in hierarchy.data if rate.name == label]
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
        if isinstance(self.hierarchy, Grouped):
            return self._mass(rate, slice(cell, cell + 1))[0]
        return before_own_data(self.hierarchy, rate, cell)(self.eta)

    def _own_summed(self, rate: Normal, cell: int) -> np.ndarray:
        """Log likelihood of an arm's data on the lattice, every term of it summed."""
        data, hierarchy = self.hierarchy.data[rate], self.hierarchy
        arms = data.keys[data.index[cell]]
        return log_likelihood(hierarchy.story.endpoint, arms, self.eta, hierarchy.shape_nodes)

    def _own(self, rate: Normal, cell: int) -> tuple[np.ndarray, np.ndarray]:
        """The same from the tables, and where it has lost its digits."""
        hierarchy, shapes = self.hierarchy, self.hierarchy.shape_count
        if isinstance(hierarchy, Grouped) or self._cornered:  # no lattice in common
            whole = self._own_summed(rate, cell)
            return whole, np.zeros(whole.shape, dtype=bool)
        first = hierarchy.rows_of(rate)[hierarchy.data[rate].index[cell] * shapes]
        smoother = hierarchy.smoother.of_rows(slice(first, first + shapes))
        start = round((self.eta[0] - hierarchy.grid.start) / hierarchy.step)
        inner = max(0, start), min(hierarchy.grid.size, start + len(self.eta))
        table = smoother.table(inner[0], inner[1] - inner[0], Spreads.single(np.zeros(1)))
        beyond = ((0, 0), (inner[0] - start, start + len(self.eta) - inner[1]))
        values = np.pad(table[:, 0], beyond, mode="edge")  # it has ended there
        return values, np.pad(smoother.depth(table)[:, 0] < 0, beyond, mode="edge")

    @property
    def _cornered(self) -> bool:
        """Whether a location has hard ends."""
        return any(axis.panels is not None for axis in self.hierarchy.axes)

    @property
    def step(self) -> float:
        """Spacing of the lattice."""
        return self.hierarchy.step / (FINER if self._cornered else 1)

    @cached_property
    def eta(self) -> np.ndarray:
        """The lattice of the centres, carried on to where the control's tails end."""
        hierarchy = self.hierarchy
        even = [axis.nodes for axis in hierarchy.axes if axis.even]
        start, step = float(even[0][0]) if even else hierarchy.lattice, self.step
        low, high = hierarchy.story.endpoint.scale.limits
        before = int((start - max(low, LOWEST)) / step)
        return np.asarray(start + step * np.arange(-before, int((high - start) / step) + 1))

    def _mass(self, rate: Normal, some: slice) -> np.ndarray:
        """Masses of a rate before its own data, (cells, K, Q)."""
        cells = some.stop - some.start
        total = np.zeros((cells * self.hierarchy.shape_count, len(self.eta)))
        whole = None if self.weights is None else self.weights[some]
        for normal_sum in sums_of(self.hierarchy, rate, some, whole):
            first = self._first(normal_sum)
            if isinstance(normal_sum, NormalSum) and first is not None:
                total += normal_sum.masses(first, len(self.eta))
            else:  # beside the lattice: a constant centre, hard ends, a group's own lattice
                total += np.exp(normal_sum.log_density()(self.eta)) * self.step
        return total.reshape(cells, self.hierarchy.shape_count, -1)

    def _first(self, normal_sum: NormalSum | PanelSum) -> int | None:
        """The lattice's start, counted in a sum's own steps; None if it has another lattice."""
        if isinstance(normal_sum, PanelSum):
            return None
        first = (self.eta[0] - normal_sum.start) / normal_sum.step
        same = abs(normal_sum.step - self.step) < ON_LATTICE * normal_sum.step
        return round(first) if same and abs(first - round(first)) < ON_LATTICE else None

    def _joint(self, mass: np.ndarray) -> ByShape:
        """Normalised in each cell."""
        total = mass.sum(axis=(-2, -1), keepdims=True)
        return ByShape(self.hierarchy.shape_nodes[0], self.eta, mass / total).kept()
