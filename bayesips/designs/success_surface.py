"""P(success) as a polynomial in the two true rates: value, slopes, and bounds of its curvature."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from bayesips.designs.binomial import pmf_rows

FALL = 1e-12  # of P(success) from one count to the next that is only rounding: no more than n of it
LARGEST_KEPT = 2**17  # numbers of a table: a search begins with the same cells for every design


@dataclass(frozen=True, eq=False)
class SuccessSurface:
    """W(p_T, p_C) = sum over outcomes of success[y_T, y_C] b(y_T; p_T) b(y_C; p_C).

    `success` has shape (n_treated + 1, n_control + 1), entries in [0, 1].
    """

    success: NDArray

    @property
    def grows_with_treated(self) -> bool:
        """Whether more treated successes never hurt; then W grows with the treated rate."""
        return bool(np.all(np.diff(self.success, axis=0) >= -FALL))

    @cached_property
    def _differences(self) -> dict[tuple[int, int], NDArray]:
        """Coefficients of the derivative of order (i, j): forward differences, scaled."""
        return {order: self._difference(*order) for order in _ORDERS}

    def _difference(self, i: int, j: int) -> NDArray:
        """n_T! / (n_T - i)! n_C! / (n_C - j)! times the differences of order (i, j)."""
        n_treated, n_control = (size - 1 for size in self.success.shape)
        if n_treated < i or n_control < j:
            return np.zeros((max(n_treated - i, 0) + 1, max(n_control - j, 0) + 1))
        factor = float(np.prod([n_treated - k for k in range(i)]))
        factor *= float(np.prod([n_control - k for k in range(j)]))
        return factor * np.diff(np.diff(self.success, n=i, axis=0), n=j, axis=1)

    def derivative(self, order: tuple[int, int], treated: NDArray, control: NDArray) -> NDArray:
        """The derivative of that order at pairs of rates, shape (Q,)."""
        table = self._differences[order]
        if not table.any():
            return np.zeros(len(treated))
        first = _rows(table.shape[0] - 1, treated)
        second = _rows(table.shape[1] - 1, control)
        return ((first @ table) * second).sum(axis=-1)

    def largest(
        self,
        order: tuple[int, int],
        treated: tuple[NDArray, NDArray],
        control: tuple[NDArray, NDArray],
    ) -> NDArray:
        """An upper bound of |derivative| over boxes of rates (low, high), shape (Q,)."""
        table = np.abs(self._differences[order])
        if not table.any():
            return np.zeros(len(treated[0]))
        first = _largest_pmf(table.shape[0] - 1, *treated)
        second = _largest_pmf(table.shape[1] - 1, *control)
        return np.minimum(((first @ table) * second).sum(axis=-1), table.max())


_ORDERS = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))


def _largest_pmf(n: int, low: NDArray, high: NDArray) -> NDArray:
    """Largest b(y; n, p) for p in a range, shape (Q, n + 1): where p is nearest to y / n."""
    peak = np.arange(n + 1) / max(n, 1)
    at_end = np.where(peak < low[:, None], _rows(n, low), _rows(n, high))
    inside = (peak >= low[:, None]) & (peak <= high[:, None])
    return np.where(inside, _at_peak(n), at_end)


def _rows(n: int, rate: NDArray) -> NDArray:
    """Binomial probabilities, shape (Q, n + 1); tables of few cells are kept for other designs."""
    if rate.size * (n + 1) > LARGEST_KEPT:
        return pmf_rows(n, rate)
    return _kept_rows(n, rate.tobytes())


@lru_cache(maxsize=32)
def _kept_rows(n: int, rate: bytes) -> NDArray:
    """Binomial probabilities at rates given as bytes, read-only."""
    table = pmf_rows(n, np.frombuffer(rate))
    table.setflags(write=False)
    return table


@lru_cache(maxsize=256)
def _at_peak(n: int) -> NDArray:
    """b(y; n, y / n) for y = 0..n."""
    return pmf_rows(n, np.arange(n + 1) / max(n, 1)).diagonal()
