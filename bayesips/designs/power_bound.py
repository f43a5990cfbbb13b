"""The largest power that any test can have at its level: where a search for a size begins."""

from __future__ import annotations

import numpy as np

from bayesips.designs.binomial import pmf_table


def largest_power(
    n: tuple[int, ...], alternative: tuple[float, ...], null: tuple[float, ...], alpha: float
) -> float:
    """P(reject | alternative) of the most powerful test of one null point (Neyman & Pearson 1933).

    A test, of one look or of several, that keeps its error over a null region keeps it at each of
    its points, so that none has more power.

    Parameters
    ----------
    n : tuple of int
        Patients of each arm.
    alternative, null : tuple of float
        True rates of the arms.
    alpha : float
        Type I error, reached exactly by a chance decision at the last outcome.
    """
    under_null, wanted = (_outcomes(n, rates) for rates in (null, alternative))
    order = np.argsort(-(wanted / np.maximum(under_null, np.finfo(float).tiny)), kind="stable")
    spent = np.cumsum(under_null[order])
    gained = np.cumsum(wanted[order])
    return float(np.interp(alpha, np.append(0.0, spent), np.append(0.0, gained)))


def _outcomes(n: tuple[int, ...], rates: tuple[float, ...]) -> np.ndarray:
    """Probability of every outcome, flat."""
    total = np.ones(1)
    for size, rate in zip(n, rates, strict=True):
        total = np.outer(total, pmf_table(size, rate)).ravel()
    return total
