"""Likelihoods smoothed by a Normal: L(c, s) = E[likelihood(c + s Z)], exact for every s.

On an even grid the smoothing is a product in Fourier space: no step appears where s is small,
and no node is lost where it is large. Grid steps are chosen below the band limit of everything
that is smoothed. A likelihood that tends to a constant at an end (nobody, or everybody, survived)
is split into a smooth step, whose smoothing is known, and a remainder that decays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import fft, special

# Wrap-around of the periodic grid is kept this many standard deviations away.
REACH = 8.6
# Below this part of a likelihood's peak the Fourier sum may have too few digits; see `depth`.
DIGITS = 1e-6
# Where s exceeds this many grid steps, a plain positive sum over the grid is exact.
RESOLVED_STEPS = 2.3
# Ends below this part of the peak are nothing.
ENDLESS = 1e-17
HERMITE_Z, HERMITE_W = np.polynomial.hermite_e.hermegauss(31)
HERMITE_LOG_W = np.log(HERMITE_W / HERMITE_W.sum())


@dataclass(frozen=True)
class Grid:
    """Evenly spaced link-scale points."""

    start: float
    step: float
    size: int

    @property
    def nodes(self) -> np.ndarray:
        """The points."""
        return self.start + self.step * np.arange(self.size)


@dataclass(frozen=True, eq=False)
class Smoother:
    """Smooths rows of likelihoods tabulated on a grid.

    Parameters
    ----------
    grid : Grid
        Covers the range on which the likelihoods change, and the centres asked for.
    log_values : array, shape (rows, grid.size)
        Log likelihoods there.
    exact : callable
        (row, eta) -> log likelihood at any eta, for deep tails with small s.
    widest : float
        Largest s for which the periodic grid is long enough; above it a coarser sum is used.
    """

    grid: Grid
    log_values: np.ndarray
    exact: Callable[[int, np.ndarray], np.ndarray]
    widest: float

    def table(self, first: int, count: int, spreads: np.ndarray) -> np.ndarray:
        """Log L at `count` grid points from index `first`, for each spread.

        Shape (rows, spreads, count). Values far below a row's peak lose digits (see `depth`), and
        below 1e-14 of it they are an upper bound.
        """
        peak = self.log_values.max(axis=-1, keepdims=True)
        values = np.exp(self.log_values - peak)
        enough = replace(self, widest=min(self.widest, float(spreads.max(initial=0.0))))
        smooth = enough._smoothed(values, first, count, spreads)
        with np.errstate(divide="ignore"):
            return np.log(np.maximum(smooth, 1e-14)) + peak[:, None]

    def depth(self, table: np.ndarray) -> np.ndarray:
        """How far entries of a table lie below their row's peak, 0 while they have their digits."""
        below = table - self.log_values.max(axis=-1)[:, None, None]
        return np.where(below < np.log(DIGITS), below, 0.0)

    def _smoothed(
        self, values: np.ndarray, first: int, count: int, spreads: np.ndarray
    ) -> np.ndarray:
        """L / peak by Fourier sums, steps at the ends taken apart."""
        grid = self.grid
        width = max(1.0, 4 * grid.step)
        middle = grid.start + grid.step * grid.size / 2
        ends = values[:, [0, -1]]
        if not np.any(ends > ENDLESS):
            return self._convolved(values, first, count, spreads)
        falls = special.ndtr(-(grid.nodes - middle) / width)
        remainder = values - ends[:, :1] * falls - ends[:, 1:] * (1 - falls)
        centres = grid.start + grid.step * (first + np.arange(count))
        total = np.sqrt(width**2 + spreads**2)[:, None]
        fall = special.ndtr(-(centres - middle) / total)
        steps = ends[:, :1, None] * fall + ends[:, 1:, None] * (1 - fall)
        return steps + self._convolved(remainder, first, count, spreads)

    def _convolved(
        self, remainder: np.ndarray, first: int, count: int, spreads: np.ndarray
    ) -> np.ndarray:
        """A decaying function smoothed: Fourier for narrow spreads, a coarse sum for wide ones."""
        result = np.empty((len(remainder), len(spreads), count))
        wide = spreads > self.widest
        # a shorter period is enough for most spreads
        short = spreads <= self.widest / 4
        for some, reach in ((short, self.widest / 4), (~short & ~wide, self.widest)):
            if some.any():
                self._fourier(remainder, first, spreads, some, reach, result)
        if wide.any():
            self._coarsely(remainder, first, spreads, wide, result)
        return result

    def _period(self, reach: float) -> tuple[int, np.ndarray]:
        """Length of a period in which spreads up to `reach` do not wrap; its frequencies."""
        grid = self.grid
        length = fft.next_fast_len(grid.size + int(np.ceil(REACH * reach / grid.step)), real=True)
        return length, 2 * np.pi * fft.rfftfreq(length, grid.step)

    def _fourier(
        self,
        remainder: np.ndarray,
        first: int,
        spreads: np.ndarray,
        some: np.ndarray,
        reach: float,
        result: np.ndarray,
    ) -> None:
        """Fill the rows of some spreads by a product in Fourier space."""
        length, frequency = self._period(reach)
        spectrum = fft.rfft(remainder, length)
        kernel = np.exp(-0.5 * (frequency * spreads[some, None]) ** 2)
        count = result.shape[-1]
        for row, line in enumerate(spectrum):
            result[row, some] = fft.irfft(line * kernel, length)[:, first : first + count]

    def _coarsely(
        self,
        remainder: np.ndarray,
        first: int,
        spreads: np.ndarray,
        some: np.ndarray,
        result: np.ndarray,
    ) -> None:
        """Fill the rows of wide spreads by direct sums over a coarser grid."""
        length, frequency = self._period(self.widest)
        points, weights, spent = self._coarse(fft.rfft(remainder, length), frequency, length)
        centres = self.grid.nodes[first : first + result.shape[-1]]
        for index in np.flatnonzero(some):
            rest = np.sqrt(spreads[index] ** 2 - spent**2)
            z = (centres[:, None] - points) / rest
            density = np.exp(-0.5 * z**2) / (rest * np.sqrt(2 * np.pi))
            result[:, index] = weights @ density.T

    def _coarse(
        self, spectrum: np.ndarray, frequency: np.ndarray, length: int
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """The remainder, already smoothed by a part of the spread, on a coarser grid.

        Returns points, weights, and the standard deviation already spent.
        """
        spent = 0.5 * self.widest  # its reach fits into half of the padding
        span = length * self.grid.step
        size = min(length, int(np.ceil(span / (0.4 * spent))) // 2 * 2 + 2)
        smooth = spectrum * np.exp(-0.5 * (frequency * spent) ** 2)
        low = fft.irfft(smooth[:, : size // 2 + 1], size) * size / length
        step = span / size
        points = self.grid.start + step * np.arange(size)
        # the period's padded end stands for what was smoothed out below the start
        end = self.grid.start + self.grid.step * self.grid.size
        points = np.where(points > (end + self.grid.start + span) / 2, points - span, points)
        return points, low * step, spent

    def direct(self, row: int, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
        """Log L at single points (m,) by positive sums: relative accuracy in any tail."""
        spread = np.broadcast_to(np.asarray(spread, dtype=float), centre.shape)
        result = np.empty(centre.shape)
        wide = spread >= RESOLVED_STEPS * self.grid.step
        for some, method in ((wide, self._by_grid), (~wide, self._by_hermite)):
            if some.any():
                result[some] = method(row, centre[some], spread[some])
        return result

    def _by_grid(self, row: int, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
        """Trapezoid sum over the grid, the constant ends added."""
        nodes, out = self.grid.nodes, np.empty(centre.shape)
        for block in np.array_split(
            np.arange(len(centre)), 1 + len(centre) * len(nodes) // 4_000_000
        ):
            c, s = centre[block, None], spread[block, None]
            logs = self.log_values[row] - 0.5 * ((nodes - c) / s) ** 2
            inner = _logsumexp(logs) + np.log(self.grid.step / np.sqrt(2 * np.pi)) - np.log(s[:, 0])
            left = self.log_values[row, 0] + self._beyond(c[:, 0] - nodes[0], s[:, 0])
            right = self.log_values[row, -1] + self._beyond(nodes[-1] - c[:, 0], s[:, 0])
            out[block] = np.logaddexp(inner, np.logaddexp(left, right))
        return out

    def _beyond(self, distance: np.ndarray, spread: np.ndarray) -> np.ndarray:
        """Log mass of a Normal beyond an end node `distance` away, less what the sum holds.

        The sum is a midpoint rule to half a step beyond the node; its Euler-Maclaurin term added.
        """
        half = self.grid.step / 2
        z = (distance + half) / spread
        log_mass = special.log_ndtr(-z)
        density = np.exp(-0.5 * z**2 - log_mass) / np.sqrt(2 * np.pi)
        correction = half**2 / 6 * density * z / spread**2
        return log_mass + np.log1p(-np.minimum(correction, 0.1))  # larger only where mass is nil

    def _by_hermite(self, row: int, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
        """Hermite sum about the tilted mode, for spreads that the grid cannot resolve."""
        delta = np.maximum(1e-4, spread * 1e-2)
        z = np.zeros(centre.shape)
        for _ in range(4):
            at = centre + spread * z
            slope = (self.exact(row, at + delta) - self.exact(row, at - delta)) / (2 * delta)
            z = spread * slope
        points = z[:, None] + HERMITE_Z
        logs = self.exact(row, centre[:, None] + spread[:, None] * points)
        tilt = -0.5 * z[:, None] ** 2 - z[:, None] * HERMITE_Z
        return _logsumexp(logs + tilt + HERMITE_LOG_W)


def _logsumexp(logs: np.ndarray) -> np.ndarray:
    """Log of the sum of exponentials over the last axis."""
    top = logs.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(logs - top).sum(axis=-1)) + top[..., 0]
