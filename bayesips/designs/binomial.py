"""Binomial and hypergeometric probability tables, without scipy.stats."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

from bayesips.errors import Refused

LOWEST_LOG = -745.0  # of the smallest positive double
LARGEST_RECURSION = 1000  # beyond it 2^-n underflows and C(n, n/2) overflows


@lru_cache(maxsize=512)
def log_choose(n: int) -> NDArray:
    """Log of the number of subsets of n patients with y members, y = 0..n; read-only."""
    successes = np.arange(n + 1)
    table = gammaln(n + 1) - gammaln(successes + 1) - gammaln(n - successes + 1)
    table.setflags(write=False)
    return table


def pmf_table(n: int, rate: ArrayLike) -> NDArray:
    """P(y successes among n | rate) for y = 0..n.

    Parameters
    ----------
    n : int
        Patients.
    rate : array_like, shape (...,)
        True rates in [0, 1].

    Returns
    -------
    ndarray, shape (..., n + 1)

    Raises
    ------
    Refused
        If a rate lies outside [0, 1].
    """
    rate = check_rate(rate)
    table = pmf_rows(n, rate.ravel())
    return table.reshape(*rate.shape, n + 1)


def pmf_rows(n: int, rate: NDArray) -> NDArray:
    """P(y successes among n | rate), shape (Q, n + 1), for checked rates of shape (Q,)."""
    successes = np.arange(n + 1)
    with np.errstate(divide="ignore"):
        logs = np.maximum([np.log(rate), np.log1p(-rate)], LOWEST_LOG)
    of_rates = np.stack([*logs, np.ones_like(rate)], axis=1)
    table = of_rates @ np.stack([successes, n - successes, log_choose(n)])
    np.exp(table, out=table)
    table[rate == 0, 1:] = 0.0  # where a log was not finite
    table[rate == 1, :-1] = 0.0
    return table


def expectation(values: NDArray, rate: ArrayLike) -> NDArray:
    """E[values[Y]] for Y ~ Binomial(n, rate), values of length n + 1; any shape of rates.

    The sum over y of values[y] C(n, y) p^y q^(n - y), in blocks of about the square root of its
    length: one matrix product, then one sum. For values of one sign nothing cancels.
    """
    rate, n = check_rate(rate), len(values) - 1
    if n > LARGEST_RECURSION:
        return pmf_table(n, rate) @ values
    p, weighted = rate.ravel(), _choose(n) * values
    q, width = 1 - p, math.isqrt(n) + 1
    blocks, rest = divmod(n + 1, width)
    inner = _powers(p, q, width)
    p_block, q_block = inner[-1] * p, inner[0] * q
    outer = _powers(p_block, q_block, blocks)
    parts = weighted[: n + 1 - rest].reshape(blocks, width) @ inner
    total = np.einsum("bq,bq->q", parts, outer)
    if rest:
        last = _powers(p, q, rest)
        total = total * last[0] * q + weighted[n + 1 - rest :] @ last * outer[-1] * p_block
    return total.reshape(rate.shape)


def _powers(p: NDArray, q: NDArray, count: int) -> NDArray:
    """p^k q^(count - 1 - k) for k = 0..count - 1, shape (count, Q)."""
    table = np.ones((count, len(p)))
    for k in range(1, count):
        np.multiply(table[k - 1], p, out=table[k])
    power = np.ones_like(q)
    for k in range(count - 2, -1, -1):
        power *= q
        table[k] *= power
    return table


@lru_cache(maxsize=512)
def _choose(n: int) -> NDArray:
    """C(n, y) for y = 0..n, to rounding; read-only."""
    table = np.exp(log_choose(n))
    table.setflags(write=False)
    return table


def pair_expectation(values: NDArray, rate_treated: ArrayLike, rate_control: ArrayLike) -> NDArray:
    """E[values[Y_treated, Y_control]] of two independent binomial counts.

    Parameters
    ----------
    values : ndarray, shape (n_treated + 1, n_control + 1)
    rate_treated, rate_control : array_like
        Broadcast against each other; a grid costs two matrix products.

    Returns
    -------
    ndarray, the broadcast shape
    """
    treated, control = check_rate(rate_treated), check_rate(rate_control)
    shape = np.broadcast_shapes(treated.shape, control.shape)
    n_treated, n_control = (size - 1 for size in values.shape)
    if math.prod(shape) == treated.size * control.size:
        first, second = pmf_table(n_treated, treated.ravel()), pmf_table(n_control, control.ravel())
        return _on_grid(first @ values.astype(float) @ second.T, treated, control, shape)
    first, second = pmf_table(n_treated, treated), pmf_table(n_control, control)
    return np.asarray(((first @ values.astype(float)) * second).sum(axis=-1))


def _on_grid(grid: NDArray, treated: NDArray, control: NDArray, shape: tuple[int, ...]) -> NDArray:
    """A table (treated.size, control.size) laid out as the broadcast of the two."""
    aligned = [(1,) * (len(shape) - each.ndim) + each.shape for each in (treated, control)]
    order = np.arange(2 * len(shape)).reshape(2, -1).T.ravel()
    return grid.reshape(aligned[0] + aligned[1]).transpose(order.tolist()).reshape(shape)


def table_expectation(values: NDArray, *rates: ArrayLike) -> NDArray:
    """E[values[Y]] of the outcome of one arm or of two, at one rate for each arm."""
    return (expectation if values.ndim == 1 else pair_expectation)(values, *rates)


def hypergeometric_table(drawn: int, n: int) -> NDArray:
    """P(y among the first `drawn` | z among all n): shape (n + 1, drawn + 1), rows sum to 1."""
    all_successes = np.arange(n + 1)[:, None]
    first = np.arange(drawn + 1)
    later = all_successes - first
    possible = (later >= 0) & (later <= n - drawn)
    log_later = log_choose(n - drawn)[np.clip(later, 0, n - drawn)]
    log_table = log_choose(drawn) + log_later - log_choose(n)[:, None]
    return np.where(possible, np.exp(log_table), 0.0)


def check_rate(rate: ArrayLike) -> NDArray:
    """Rates as an array of floats, refused outside [0, 1]."""
    array = np.asarray(rate, dtype=float)
    if not np.all((array >= 0) & (array <= 1)):
        raise Refused(f"a rate is {rate!r}; allowed are 0 to 1")
    return array


def check_level(alpha: float) -> None:
    """Refuse a level outside (0, 1)."""
    if not 0 < alpha < 1:
        raise Refused(f"alpha is {alpha}; allowed are 0 to 1, exclusive")


def check_size(n: int, name: str, least: int) -> None:
    """Refuse a number of patients that is not a whole number of at least `least`."""
    if isinstance(n, bool) or not isinstance(n, int | np.integer) or n < least:
        raise Refused(f"{name} is {n!r}; it must be a whole number, {least} or more")
