"""Normal hierarchies by quadrature: every rate Normal around hyperparameters on the link scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from bayesips.arm import Arm
from bayesips.quadrature.axes import Axis
from bayesips.quadrature.data import Keyed, Width, log_likelihood
from bayesips.quadrature.smoothing import REACH, Grid, Smoother
from bayesips.quadrature.story import Normal, Story, Value

# Numbers held at once while cells are worked through.
CHUNK = 12_000_000
# Grid points beyond the range of the likelihoods.
MARGIN = 64
# A hyperparameter point matters while its log weight is within this of its cell's peak.
MATTERS = 42.0


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """One reading of a Normal story: data, axes, and the posterior weight of every grid point.

    Parameters
    ----------
    story : Story
    data : dict of Rate to Keyed
        Unique data of each observed rate.
    axes : list of Axis
        In the order of the grid's dimensions.
    width : Width
    step, lattice : float
        Spacing and one point of the even link-scale grid.
    cells : int
    """

    story: Story
    data: dict[Normal, Keyed]
    axes: list[Axis]
    width: Width
    step: float
    lattice: float
    cells: int

    # -- nodes ------------------------------------------------------------------------------

    @cached_property
    def dims(self) -> tuple[int, ...]:
        """Size of the grid."""
        return tuple(len(axis) for axis in self.axes)

    @cached_property
    def nodes(self) -> dict[str, np.ndarray]:
        """Each axis' nodes, shaped to broadcast over the grid."""
        found = {}
        for position, axis in enumerate(self.axes):
            shape = [1] * len(self.axes)
            shape[position] = len(axis)
            found[axis.name] = axis.nodes.reshape(shape)
        return found

    def position(self, name: str | None) -> int | None:
        """Dimension of an axis on the grid; None for no such axis."""
        return next((i for i, axis in enumerate(self.axes) if axis.name == name), None)

    @cached_property
    def shape_axis(self) -> int | None:
        """Dimension of the endpoint's shape parameter."""
        return self.position(self.story.shape[0].name) if self.story.shape else None

    @cached_property
    def shape_nodes(self) -> tuple[np.ndarray, ...]:
        """Nodes of the shape parameter, or nothing."""
        return () if self.shape_axis is None else (self.axes[self.shape_axis].nodes,)

    # -- likelihood tables --------------------------------------------------------------------

    @cached_property
    def grid(self) -> Grid:
        """Even grid over the likelihoods' range and all locations."""
        even = [axis.nodes for axis in self.axes if axis.even]
        low = min([self.width.low, *(nodes[0] for nodes in even)])
        high = max([self.width.high, *(nodes[-1] for nodes in even)])
        first = int(np.floor((low - self.lattice) / self.step)) - MARGIN
        last = int(np.ceil((high - self.lattice) / self.step)) + MARGIN
        return Grid(self.lattice + first * self.step, self.step, last - first + 1)

    @cached_property
    def scaled_rates(self) -> list[Normal]:
        """Observed rates that are integrated out."""
        return [rate for rate in self.data if rate.parts[0][2] is not None]

    @cached_property
    def smoother(self) -> Smoother:
        """Rows: (rate, key, shape node) of all scaled rates."""
        rows = [
            log_likelihood(self.story.endpoint, arms, self.grid.nodes, self.shape_nodes)
            for rate in self.scaled_rates
            for arms in self.data[rate].keys
        ]
        shapes = max(len(nodes) for nodes in (*self.shape_nodes, [0]))
        full = [np.broadcast_to(row, (shapes, self.grid.size)) for row in rows]
        span = self.grid.step * self.grid.size
        return Smoother(self.grid, np.concatenate(full), self._exact, max(1.5, span / 8))

    def _exact(self, row: int, eta: np.ndarray) -> np.ndarray:
        """Log likelihood of a smoother's row at any eta."""
        shapes = max(len(nodes) for nodes in (*self.shape_nodes, [0]))
        number, place = divmod(row, shapes)
        shape = tuple(nodes[place : place + 1] for nodes in self.shape_nodes)
        arms = self._row_arms[number]
        return log_likelihood(self.story.endpoint, arms, eta.ravel(), shape)[0].reshape(eta.shape)

    @cached_property
    def _row_arms(self) -> list[tuple[Arm, ...]]:
        return [arms for rate in self.scaled_rates for arms in self.data[rate].keys]

    @cached_property
    def tables(self) -> dict[Normal, np.ndarray]:
        """Log marginal likelihood of each rate's keys on the grid, deep tails repaired.

        Shapes (keys, *dims or 1).
        """
        return _Tables(self).repaired()

    # -- posterior of the hyperparameters ------------------------------------------------------

    def log_weights(self, tables: dict[Normal, np.ndarray], some: slice) -> np.ndarray:
        """Log posterior weight, unnormalised, for a slice of cells; shape (cells, *dims)."""
        count = len(range(*some.indices(self.cells)))
        total = np.zeros((count, *self.dims))
        for position, axis in enumerate(self.axes):
            shape = [-1, *[1] * len(self.axes)]
            shape[position + 1] = len(axis)
            mass = axis.log_mass if len(axis.log_mass) == 1 else axis.log_mass[some]
            total = total + mass.reshape(shape)
        return total + self._log_evidence(tables, some, count)

    def _log_evidence(
        self, tables: dict[Normal, np.ndarray], some: slice, count: int
    ) -> np.ndarray:
        """Sum of the rates' tables: looked up for few cells, one matrix product for many."""
        if not tables:
            return np.zeros((1, *[1] * len(self.dims)))
        if count <= 4:  # noqa: PLR2004  a look-up beats a product
            parts = [table[self.data[rate].index[some]] for rate, table in tables.items()]
            return sum(parts[1:], parts[0])
        size = int(np.prod(self.dims))
        rows = [np.broadcast_to(t, (len(t), *self.dims)).reshape(-1, size) for t in tables.values()]
        picks = [np.eye(len(t))[self.data[rate].index[some]] for rate, t in tables.items()]
        return (np.concatenate(picks, 1) @ np.concatenate(rows)).reshape(count, *self.dims)

    def chunks(self) -> list[slice]:
        """Slices of cells that fit into memory."""
        length = max(1, CHUNK // max(1, int(np.prod(self.dims))))
        return [slice(i, min(i + length, self.cells)) for i in range(0, self.cells, length)]

    def weights(self, some: slice) -> np.ndarray:
        """Posterior weights of the grid points, summing to 1 in each cell."""
        logs = self.log_weights(self.tables, some)
        flat = logs.reshape(len(logs), -1)
        weights = np.exp(flat - flat.max(axis=1, keepdims=True))
        return (weights / weights.sum(axis=1, keepdims=True)).reshape(logs.shape)

    def relevance(self, tables: dict[Normal, np.ndarray]) -> np.ndarray:
        """Largest log weight over the cells, each relative to its own peak; shape dims."""
        best = np.full(self.dims, -np.inf)
        for some in self.chunks():
            logs = self.log_weights(tables, some)
            peak = logs.reshape(len(logs), -1).max(axis=1)
            best = np.maximum(best, (logs - peak.reshape(-1, *[1] * len(self.dims))).max(axis=0))
        return best

    def log_marginal(self, name: str) -> np.ndarray:
        """Largest log posterior density of an axis' nodes over cells, relative to the peak."""
        position = self.position(name)
        others = tuple(i for i in range(len(self.dims)) if i != position)
        best = np.full(len(self.axes[position]), -np.inf)  # type: ignore[index]  the name is an axis
        for some in self.chunks():
            logs = self.log_weights(self.tables, some)
            flat = logs.reshape(len(logs), -1).max(axis=1).reshape(-1, *[1] * len(self.dims))
            mass = np.exp(logs - flat).sum(axis=tuple(i + 1 for i in others))
            with np.errstate(divide="ignore"):
                density = np.log(mass)
            best = np.maximum(best, (density - density.max(axis=1, keepdims=True)).max(axis=0))
        return best


@dataclass(frozen=True, eq=False)
class _Tables:
    """Builds a hierarchy's tables."""

    home: Hierarchy

    def repaired(self) -> dict[Normal, np.ndarray]:
        """Tables whose entries that matter all have their digits."""
        tables, deep = {}, {}
        for rate in self.home.data:
            tables[rate], deep[rate] = self._rate(rate)
        for _ in range(4):
            if not any(mask.any() for mask in deep.values()):
                break
            matters = self.home.relevance(tables) > -MATTERS
            done = [self._repair(rate, tables, deep, matters) for rate in self.home.scaled_rates]
            if not any(done):
                break
        return tables

    def _rate(self, rate: Normal) -> tuple[np.ndarray, np.ndarray]:
        """Table of one rate, and which entries are only upper bounds."""
        if rate.parts[0][2] is None:
            table = self._at_value(rate)
            return table, np.zeros(table.shape, dtype=bool)
        parts, masks = [], []
        for weight, centre, scale in rate.parts:
            table, deep = self._part(rate, centre, scale)
            with np.errstate(divide="ignore"):
                parts.append(np.log(np.asarray(weight.of(self.home.nodes), dtype=float)) + table)
            masks.append(deep)
        if len(parts) == 1:
            return parts[0], masks[0]
        # one part with digits, far above the others' bounds, is enough
        total = np.logaddexp.reduce(np.broadcast_arrays(*parts))
        loose = [np.where(mask, part - total > np.log(1e-12), False) for part, mask in zip(parts, masks, strict=True)]
        return total, np.logical_or.reduce(np.broadcast_arrays(*loose))

    def _at_value(self, rate: Normal) -> np.ndarray:
        """Log likelihood of a rate that is a value of the grid."""
        home = self.home
        centre = np.asarray(rate.parts[0][1].of(home.nodes), dtype=float)
        centre = centre.reshape(centre.shape if centre.ndim else (1,) * len(home.dims))
        rows = [
            self._shaped(log_likelihood(home.story.endpoint, arms, centre.ravel(), home.shape_nodes), centre.shape)
            for arms in home.data[rate].keys
        ]
        return np.stack(rows)

    def _shaped(self, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """(K, points) to the grid's dimensions, K going to the shape parameter's."""
        home = self.home
        if home.shape_axis is None:
            return values[0].reshape(shape)
        table = values.reshape(-1, *shape)
        return np.swapaxes(table, 0, home.shape_axis + 1)[0]

    def _rows(self, rate: Normal) -> np.ndarray:
        """Rows of the smoother that belong to a rate."""
        home = self.home
        shapes = max(len(nodes) for nodes in (*home.shape_nodes, [0]))
        before = 0
        for other in home.scaled_rates:
            size = len(home.data[other].keys) * shapes
            if other is rate:
                return np.arange(before, before + size)
            before += size
        raise KeyError(rate.name)

    def _part(self, rate: Normal, centre: Value, scale: Value | None) -> tuple[np.ndarray, np.ndarray]:
        """Smoothed log likelihood of one Normal part, on the grid, and its deep entries."""
        home = self.home
        spread = np.asarray(scale.of(home.nodes), dtype=float)  # type: ignore[union-attr]  scaled
        spread = spread.reshape(spread.shape if spread.ndim else (1,) * len(home.dims))
        rows = self._rows(rate)
        location = home.position(centre.name)
        if location is None or not home.axes[location].even:
            table = self._scattered(rows, centre, spread)
            return table, np.zeros(table.shape, dtype=bool)
        smoother = _chosen(home.smoother, rows)
        axis = home.axes[location]
        first = round((axis.nodes[0] - home.grid.start) / home.step)
        table = smoother.table(first, len(axis), spread.ravel())
        deep = smoother.deep(table)
        keys = len(home.data[rate].keys)
        return self._placed(table, keys, spread.shape, location), self._placed(
            deep, keys, spread.shape, location
        )

    def _placed(
        self, table: np.ndarray, keys: int, spread: tuple[int, ...], location: int
    ) -> np.ndarray:
        """(keys * K, spreads, locations) to (keys, *dims)."""
        shaped = table.reshape(keys, -1, *spread, table.shape[-1])
        shaped = np.swapaxes(shaped, location + 2, -1)[..., 0]
        if self.home.shape_axis is None:
            return shaped[:, 0]
        return np.swapaxes(shaped, 1, self.home.shape_axis + 2)[:, 0]

    def _scattered(self, rows: np.ndarray, centre: Value, spread: np.ndarray) -> np.ndarray:
        """The same at centres that are not an even axis, point by point."""
        home = self.home
        middle = np.asarray(centre.of(home.nodes), dtype=float)
        middle = middle.reshape(middle.shape if middle.ndim else (1,) * len(home.dims))
        middle, spread = np.broadcast_arrays(middle, spread)
        values = [
            home.smoother.direct(int(row), middle.ravel(), spread.ravel()) for row in rows
        ]
        shapes = max(len(nodes) for nodes in (*home.shape_nodes, [0]))
        stacked = np.stack(values).reshape(-1, shapes, middle.size)
        return np.stack([self._shaped(block, middle.shape) for block in stacked])

    def _repair(
        self, rate: Normal, tables: dict, deep: dict, matters: np.ndarray
    ) -> bool:
        """Replace a rate's deep entries that matter by sums with relative accuracy."""
        home = self.home
        wanted = deep[rate] & matters
        if not wanted.any():
            return False
        table = np.array(np.broadcast_to(tables[rate], (len(tables[rate]), *home.dims)))
        wanted = np.broadcast_to(wanted, table.shape)
        rows = self._rows(rate)
        shapes = max(len(nodes) for nodes in (*home.shape_nodes, [0]))
        for key, *place in _groups(wanted, home.shape_axis):
            row = rows[key * shapes + (place[0] if home.shape_axis is not None else 0)]
            points = place[-1]
            table[(key, *points)] = self._mixture_at(rate, int(row), points)
        tables[rate], deep[rate] = table, np.broadcast_to(deep[rate], table.shape) & ~wanted
        return True

    def _mixture_at(self, rate: Normal, row: int, points: tuple[np.ndarray, ...]) -> np.ndarray:
        """Log marginal likelihood at chosen grid points, all Normal parts summed."""
        home, parts = self.home, []
        for weight, centre, scale in rate.parts:
            w, c, s = (
                np.broadcast_to(value.of(home.nodes), home.dims)[points]
                for value in (weight, centre, scale)  # type: ignore[union-attr]  scaled
            )
            with np.errstate(divide="ignore"):
                parts.append(np.log(w) + home.smoother.direct(row, c, s))
        return np.logaddexp.reduce(parts)


def _chosen(smoother: Smoother, rows: np.ndarray) -> Smoother:
    """A smoother with some rows only."""
    return Smoother(smoother.grid, smoother.log_values[rows], smoother.exact, smoother.widest)


def _groups(wanted: np.ndarray, shape_axis: int | None) -> list[tuple[Any, ...]]:
    """Marked entries grouped by key and shape node: (key, [shape node,] index arrays)."""
    groups: list[tuple[Any, ...]] = []
    for key in range(len(wanted)):
        index = np.nonzero(wanted[key])
        if not len(index[0]):
            continue
        if shape_axis is None:
            groups.append((key, index))
            continue
        for node in np.unique(index[shape_axis]):
            some = index[shape_axis] == node
            groups.append((key, int(node), tuple(part[some] for part in index)))
    return groups


def reach(spread: np.ndarray) -> float:
    """How far a rate strays from its centre, to rounding."""
    return REACH * float(np.max(spread, initial=0.0))


def rates_with_data(story: Story) -> Sequence[Normal]:
    """Normal rates that arms speak of, the control's own included."""
    return [rate for rate in story.rates if isinstance(rate, Normal) and rate.observed]
