"""Mixtures whose parts have unknowns of their own, as in EXNEX of several parts: one reading.

A joint grid of all unknowns would be hopeless. Each group of unknowns has its own, and the sum over
who belongs to which part joins them. The shape of survival, common to all groups, is conditioned
on node by node.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from bayesips.engine.quadrature.data import Keyed
from bayesips.engine.quadrature.grid import CHUNK, Grid
from bayesips.engine.quadrature.memberships import (
    Choices,
    Membership,
    alike_arms,
    log_alone,
    others,
    with_ones,
)
from bayesips.engine.quadrature.story import Normal, Rate, Story
from bayesips.errors import NotSettled


@dataclass(frozen=True, eq=False)
class GroupedGrid:
    """One reading of every group, joined by the sum over who belongs where.

    Parameters
    ----------
    story : Story
        The whole.
    grids : list of Grid
        One for each group of unknowns, on common shape nodes.
    rates : list of dict
        From each rate of the whole story to its parts in each group.
    batch : tuple of int
    """

    story: Story
    grids: list[Grid]
    rates: list[dict[Rate, Normal]]
    batch: tuple[int, ...]
    kept: dict[tuple[str, ...], _Sums] = field(default_factory=dict)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(np.prod(self.batch, dtype=int))

    @cached_property
    def observed(self) -> list[Rate]:
        """Rates that arms speak of."""
        return [rate for rate in self.story.rates if rate.observed]

    @cached_property
    def data(self) -> dict[Rate, Keyed]:
        """Unique data of each observed rate, the same in every group that it has parts in."""
        pairs = list(zip(self.grids, self.rates, strict=True))
        return {
            rate: next(grid.data[rates[rate]] for grid, rates in pairs if rate in rates)
            for rate in self.observed
        }

    @property
    def shape_nodes(self) -> tuple[np.ndarray, ...]:
        """Nodes of the shape parameter, or nothing."""
        return self.grids[0].shape_nodes

    @property
    def shape_count(self) -> int:
        """Number of shape nodes, 1 without a shape parameter."""
        return self.grids[0].shape_count

    def chunks(self) -> list[slice]:
        """Slices of cells that fit into memory."""
        length = max(1, CHUNK // max(grid.size * grid.shape_count for grid in self.grids))
        return [slice(i, min(i + length, self.cells)) for i in range(0, self.cells, length)]

    def log_evidence(self) -> np.ndarray:
        """Log marginal likelihood of all arms in each cell."""
        return np.asarray(np.logaddexp.reduce(self.log_shape, axis=0))

    @property
    def log_shape(self) -> np.ndarray:
        """Log of the joint of each shape node and the data; (K, cells)."""
        return self._sums(self.observed).logs

    def weights(self, some: slice, without: Rate | None = None) -> list[np.ndarray]:
        """Posterior weights of each group's points, summing to 1; (cells, K, P).

        `without` a rate: before its own data.
        """
        arms = [rate for rate in self.observed if rate is not without]
        return self._sums(arms).weights(np.arange(self.cells)[some])

    def _sums(self, arms: list[Rate]) -> _Sums:
        """The sum over divisions of some arms."""
        key = tuple(rate.name for rate in arms)
        if key not in self.kept:
            index = [self.data[rate].index for rate in arms]
            choices = Choices(np.array(index, dtype=int).reshape(len(arms), self.cells).T)
            self.kept[key] = _Sums.of(self, arms, choices)
        return self.kept[key]


@dataclass(frozen=True, eq=False)
class _Sums:
    """Sums over the divisions of some arms among a reading's groups."""

    whole: GroupedGrid
    groups: list[Membership]
    log_scale: np.ndarray  # (cells,)

    @property
    def choices(self) -> Choices:
        """Each cell's data set of each arm, the same for all groups."""
        return self.groups[0].choices

    @cached_property
    def logs(self) -> np.ndarray:
        """`log_shape` of every cell, each exchange of alike arms summed once."""
        if any(len(group.log_prior) > 1 for group in self.groups):  # a prior for each cell
            return self.log_shape(np.arange(self.whole.cells))
        choices, place = self.choices.distinct
        groups = [replace(group, choices=choices) for group in self.groups]
        scale = np.empty(len(choices.index))
        scale[place] = self.log_scale
        sums = replace(self, groups=groups, log_scale=scale)
        return sums.log_shape(np.arange(len(scale)))[:, place]

    @classmethod
    def of(cls, whole: GroupedGrid, arms: list[Rate], choices: Choices) -> _Sums:
        """With tables scaled so that an arm by itself has evidence of about 1."""
        priors = [grid.log_mass for grid in whole.grids]
        tables: list[list[np.ndarray]] = [[] for _ in whole.grids]
        scale = np.zeros(whole.cells)
        for place, rate in enumerate(arms):
            found = [
                _log_table(grid, rates.get(rate))
                for grid, rates in zip(whole.grids, whole.rates, strict=True)
            ]
            tops = log_alone(found, priors)
            scale += tops[choices.index[:, place]]
            for own, logs, prior in zip(tables, found, priors, strict=True):
                shape = (whole.shape_count, len(tops), prior.shape[1])
                own.append(with_ones(logs, tops, shape))
        if choices.alike is None:
            choices = replace(choices, alike=alike_arms(tables))
        groups = [Membership(p, t, choices) for p, t in zip(priors, tables, strict=True)]
        return cls(whole, groups, scale)

    def evidence(self, cells: np.ndarray) -> list[np.ndarray]:
        """Of each group, each subset of arms, shape node and cell."""
        shapes = self.whole.shape_count
        found = [group.evidence(cells) for group in self.groups]
        return [np.broadcast_to(z, (len(z), shapes, len(cells))) for z in found]

    def log_shape(self, cells: np.ndarray) -> np.ndarray:
        """Log of the joint of shape node and data.

        Raises
        ------
        NotSettled
            If the numbers leave the range of floating point.
        """
        evidence = self.evidence(cells)
        total = (evidence[0] * others(evidence, 0)[::-1]).sum(axis=0)
        peak = total.max(axis=0)
        if not np.all(np.isfinite(peak) & (peak > 0)):
            raise NotSettled(
                "the arms contradict every part so strongly that their sum leaves the range of "
                "floating point: use engine='nuts'"
            )
        with np.errstate(divide="ignore"):
            return np.log(total) + self._log_shape_prior(cells) + self.log_scale[cells]

    def _log_shape_prior(self, cells: np.ndarray) -> np.ndarray:
        """Log prior mass of the shape nodes; (K, cells or 1)."""
        mass = self.whole.grids[0].log_shape
        return (mass if len(mass) == 1 else mass[cells]).T

    def weights(self, cells: np.ndarray) -> list[np.ndarray]:
        """Posterior weights of each group's points; (cells, K, P)."""
        self.log_shape(cells)  # refuses what cannot be summed
        evidence = self.evidence(cells)
        shape = np.broadcast_to(np.exp(self._log_shape_prior(cells)), evidence[0].shape[1:])
        found = []
        for number, group in enumerate(self.groups):
            rest = others(evidence, number)[::-1] * shape
            rows = [group.weights(int(cell), rest[..., i]) for i, cell in enumerate(cells)]
            found.append(np.stack([row / row.sum() for row in rows]))
        return found


def _log_table(grid: Grid, rate: Normal | None) -> np.ndarray | None:
    """An arm's table as (K, keys, P); None: no part in this group."""
    if rate is None:
        return None
    table = grid.tables[rate]
    full = np.broadcast_to(table, (len(table), *grid.dims))
    return np.swapaxes(full, 0, 1)
