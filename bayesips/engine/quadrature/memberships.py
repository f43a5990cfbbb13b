"""Who belongs to which part: sums over all divisions of the arms among groups of unknowns.

Given its part, an arm speaks only of that part's own unknowns. So the sum over divisions of
products over arms needs, for each group g and each subset S of arms, only
Z_g(S) = integral of prior_g(x) prod_{j in S} A_gj(x), on the group's own small grid. Subsets are
bit masks; all terms are positive, so nothing cancels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayesips.distributions.mathematics import NUMPY
from bayesips.engine.quadrature.data import unique_rows

# Numbers held at once.
MOST = 20_000_000


@dataclass(frozen=True, eq=False)
class Choices:
    """Which data set of each arm every cell has.

    Parameters
    ----------
    index : array of int, shape (cells, J)
    alike : array of int, shape (J,), or None
        Arms of one number have the same data sets, which say the same of every group's unknowns:
        it does not matter which of them has which. None: not known yet.
    """

    index: np.ndarray
    alike: np.ndarray | None = None

    @property
    def halves(self) -> tuple[slice, slice]:
        """The arms in two halves, so that subsets are pairs and sums matrix products."""
        middle = self.index.shape[1] // 2
        return slice(0, middle), slice(middle, None)

    def sides(self, cells: np.ndarray) -> Sequence[tuple[np.ndarray, np.ndarray]]:
        """For each half, the choices of some cells and subsets; see `_rows_of`."""
        if len(cells) == len(self.index):
            return self._whole
        return [_rows_of(self.index[cells, half], self._alike[half]) for half in self.halves]

    @cached_property
    def _whole(self) -> list[tuple[np.ndarray, np.ndarray]]:
        return [_rows_of(self.index[:, half], self._alike[half]) for half in self.halves]

    @property
    def _alike(self) -> np.ndarray:
        """The same, every arm by itself where it is not known."""
        return np.arange(self.index.shape[1]) if self.alike is None else self.alike

    @cached_property
    def distinct(self) -> tuple[Choices, np.ndarray]:
        """Distinct cells up to a permutation of identical arms, and which of them each cell is."""
        index, place = unique_rows(_in_order(self.index, self._alike))
        return replace(self, index=index), place


@dataclass(frozen=True, eq=False)
class Membership:
    """One group of unknowns on its grid, and what each arm says if it belongs to it.

    Parameters
    ----------
    log_prior : array, shape (rows, N)
        Log prior mass of the grid points; one row, or one for each cell of the batch.
    tables : list of array, each (K, keys + 1, N)
        For each arm, its likelihood at K shape nodes and N grid points for each of its data sets;
        0 where the arm cannot belong to the group. The last row, of ones, stands for an arm that
        belongs elsewhere.
    choices : Choices
        Each cell's data set of each arm.
    """

    log_prior: np.ndarray
    tables: list[np.ndarray]
    choices: Choices

    def evidence(self, cells: np.ndarray) -> np.ndarray:
        """Z(S) for each subset of arms, shape node and cell; (2^J, K, cells)."""
        if len(self.log_prior) > 1 and len(cells) > 1:  # a prior for each cell
            return np.concatenate([self.evidence(cells[i : i + 1]) for i in range(len(cells))], -1)
        (rows, place), (rows_2, place_2) = self.choices.sides(cells)
        shapes, points = self.tables[0].shape[0] if self.tables else 1, self.log_prior.shape[1]
        if shapes * len(rows) * len(rows_2) > MOST and len(cells) > 1:
            parts = np.array_split(cells, 2)
            return np.concatenate([self.evidence(part) for part in parts], axis=-1)
        prior = np.exp(self.log_prior[cells[0] if len(self.log_prior) > 1 else 0])
        total = np.zeros((shapes, len(rows), len(rows_2)))
        block = max(1, MOST // (2 * shapes * (len(rows) + len(rows_2))))
        for start in range(0, points, block):
            some = slice(start, start + block)
            left = self._products(0, rows, some, shapes) * prior[some]
            total += left @ np.swapaxes(self._products(1, rows_2, some, shapes), 1, 2)
        codes = place * len(rows_2) + place_2[:, None, :]
        found = np.take(total.reshape(shapes, -1), codes.reshape(-1, len(cells)), axis=1)
        return np.swapaxes(found, 0, 1)

    def _products(self, side: int, rows: np.ndarray, some: slice, shapes: int) -> np.ndarray:
        """Products over the arms of one half for each choice of data sets; (K, rows, points)."""
        total = np.ones((shapes, len(rows), self.log_prior[0, some].size))
        for table, keys in zip(self.tables[self.choices.halves[side]], rows.T, strict=True):
            total *= table[:, keys, some]
        return total

    def weights(self, cell: int, rest: np.ndarray) -> np.ndarray:
        """Posterior weight of the grid points in a cell, unnormalised; (K, N).

        `rest` (2^J, K): what the other groups say of the arms outside each subset.
        """
        prior = np.exp(self.log_prior[cell if len(self.log_prior) > 1 else 0])
        index = self.choices.index[cell]
        shapes = rest.shape[1]
        total = np.empty((shapes, len(prior)))
        for k in range(shapes):
            rows = [table[k, key] for table, key in zip(self.tables, index, strict=True)]
            left, right = (_subset_products(rows[h], prior.size) for h in self.choices.halves)
            outside = rest[:, k].reshape(len(right), len(left))
            total[k] = np.einsum("sn,sn->n", left, outside.T @ right) * prior
        return total


def log_alone(found: list[np.ndarray | None], priors: list[np.ndarray]) -> np.ndarray:
    """Log evidence of each of an arm's data sets by itself, the largest over groups and shapes."""
    tops = [
        NUMPY.logsumexp(logs + prior[0]).max(axis=0)
        for logs, prior in zip(found, priors, strict=True)
        if logs is not None
    ]
    return np.asarray(np.max(tops, axis=0))


def with_ones(logs: np.ndarray | None, tops: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The scaled table (0 without one), and a row of ones for an arm that belongs elsewhere."""
    table = np.zeros(shape) if logs is None else np.exp(logs - tops[:, None])
    return np.concatenate([table, np.ones_like(table[:, :1])], axis=1)


def alike_arms(tables: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """A number for each arm, the same where every group has the same table of them; (J,)."""
    arms = len(tables[0])
    found = np.arange(arms)
    for later in range(1, arms):
        same = (
            earlier
            for earlier in range(later)
            if all(np.array_equal(group[earlier], group[later]) for group in tables)
        )
        found[later] = found[next(same, later)]
    return found


def _in_order(chosen: np.ndarray, alike: np.ndarray) -> np.ndarray:
    """Choices (..., arms) with those of alike arms in order."""
    ordered = chosen.copy()
    for number in np.unique(alike):
        members = np.flatnonzero(alike == number)
        if len(members) > 1:
            ordered[..., members] = np.sort(chosen[..., members], axis=-1)
    return ordered


def _rows_of(index: np.ndarray, alike: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Choices of data sets among all cells and subsets, and which each (subset, cell) makes.

    `index` (cells, arms); rows (R, arms), -1 for an arm outside the subset; places (2^arms, cells).
    """
    cells, arms = index.shape
    subsets = (np.arange(2**arms)[:, None] >> np.arange(arms)) & 1 == 1
    chosen = _in_order(np.where(subsets[:, None, :], index, -1), alike)
    rows, place = unique_rows(chosen.reshape(2**arms * cells, arms))
    return rows, place.reshape(-1, cells)


def _subset_products(rows: Sequence[np.ndarray], points: int) -> np.ndarray:
    """Products over each subset of rows, by bit mask; (2^rows, points)."""
    total = np.ones((1, points))
    for row in rows:
        total = np.concatenate([total, total * row])
    return total


def convolved(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Sum over divisions of each subset in two, the one part to `first`, the other to `second`."""
    total = np.zeros(np.broadcast_shapes(first.shape, second.shape))
    every = np.arange(len(first))
    for taken in range(len(first)):
        left = every[(every & taken) == 0]
        total[left | taken] += first[taken] * second[left]
    return total


def others(evidence: Sequence[np.ndarray], group: int) -> np.ndarray:
    """What all groups but one say of each subset of arms, summed over its divisions among them."""
    total = np.zeros(evidence[group].shape)
    total[0] = 1.0
    for number, each in enumerate(evidence):
        if number != group:
            total = convolved(total, each)
    return total
