"""Log marginal likelihoods of a story's rates on the grid of its hyperparameters."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from bayesips.distributions.mathematics import log_add
from bayesips.engine.quadrature.beta_rates import log_evidence
from bayesips.engine.quadrature.data import log_likelihood
from bayesips.engine.quadrature.fourier import Spreads
from bayesips.engine.quadrature.hierarchy import Hierarchy
from bayesips.engine.quadrature.smoothing import depth_below
from bayesips.engine.quadrature.story import Normal, Rate, Value
from bayesips.errors import NotSettled

# An entry is repaired if its weight, relative to the peak, times its relative error (rounding,
# 1e-16, over its own size) could reach 1e-12.
HARMFUL = np.log(1e-12) - np.log(1e-16)
# The screen for such entries looks at about this many points along an axis, with some slack.
SCREEN, SLACK = 24, 4.0


# Weights and sds of Normals about one centre.
Scales = Sequence[tuple[float, Value]]


@dataclass(frozen=True, eq=False)
class _Shaped:
    """Spreads, and the grid's shape that they have."""

    shape: tuple[int, ...]
    spreads: Spreads


@dataclass(frozen=True, eq=False)
class Tables:
    """Builds a hierarchy's tables."""

    hierarchy: Hierarchy
    tables: dict[Rate, np.ndarray] = field(default_factory=dict)
    depths: dict[Rate, np.ndarray] = field(default_factory=dict)
    smoothed: dict[Any, tuple[np.ndarray, np.ndarray]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        whole = log_evidence(self.hierarchy)
        for rate in self.hierarchy.data:
            if rate in whole:
                self.tables[rate], self.depths[rate] = whole[rate], np.zeros(whole[rate].shape)
            else:
                self.tables[rate], self.depths[rate] = self._rate(rate)

    def repaired_for(self, logs: np.ndarray, some: Any) -> bool:
        """Repair entries that matter at log weights (cells, *dims); whether any was repaired."""
        return any([self._repaired(rate, logs, some) for rate in self.hierarchy.scaled_rates])

    def repair(self) -> None:
        """Repair every deep entry, whatever its weight."""
        for rate in self.hierarchy.scaled_rates:
            for key in range(len(self.tables[rate])):
                self._repair(rate, key, np.full(self.hierarchy.dims, np.inf))

    def _repaired(self, rate: Normal, logs: np.ndarray, some: Any) -> bool:
        """The same for one rate, key by key: screened on a thinned grid, then done in full."""
        if not self.depths[rate].any():
            return False
        index = self.hierarchy.data[rate].index[some]
        depth = np.broadcast_to(self.depths[rate], (len(self.depths[rate]), *self.hierarchy.dims))
        thin = tuple(slice(None, None, max(1, size // SCREEN)) for size in self.hierarchy.dims)
        coarse = depth[(slice(None), *thin)][index]
        near = (coarse < 0) & (logs[(slice(None), *thin)] - coarse > HARMFUL - SLACK)
        suspects = near.reshape(len(logs), -1).any(axis=1)
        keys = np.unique(index[suspects])
        weights = {key: logs[suspects & (index == key)].max(axis=0) for key in keys}
        return any([self._repair(rate, int(key), weight) for key, weight in weights.items()])

    def _rate(self, rate: Any) -> tuple[np.ndarray, np.ndarray]:
        """Table of one rate, and how deep its entries lie (0: with all digits)."""
        if rate.parts[0][2] is None:
            table = self._at_value(rate)
            return table, np.zeros(table.shape)
        parts, loose = [], False
        for weight, centre, scales in self._about_one_centre(rate):
            table, deep = self._part(rate, centre, scales)
            with np.errstate(divide="ignore"):
                parts.append(np.log(np.asarray(weight, dtype=float)) + table)
            loose = loose or bool(deep.any())
        if len(parts) == 1:
            return parts[0], deep
        total = functools.reduce(log_add, parts)
        return total, self._depth(rate, total) if loose else np.zeros(total.shape)

    def _depth(self, rate: Normal, total: np.ndarray) -> np.ndarray:
        """How far a sum of parts lies below the peak: a small part needs no digits of its own."""
        grid = self.hierarchy
        peaks = grid.smoother.peaks[grid.rows_of(rate)].reshape(-1, grid.shape_count)
        shape = [len(peaks), *[1] * len(grid.dims)]
        if grid.shape_axis is not None:
            shape[grid.shape_axis + 1] = grid.shape_count
        return depth_below(peaks.reshape(shape), total)

    def _at_value(self, rate: Normal) -> np.ndarray:
        """Log likelihood of a rate that is a value of the grid."""
        grid = self.hierarchy
        centre = np.asarray(rate.parts[0][1].of(grid.nodes), dtype=float)
        centre = grid.shaped(centre)
        shape = grid.shape_nodes
        rows = [
            log_likelihood(grid.story.endpoint, arms, centre.ravel(), shape)
            for arms in grid.data[rate].keys
        ]
        return np.stack([self._shaped(row, centre.shape) for row in rows])

    def _shaped(self, values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        """(K, points) to the grid's dimensions, K going to the shape parameter's."""
        grid = self.hierarchy
        if grid.shape_axis is None:
            return values[0].reshape(shape)
        table = values.reshape(-1, *shape)
        return np.swapaxes(table, 0, grid.shape_axis + 1)[0]

    def _part(self, rate: Normal, centre: Value, scales: Scales) -> tuple[np.ndarray, np.ndarray]:
        """Smoothed log likelihood of Normals about one centre, on the grid, and its depth."""
        grid = self.hierarchy
        spreads = self._spreads(scales)
        rows = grid.rows_of(rate)
        location = grid.position(centre.name)
        if location is None and centre.uses:
            raise NotSettled(
                f"{rate.name}: its centre is a sum of unknowns ({', '.join(sorted(centre.uses))}), "
                "as in a meta-regression; the exact engine needs a single one: use engine='nuts' "
                "(bayesips assess --engine nuts)"
            )
        if location is None or not grid.axes[location].smooth:
            table = self._scattered(rows, centre, spreads)
            return table, np.zeros(table.shape)
        table, deep = self._smooth(location, spreads)
        keys = len(grid.data[rate].keys)
        return tuple(  # type: ignore[return-value]  # two
            self._placed(found[rows], keys, spreads.shape, location) for found in (table, deep)
        )

    def _about_one_centre(self, rate: Normal) -> list[tuple[Any, Value, Scales]]:
        """Parts of a rate (weight, centre, scales): those of fixed weights about one axis joined.

        Their sum is smoothed in one go, whatever their number.
        """
        axes = {axis.name: axis for axis in self.hierarchy.axes}
        apart: list[tuple[Any, Value, Scales]] = []
        joined: dict[str, tuple[Value, list[tuple[float, Value]]]] = {}
        for weight, centre, scale in rate.parts:
            axis = axes.get(centre.name or "")
            if axis is None or not axis.smooth or np.ndim(weight.of(self.hierarchy.nodes)):
                apart.append((weight.of(self.hierarchy.nodes), centre, [(1.0, scale)]))  # type: ignore[list-item]  # scaled
            else:
                joined.setdefault(axis.name, (centre, []))[1].append(
                    (float(weight.of(self.hierarchy.nodes)), scale)  # type: ignore[arg-type]  # scaled
                )
        for centre, scales in joined.values():
            total = sum(weight for weight, _ in scales)
            apart.append((total, centre, [(weight / total, scale) for weight, scale in scales]))
        return apart

    def _spreads(self, scales: Scales) -> _Shaped:
        """Mixtures of Normals about one centre, on the grid."""
        found = [self.hierarchy.shaped(scale.of(self.hierarchy.nodes)) for _, scale in scales]
        sds = np.stack(np.broadcast_arrays(*found), axis=-1)
        weights = np.broadcast_to([weight for weight, _ in scales], sds.shape)
        flat = (-1, len(scales))
        return _Shaped(sds.shape[:-1], Spreads(sds.reshape(flat), weights.reshape(flat)))

    def _smooth(self, location: int, wanted: _Shaped) -> tuple[np.ndarray, np.ndarray]:
        """All rows smoothed for one location and one set of spreads, done once."""
        axis = self.hierarchy.axes[location]
        if (axis.name, wanted.spreads.key) not in self.smoothed:
            self._smooth_all(location)
        return self.smoothed[axis.name, wanted.spreads.key]

    def _smooth_all(self, location: int) -> None:
        """Every spread around a location smoothed in one go."""
        grid, axis = self.hierarchy, self.hierarchy.axes[location]
        every = {
            spreads.key: spreads
            for rate in grid.scaled_rates
            for _, centre, scales in self._about_one_centre(rate)
            if centre.name == axis.name
            for spreads in [self._spreads(scales).spreads]
        }
        table = grid.smoother.table_at(grid.centres(axis), Spreads.joined([*every.values()]))
        depth, before = grid.smoother.depth(table), 0
        for key, spreads in every.items():
            some = slice(before, before + len(spreads.sds))
            self.smoothed[axis.name, key] = table[:, some], depth[:, some]
            before += len(spreads.sds)

    def _placed(
        self, table: np.ndarray, keys: int, spread: tuple[int, ...], location: int
    ) -> np.ndarray:
        """(keys * K, spreads, locations) to (keys, *dims)."""
        shaped = table.reshape(keys, -1, *spread, table.shape[-1])
        shaped = np.swapaxes(shaped, location + 2, -1)[..., 0]
        if self.hierarchy.shape_axis is None:
            return shaped[:, 0]
        return np.swapaxes(shaped, 1, self.hierarchy.shape_axis + 2)[:, 0]

    def _scattered(self, rows: np.ndarray, centre: Value, spreads: _Shaped) -> np.ndarray:
        """The same for one Normal at centres that are not an even axis, point by point."""
        grid = self.hierarchy
        spread = spreads.spreads.sds[:, 0].reshape(spreads.shape)
        middle, spread = np.broadcast_arrays(grid.shaped(centre.of(grid.nodes)), spread)
        values = [grid.smoother.direct(int(row), middle.ravel(), spread.ravel()) for row in rows]
        stacked = np.stack(values).reshape(-1, grid.shape_count, middle.size)
        return np.stack([self._shaped(block, middle.shape) for block in stacked])

    def _repair(self, rate: Normal, key: int, weight: np.ndarray) -> bool:
        """Replace a key's deep entries that matter by sums with relative accuracy."""
        grid = self.hierarchy
        full = (len(self.tables[rate]), *grid.dims)
        depth = np.broadcast_to(self.depths[rate], full)[key]
        wanted = (depth < 0) & (weight - depth > HARMFUL)
        if not wanted.any():
            return False
        table, depths = (
            np.array(np.broadcast_to(x[rate], full)) for x in (self.tables, self.depths)
        )
        rows, shapes = grid.rows_of(rate), grid.shape_count
        for place, points in _groups(wanted, grid.shape_axis):
            table[(key, *points)] = self._mixture_at(rate, int(rows[key * shapes + place]), points)
        depths[key][wanted] = 0.0
        self.tables[rate], self.depths[rate] = table, depths
        return True

    def _mixture_at(self, rate: Normal, row: int, points: tuple[np.ndarray, ...]) -> np.ndarray:
        """Log marginal likelihood at chosen grid points, all Normal parts summed."""
        grid, parts = self.hierarchy, []
        for part in rate.parts:
            w, c, s = (
                np.broadcast_to(value.of(grid.nodes), grid.dims)[points]
                for value in part
                if value is not None
            )
            with np.errstate(divide="ignore"):
                parts.append(np.log(w) + grid.smoother.direct(row, c, s))
        return np.logaddexp.reduce(parts)


def _groups(wanted: np.ndarray, shape_axis: int | None) -> list[tuple[int, tuple[Any, ...]]]:
    """Marked grid points grouped by shape node: (shape node, index arrays)."""
    index = np.nonzero(wanted)
    if shape_axis is None:
        return [(0, index)]
    nodes = np.unique(index[shape_axis])
    return [(int(n), tuple(part[index[shape_axis] == n] for part in index)) for n in nodes]
