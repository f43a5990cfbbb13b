"""Two-stage single-arm designs of Simon (1989), with the admissible ones of Jung et al. (2004)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.binomial import check_size, pmf_table
from bayesips.errors import Refused

FURTHER = 4  # times n_max: how far to look for the nearest design when none is small enough


@dataclass(frozen=True)
class TwoStage:
    """Treat n1; stop if at most r1 succeed; else treat n in all; fail if at most r succeed.

    `weights` is the range of q for which the design minimises q n + (1 - q) expected_n
    (Jung et al. 2004); it is empty, (nan, nan), before designs are compared.
    """

    r1: int
    n1: int
    r: int
    n: int
    expected_n: float
    stop_probability: float
    type1: float
    power: float
    weights: tuple[float, float] = (float("nan"), float("nan"))

    def reject_probability(self, rate: ArrayLike) -> NDArray:
        """P(more than r successes, not stopped) at true rates of any shape."""
        return _reject(self.n1, self.n, np.asarray(rate, float))[..., self.r1, self.r]

    def stop_probability_at(self, rate: ArrayLike) -> NDArray:
        """P(stopping after the first stage) at true rates of any shape."""
        return pmf_table(self.n1, rate)[..., : self.r1 + 1].sum(axis=-1)

    def expected_n_at(self, rate: ArrayLike) -> NDArray:
        """Expected number of patients at true rates of any shape."""
        return self.n1 + (1 - self.stop_probability_at(rate)) * (self.n - self.n1)


@dataclass(frozen=True)
class SimonDesigns:
    """The optimal, the minimax, and all admissible designs (from minimax to optimal)."""

    optimal: TwoStage
    minimax: TwoStage
    admissible: tuple[TwoStage, ...]


@dataclass(frozen=True)
class _Search:
    """What is asked for."""

    p0: float
    p1: float
    alpha: float
    beta: float


def simon(p0: float, p1: float, alpha: float, beta: float, n_max: int = 100) -> SimonDesigns:
    """Simon's two-stage designs by complete search.

    Parameters
    ----------
    p0, p1 : float
        Uninteresting and interesting success rates, p0 < p1.
    alpha, beta : float
        Largest type I error at p0 and type II error at p1.
    n_max : int
        Largest total number of patients.

    Returns
    -------
    SimonDesigns
        `expected_n` and `stop_probability` are at p0.

    Raises
    ------
    Refused
        If the rates or errors make no sense, or no design is that small; the message then names
        the smallest that meets the errors.

    References
    ----------
    Simon R (1989). Optimal two-stage designs for phase II clinical trials. Controlled Clinical
    Trials 10:1-10. Jung SH et al. (2004). Admissible two-stage designs for phase II cancer
    clinical trials. Statistics in Medicine 23:561-569.
    """
    search = _checked(p0, p1, alpha, beta, n_max)
    best = list(_record_designs(search, 2, n_max))
    if not best:
        raise Refused(_nearest(search, n_max))
    front = _lower_hull(best)
    return SimonDesigns(front[-1], front[0], tuple(front))


def _checked(p0: float, p1: float, alpha: float, beta: float, n_max: int) -> _Search:
    """Refuse rates and errors that make no sense."""
    if not 0 < p0 < p1 < 1:
        raise Refused(f"p0 is {p0} and p1 is {p1}; allowed are 0 < p0 < p1 < 1")
    if not (0 < alpha < 1 and 0 < beta < 1):
        raise Refused(f"alpha is {alpha} and beta is {beta}; allowed are 0 to 1, exclusive")
    check_size(n_max, "n_max", 2)
    return _Search(p0, p1, alpha, beta)


def _nearest(search: _Search, n_max: int) -> str:
    """The message when no design is small enough."""
    asked = (
        f"no two-stage design with n <= {n_max} has type I error <= {search.alpha} at "
        f"{search.p0} and power >= {1 - search.beta} at {search.p1}"
    )
    found = next(_record_designs(search, n_max + 1, FURTHER * n_max), None)
    if found is None:
        return f"{asked}; nor has any with n <= {FURTHER * n_max}"
    return f"{asked}; the nearest has n = {found.n} (r1/n1 = {found.r1}/{found.n1}, r = {found.r})"


def _record_designs(search: _Search, smallest: int, largest: int) -> Iterator[TwoStage]:
    """For n rising, the best design of that n where it beats the expected size of all smaller n."""
    record = np.inf
    for n in range(smallest, largest + 1):
        if _could_exist(search, n):
            found = _best_of_size(search, n, record)
            if found is not None:
                record = found.expected_n
                yield found


def _could_exist(search: _Search, n: int) -> bool:
    """Whether a randomised one-stage test of n patients would do: the Neyman-Pearson bound."""
    null, alternative = _upper(n, search.p0), _upper(n, search.p1)
    last = np.flatnonzero(alternative >= 1 - search.beta)[-1]
    share = (alternative[last] - (1 - search.beta)) / (alternative[last] - alternative[last + 1])
    return bool((1 - share) * null[last] + share * null[last + 1] <= search.alpha)


def _best_of_size(search: _Search, n: int, record: float) -> TwoStage | None:
    """The design of n patients with the least expected size, if below the record."""
    best = None
    for n1 in range(1, min(n, int(min(record, n)) + 1)):
        stop = 1 - _upper(n1, search.p0)[1:]
        expected = n1 + (1 - stop) * (n - n1)
        open_first = _upper(n1, search.p1)[1:] >= 1 - search.beta
        candidates = np.flatnonzero(open_first & (expected < record))
        if candidates.size:
            found = _feasible(search, n1, n, candidates)
            if found is not None:
                r1, r, type1, power = found
                record = float(expected[r1])
                best = TwoStage(r1, n1, r, n, record, float(stop[r1]), type1, power)
    return best


def _feasible(
    search: _Search, n1: int, n: int, candidates: NDArray
) -> tuple[int, int, float, float] | None:
    """The largest r1 (least expected size) that meets both errors with some r, and least r."""
    type1, power = _reject(n1, n, np.array([search.p0, search.p1]))[:, candidates]
    met = (type1 <= search.alpha) & (power >= 1 - search.beta)
    met &= np.arange(n + 1) >= candidates[:, None]
    rows = np.flatnonzero(met.any(axis=1))
    if not rows.size:
        return None
    row = rows[-1]
    r = int(np.argmax(met[row]))
    return int(candidates[row]), r, float(type1[row, r]), float(power[row, r])


def _reject(n1: int, n: int, rate: NDArray) -> NDArray:
    """P(X1 > r1 and X > r) for r1 = 0..n1 and r = 0..n, shape (*rate.shape, n1 + 1, n + 1)."""
    tables = [_reject_at(n1, n, float(each)) for each in rate.ravel()]
    return np.reshape(tables, (*rate.shape, n1 + 1, n + 1))


def _reject_at(n1: int, n: int, rate: float) -> NDArray:
    """P(X1 > r1 and X > r) at one rate: sum over x1 > r1 of P(X1 = x1) P(X2 > r - x1)."""
    further = np.arange(n + 1) - np.arange(n1 + 1)[:, None]
    above = _upper(n - n1, rate)[np.clip(further + 1, 0, n - n1 + 1)]
    terms = _pmf(n1, rate)[:, None] * above
    sums = np.cumsum(terms[::-1], axis=0)[::-1]
    return np.concatenate([sums[1:], np.zeros((1, n + 1))])


@lru_cache(maxsize=4096)
def _pmf(n: int, rate: float) -> NDArray:
    """P(X = x) for x = 0..n."""
    return pmf_table(n, rate)


@lru_cache(maxsize=4096)
def _upper(n: int, rate: float) -> NDArray:
    """P(X >= k) for k = 0..n + 1."""
    upper = np.concatenate([np.cumsum(_pmf(n, rate)[::-1])[::-1], [0.0]])
    upper[0] = 1.0
    return upper


def _lower_hull(designs: Sequence[TwoStage]) -> list[TwoStage]:
    """Designs that minimise q n + (1 - q) expected_n for some q, with their ranges of q."""
    hull: list[TwoStage] = []
    for design in designs:
        while len(hull) > 1 and _break(hull[-2], hull[-1]) <= _break(hull[-1], design):
            hull.pop()
        hull.append(design)
    breaks = [1.0, *(_break(*pair) for pair in pairwise(hull)), 0.0]
    return [
        replace(design, weights=(low, high))
        for design, high, low in zip(hull, breaks, breaks[1:], strict=False)
    ]


def _break(smaller: TwoStage, larger: TwoStage) -> float:
    """The q at which two designs are equally good."""
    saved = smaller.expected_n - larger.expected_n
    return saved / (saved + larger.n - smaller.n)
