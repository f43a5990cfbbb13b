"""A distribution of a count among n, held as a table of log probabilities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

LOG_ZERO = -np.inf


@dataclass(frozen=True, eq=False)
class CountTable:
    """Probabilities of 0..n successes, in logs, batch axes first.

    Parameters
    ----------
    log_probabilities : array
        Shape (*batch, n + 1).
    """

    log_probabilities: np.ndarray

    @property
    def n(self) -> int:
        """Number of patients."""
        return self.log_probabilities.shape[-1] - 1

    def logpmf(self, successes: ArrayLike) -> np.ndarray:
        """Log probability of a count; shape broadcasts with the batch."""
        return self._look_up(self.log_probabilities, successes, below=LOG_ZERO, above=LOG_ZERO)

    def pmf(self, successes: ArrayLike) -> np.ndarray:
        """Probability of a count."""
        return np.exp(self.logpmf(successes))

    def logcdf(self, successes: ArrayLike) -> np.ndarray:
        """Log of P(count <= successes)."""
        sums = np.minimum(np.logaddexp.accumulate(self.log_probabilities, axis=-1), 0.0)
        return self._look_up(sums, np.floor(successes), below=LOG_ZERO, above=0.0)

    def logsf(self, successes: ArrayLike) -> np.ndarray:
        """Log of P(count > successes), summed from the top so that the tail keeps its digits."""
        flipped = np.logaddexp.accumulate(self.log_probabilities[..., ::-1], axis=-1)
        at_least = np.minimum(flipped[..., ::-1], 0.0)
        return self._look_up(at_least, np.floor(successes) + 1, below=0.0, above=LOG_ZERO)

    def cdf(self, successes: ArrayLike) -> np.ndarray:
        """P(count <= successes)."""
        return np.exp(self.logcdf(successes))

    def sf(self, successes: ArrayLike) -> np.ndarray:
        """P(count > successes)."""
        return np.exp(self.logsf(successes))

    def ppf(self, q: ArrayLike) -> np.ndarray:
        """Smallest count whose cdf reaches q; NaN outside [0, 1]."""
        q = np.asarray(q, dtype=float)
        inside = (q >= 0) & (q <= 1)
        sums = np.exp(np.logaddexp.accumulate(self.log_probabilities, axis=-1))
        below = sums < (q * (1 - 1e-14))[..., None]  # rounding of the sum
        found = np.minimum(below.sum(axis=-1), self.n)
        return found if np.all(inside) else np.where(inside, found, np.nan)

    def mean(self) -> np.ndarray:
        """Expected count."""
        return np.exp(self.log_probabilities) @ np.arange(self.n + 1.0)

    def std(self) -> np.ndarray:
        """Standard deviation of the count."""
        away = np.arange(self.n + 1.0) - np.asarray(self.mean())[..., None]
        return np.sqrt(np.sum(np.exp(self.log_probabilities) * away**2, axis=-1))

    def rvs(
        self, size: int | tuple[int, ...] | None = None, *, rng: int | np.random.Generator
    ) -> np.ndarray:
        """Draw counts."""
        return self.ppf(np.random.default_rng(rng).random(size))

    def _look_up(self, table: np.ndarray, at: ArrayLike, below: float, above: float) -> np.ndarray:
        """Entries of a table at whole numbers, with its values outside 0..n."""
        at = np.asarray(at, dtype=float)
        index = np.clip(at, 0, self.n).astype(int)
        batch = table.shape[:-1]
        if batch:
            shape = np.broadcast_shapes(batch, at.shape)
            table = np.broadcast_to(table, (*shape, self.n + 1))
            index = np.broadcast_to(index, shape)
            found = np.take_along_axis(table, index[..., None], axis=-1)[..., 0]
        else:
            found = table[index]
        found = np.where(at < 0, below, np.where(at > self.n, above, found))
        whole = at == np.floor(at)
        return np.where(whole, found, LOG_ZERO)


def log_binomial_table(n: int, log_rate: np.ndarray, log_miss: np.ndarray) -> np.ndarray:
    """Log Binomial pmf of 0..n at each rate, shape (n + 1, *rates)."""
    r = np.arange(n + 1.0).reshape(-1, *([1] * np.ndim(log_rate)))
    choices = special.gammaln(n + 1) - special.gammaln(r + 1) - special.gammaln(n - r + 1)
    return choices + r * log_rate + (n - r) * log_miss
