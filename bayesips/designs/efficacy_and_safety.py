"""Efficacy and safety monitored together: Dirichlet-multinomial, exact by forward recursion.

Every patient falls into one of four cells: success or failure, with or without an event. Decisions
look at the two margins (both rates are Beta under a Dirichlet prior); probabilities follow the
cells, so that success and event may go together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.rule import Criterion, Rule
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.distributions import BetaMixture
from bayesips.errors import Refused

CELLS = ("success, event", "success, none", "failure, event", "failure, none")
SUCCESS = np.array([1, 1, 0, 0])
SUM_TO_ONE = 1e-9  # how far from 1 probabilities may sum
EVENT = np.array([1, 0, 1, 0])


@dataclass(frozen=True, eq=False)
class JointDesign:
    """A single-arm trial that stops for too little efficacy or too many events.

    Parameters
    ----------
    looks : sequence of int
        Patients at each look; the last is the whole trial.
    prior : sequence of four numbers
        Dirichlet prior of the cells, in the order of `CELLS`.
    futile, unsafe : Criterion
        On the success rate and on the event rate: each stops the trial, at any look. `futile`
        usually has a lower tail.
    success : Criterion
        On the success rate, at the end; it fails where the last look is unsafe.

    Raises
    ------
    Refused
        If the prior has not four positive numbers.

    References
    ----------
    Thall PF, Simon RM, Estey EH (1995). Bayesian sequential monitoring designs for single-arm
    clinical trials with multiple outcomes. Statistics in Medicine 14:357-379.
    """

    looks: Sequence[int]
    prior: Sequence[float]
    futile: Criterion
    unsafe: Criterion
    success: Criterion

    def __post_init__(self) -> None:
        if len(self.prior) != len(CELLS) or not np.all(np.asarray(self.prior) > 0):
            raise Refused(f"prior is {self.prior!r}; four numbers above 0 are needed")

    @cached_property
    def stops(self) -> tuple[NDArray, ...]:
        """For each look, (successes, events) that stop: bool, shape (n + 1, n + 1)."""
        return tuple(self._stop(n) for n in self.looks)

    @cached_property
    def claims(self) -> NDArray:
        """(successes, events) of the last look that succeed."""
        enough = self._met(self.looks[-1], SUCCESS, self.success)[:, None]
        return enough & ~self.stops[-1]

    def _stop(self, n: int) -> NDArray:
        """One look: futile or unsafe."""
        futile = self._met(n, SUCCESS, self.futile)[:, None]
        return futile | self._met(n, EVENT, self.unsafe)

    def _met(self, n: int, margin: NDArray, criterion: Criterion) -> NDArray:
        """Counts 0..n of a margin at which a criterion on its rate is met."""
        a = float(np.asarray(self.prior) @ margin)
        prior = BetaMixture(1.0, a, float(np.sum(self.prior)) - a)
        return SingleArmDesign(n, prior, Rule(criterion)).decisions()

    def operating(self, cells: ArrayLike) -> JointCharacteristics:
        """Stopping, success and expected size at true cell probabilities.

        Parameters
        ----------
        cells : four numbers that sum to 1
            In the order of `CELLS`.

        Raises
        ------
        Refused
            If they are no probabilities.
        """
        cells = np.asarray(cells, float)
        if cells.shape != (len(CELLS),) or cells.min() < 0 or abs(cells.sum() - 1) > SUM_TO_ONE:
            raise Refused(f"cells are {cells.tolist()}; four probabilities of sum 1 are needed")
        return self._followed(_Fixed(cells), (0, 0, 0, 0))

    def predicted(
        self, counts: Sequence[int] = (0, 0, 0, 0), prior: Sequence[float] | None = None
    ) -> JointCharacteristics:
        """Stopping, success and expected size given cell counts so far, the cells Dirichlet.

        Parameters
        ----------
        counts : four whole numbers
            So far; without them it is the assurance. Looks already passed do not stop.
        prior : four numbers, optional
            Another design prior than the analysis prior.
        """
        alpha = np.asarray(self.prior if prior is None else prior, float)
        return self._followed(_Urn(alpha), tuple(int(each) for each in counts))

    def _followed(self, source: _Fixed | _Urn, counts: tuple[int, ...]) -> JointCharacteristics:
        """Patient by patient over the cell counts, stopping at each look still to come."""
        start, last = sum(counts), self.looks[-1]
        if min(counts) < 0 or start > last:
            raise Refused(f"counts are {counts}; 0 or more, {last} in all at most, are allowed")
        table = np.zeros((last + 1,) * 3)
        table[counts[:3]] = 1.0
        stopped = np.zeros(len(self.looks))
        first, second, third = np.indices(table.shape)
        successes, events = first + second, first + third
        for n in range(start, last + 1):
            if n in self.looks and (n > start or n == last):
                look = list(self.looks).index(n)
                stops = self.stops[look][np.minimum(successes, n), np.minimum(events, n)]
                stopped[look] = table[stops].sum()
                table[stops] = 0.0
            if n < last:
                table = source.next(table, n)
        claims = self.claims[np.minimum(successes, last), np.minimum(events, last)]
        expected = stopped @ np.asarray(self.looks) + table.sum() * last
        return JointCharacteristics(stopped, float(table[claims].sum()), float(expected))


@dataclass(frozen=True, eq=False)
class JointCharacteristics:
    """P(stopping at each look), P(success), expected number of patients."""

    stop: NDArray
    success: float
    expected_n: float


@dataclass(frozen=True, eq=False)
class _Fixed:
    """The next patient's cell has known probabilities."""

    cells: NDArray

    def next(self, table: NDArray, n: int) -> NDArray:
        """Probabilities of the cell counts after one more patient."""
        return _moved([table * cell for cell in self.cells])


@dataclass(frozen=True, eq=False)
class _Urn:
    """The next patient's cell given those before: Polya's urn, which is Dirichlet-multinomial."""

    alpha: NDArray

    def next(self, table: NDArray, n: int) -> NDArray:
        """Probabilities of the cell counts after one more patient."""
        three = np.indices(table.shape)
        counts = [*three, n - three.sum(axis=0)]
        total = self.alpha.sum() + n
        pairs = zip(self.alpha, counts, strict=True)
        return _moved([table * (alpha + count) / total for alpha, count in pairs])


def _moved(parts: list[NDArray]) -> NDArray:
    """Each part with one more patient in its cell; the last cell is not an axis."""
    total = parts[-1].copy()
    for axis, part in enumerate(parts[:-1]):
        ahead = [slice(None)] * part.ndim
        behind = [slice(None)] * part.ndim
        ahead[axis], behind[axis] = slice(1, None), slice(None, -1)
        total[tuple(ahead)] += part[tuple(behind)]
    return total
