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
from bayesips.engine.quadrature.data import log_likelihood
from bayesips.engine.quadrature.grid import Grid
from bayesips.engine.quadrature.grid_reader import Reader
from bayesips.engine.quadrature.grouped_grid import GroupedGrid
from bayesips.engine.quadrature.grouped_reader import reader_of
from bayesips.engine.quadrature.rate_density import before_its_data, rates_reading
from bayesips.engine.quadrature.region import Effort
from bayesips.engine.quadrature.story import Blend, Normal, Story
from bayesips.engine.settle import Reading, settle
from bayesips.evidence.arm import Arm

# Grids finer and finer, until no probability moves by more than this.
EFFORTS = tuple(
    Effort(*each)
    for each in ((25, 0.7, 21), (31, 0.6, 25), (47, 0.46, 35), (67, 0.38, 43), (101, 0.28, 55))
)
TOLERANCE = 1e-6
# Below this on the link scale nobody dies.
LOWEST = -12.0
# Shape nodes of less weight than this, in every cell, are dropped.
LIGHTEST = 1e-10
# Steps of the rate: in sds of the narrowest part, and at most; so many times as fine where a
# location has hard ends, at which a density has corners.
STEP, WIDEST_STEP, FINER = 0.5, 0.1, 4


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

    grid: Grid | GroupedGrid

    @classmethod
    def of(
        cls, method: Any, arms: Sequence[Arm], endpoint: Endpoint, tolerance: float = TOLERANCE
    ) -> ShapeReading | None:
        """Read the method's story; None where its control is not a Normal rate with a shape.

        Raises
        ------
        NotSettled
            If the posterior of the shape does not settle.
        """
        story = Story.record(method, list(arms), endpoint)
        if not isinstance(story.control, Normal) or len(story.shape) != 1:
            return None
        control = story.control
        found = settle(
            reader_of(story),
            lambda grid, _: _settling(grid, control),
            EFFORTS,
            tolerance,
            "survival by shape",
        )
        return cls(found.value)

    def control(self) -> ByShape:
        """The control's rate in every cell, beyond the limits of the link left out."""
        control = self.grid.story.control
        assert isinstance(control, Normal)
        return self._joint(self._mass(control, slice(0, self.grid.cells)))

    def arm(self, label: str, cell: int = 0) -> ByShape | None:
        """An arm's own rate in one cell, its data included; None where it has no rate."""
        grid = self.grid
        found = [rate for rate in grid.data if rate.name == label]
        if not found or not isinstance(found[0], Normal) or found[0].parts[0][2] is None:
            return None
        data = grid.data[found[0]]
        own = log_likelihood(
            grid.story.endpoint, data.keys[data.index[cell]], self.eta, grid.shape_nodes
        )
        with np.errstate(divide="ignore"):
            logs = np.log(self._mass(found[0], slice(cell, cell + 1))[0]) + own
        return self._joint(np.exp(logs - logs.max())[None])[0]

    @cached_property
    def eta(self) -> np.ndarray:
        """Even places of the rate over the range of its mass."""
        control = self.grid.story.control
        assert isinstance(control, Normal)
        every = slice(0, self.grid.cells)
        normals = before_its_data(self.grid, control, every, by_shape=True)
        low, high = max(normals.bounds[0], LOWEST), normals.bounds[1]
        ends = [x for x in normals.breaks if low < x < high]
        widths = [bump[3] for bundle in normals.bundles for bump in bundle.bumps()]
        step = min(STEP * min(widths), WIDEST_STEP) / (FINER if ends else 1)
        return np.asarray(np.linspace(low, high, int(np.ceil((high - low) / step)) + 1))

    def _mass(self, rate: Normal, some: slice) -> np.ndarray:
        """Masses of a rate before its own data, (cells, K, Q)."""
        normals = before_its_data(self.grid, rate, some, by_shape=True)
        step = self.eta[1] - self.eta[0]
        return (normals.density(self.eta) * step).reshape(
            some.stop - some.start, self.grid.shape_count, -1
        )

    def _joint(self, mass: np.ndarray) -> ByShape:
        """Normalised in each cell."""
        total = mass.sum(axis=(-2, -1), keepdims=True)
        return ByShape(self.grid.shape_nodes[0], self.eta, mass / total).kept()


def _settling(grid: Grid | GroupedGrid, control: Normal) -> Reading:
    """The grid, and by how much coarser rules change the control's rate."""
    reading = rates_reading(grid, [control])
    return Reading(grid, reading.figures, reading.error, reading.lenient)


def strata_by_shape(
    method: Any, arms: Sequence[Arm], endpoint: Endpoint
) -> tuple[list[ByShape], Any] | None:
    """Strata that share the shape, and the first one's share; None if the story has no strata.

    The share is a number or a Prior.
    """
    story = Story.record(method, list(arms), endpoint)
    if not isinstance(story.control, Blend) or len(story.shape) != 1:
        return None
    reader = reader_of(story)
    assert isinstance(reader, Reader)
    grid = reader.grid(reader.region(), EFFORTS[0])
    rates = [rate for _, rate in story.control.parts]
    strata = [blends.by_shape(grid, rate) for rate in rates]
    weights = blends.joint_shape_weights(grid, strata)
    prior, known = blends.share_value(grid, story.control.parts[0][0])
    share = float(prior[0]) if known is not None else prior
    joint = [
        ByShape(grid.shape_nodes[0], part.curve.nodes, weights[:, None] * part.curve.mass).kept()
        for part in strata
    ]
    return joint, share
