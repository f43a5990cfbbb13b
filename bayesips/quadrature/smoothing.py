"""Likelihoods smoothed by a Normal: L(c, s) = E[likelihood(c + s Z)], exact for every s.

On an even grid the smoothing is a product in Fourier space: no step appears where s is small,
and no node is lost where it is large. Grid steps are chosen below the band limit of everything
that is smoothed. A likelihood that tends to a constant at an end (nobody, or everybody, survived)
is split into a smooth step, whose smoothing is known, and a remainder that decays. A likelihood
moved along the scale is a phase there, and one blurred by a Normal only a wider spread: rows that
differ in nothing else share one tabulated source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

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
class Rows:
    """What each row of a smoother is: one of its likelihoods, moved and blurred.

    Parameters
    ----------
    source : array of int, shape (rows,)
        Which of the tabulated likelihoods.
    shift, blur : array, shape (rows,)
        The row at eta is that likelihood at eta + shift + blur Z.
    """

    source: np.ndarray
    shift: np.ndarray
    blur: np.ndarray

    @cached_property
    def alike(self) -> list[tuple[float, float, np.ndarray]]:
        """Rows by their (shift, blur)."""
        pairs = np.stack([self.shift, self.blur], axis=1)
        unique, owner = np.unique(pairs, axis=0, return_inverse=True)
        places = np.split(np.argsort(owner, kind="stable"), np.cumsum(np.bincount(owner))[:-1])
        return [(float(a), float(b), rows) for (a, b), rows in zip(unique, places, strict=True)]


@dataclass(frozen=True, eq=False)
class Smoother:
    """Smooths rows of likelihoods tabulated on a grid.

    Parameters
    ----------
    grid : Grid
        Covers the range on which the likelihoods change, and the centres asked for.
    log_values : array, shape (sources, grid.size)
        Log likelihoods there.
    exact : callable
        (source, eta) -> log likelihood at any eta, for deep tails with small s.
    widest : float
        Largest s for which the periodic grid is long enough; above it a coarser sum is used.
    rows : Rows
    """

    grid: Grid
    log_values: np.ndarray
    exact: Callable[[int, np.ndarray], np.ndarray]
    widest: float
    rows: Rows

    def table(self, first: int, count: int, spreads: np.ndarray) -> np.ndarray:
        """Log L at `count` grid points from index `first`, for each spread.

        Shape (rows, spreads, count). Values far below a row's peak lose digits (see `depth`), and
        below 1e-14 of it they are an upper bound.
        """
        values = np.exp(self.log_values - self.log_values.max(axis=-1, keepdims=True))
        most = np.hypot(spreads.max(initial=0.0), self.rows.blur.max(initial=0.0))
        enough = replace(self, widest=min(self.widest, float(most)))
        smooth = enough._smoothed(values, first, count, spreads)
        np.maximum(smooth, 1e-14, out=smooth)
        np.log(smooth, out=smooth)
        smooth += self._peak
        return smooth

    @property
    def _peak(self) -> np.ndarray:
        """Largest log value of each row's source, (rows, 1, 1)."""
        return self.log_values.max(axis=-1)[self.rows.source][:, None, None]

    def depth(self, table: np.ndarray) -> np.ndarray:
        """How far entries of a table lie below their row's peak, 0 while they have their digits."""
        below = table - self._peak
        below[below >= np.log(DIGITS)] = 0.0
        return below

    def _smoothed(
        self, values: np.ndarray, first: int, count: int, spreads: np.ndarray
    ) -> np.ndarray:
        """L / peak by Fourier sums, steps at the ends taken apart."""
        ends = values[:, [0, -1]]
        stepped = (ends > ENDLESS).any(axis=1)
        result = np.zeros((len(self.rows.source), len(spreads), count))
        remainder = values
        if stepped.any():
            falls = self._fall(self.grid.nodes, 0.0)
            remainder = values - np.where(
                stepped[:, None], ends[:, :1] * falls + ends[:, 1:] * (1 - falls), 0.0
            )
            self._add_steps(ends, stepped, first, spreads, result)
        self._convolve(remainder, first, spreads, result)
        return result

    def _fall(self, at: np.ndarray, spread: np.ndarray | float) -> np.ndarray:
        """A smooth step from 1 to 0 in the middle of the grid, smoothed."""
        width = max(1.0, 4 * self.grid.step)
        middle = self.grid.start + self.grid.step * self.grid.size / 2
        return np.asarray(special.ndtr(-(at - middle) / np.hypot(width, spread)))

    def _add_steps(
        self,
        ends: np.ndarray,
        stepped: np.ndarray,
        first: int,
        spreads: np.ndarray,
        result: np.ndarray,
    ) -> None:
        """Add the smoothed steps of the rows that have one."""
        centres = self.grid.nodes[first : first + result.shape[-1]]
        for shift, blur, alike in self.rows.alike:
            rows = alike[stepped[self.rows.source[alike]]]
            if not len(rows):
                continue
            fall = self._fall(centres + shift, np.hypot(spreads, blur)[:, None])
            low, high = ends[self.rows.source[rows]].T[:, :, None, None]
            result[rows] += high + (low - high) * fall

    def _convolve(
        self, remainder: np.ndarray, first: int, spreads: np.ndarray, result: np.ndarray
    ) -> None:
        """Add a decaying function smoothed: Fourier for narrow spreads, a coarse sum for wide."""
        # a shorter period is enough for most spreads
        narrow = [_Period.of(self, remainder, reach) for reach in (self.widest / 4, self.widest)]
        for shift, blur, rows in self.rows.alike:
            totals = np.hypot(spreads, blur)
            short, wide = totals <= self.widest / 4, totals > self.widest
            for some, period in zip((short, ~short & ~wide), narrow, strict=True):
                if some.any():
                    period.add(self.rows.source, rows, shift, (totals, some), first, result)
            if wide.any():
                self._coarsely(narrow[1], rows, shift, (totals, wide), first, result)

    def _coarsely(
        self,
        period: _Period,
        rows: np.ndarray,
        shift: float,
        chosen: tuple[np.ndarray, np.ndarray],
        first: int,
        result: np.ndarray,
    ) -> None:
        """Add wide spreads by direct sums over a coarser grid."""
        spectrum = period.spectrum[self.rows.source[rows]]
        points, weights, spent = self._coarse(spectrum, period.frequency, period.length)
        centres = self.grid.nodes[first : first + result.shape[-1]] + shift
        totals, some = chosen
        for index in np.flatnonzero(some):
            rest = np.sqrt(totals[index] ** 2 - spent**2)
            z = (centres[:, None] - points) / rest
            density = np.exp(-0.5 * z**2) / (rest * np.sqrt(2 * np.pi))
            result[rows, index] += weights @ density.T

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
        source = int(self.rows.source[row])
        centre = centre + self.rows.shift[row]
        spread = np.broadcast_to(np.hypot(spread, self.rows.blur[row]), centre.shape)
        result = np.empty(centre.shape)
        wide = spread >= RESOLVED_STEPS * self.grid.step
        for some, method in ((wide, self._by_grid), (~wide, self._by_hermite)):
            if some.any():
                result[some] = method(source, centre[some], spread[some])
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


@dataclass(frozen=True, eq=False)
class _Period:
    """Sources on a period long enough for a reach, in Fourier space."""

    length: int
    frequency: np.ndarray
    spectrum: np.ndarray
    kernels: dict[bytes, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(cls, smoother: Smoother, values: np.ndarray, reach: float) -> _Period:
        """Pad the sources so that neither smoothing nor shifts wrap around."""
        step, shift = smoother.grid.step, smoother.rows.shift
        pad = REACH * reach + max(0.0, shift.max()) - min(0.0, shift.min())
        length = fft.next_fast_len(smoother.grid.size + int(np.ceil(pad / step)), real=True)
        return cls(length, 2 * np.pi * fft.rfftfreq(length, step), fft.rfft(values, length))

    def add(
        self,
        source: np.ndarray,
        rows: np.ndarray,
        shift: float,
        chosen: tuple[np.ndarray, np.ndarray],
        first: int,
        result: np.ndarray,
    ) -> None:
        """Add some spreads of rows that are moved and blurred alike."""
        totals, some = chosen
        kernel = self._kernel(totals[some])
        if shift:
            kernel = kernel * np.exp(1j * self.frequency * shift)
        last = first + result.shape[-1]
        for row in rows:
            line = self.spectrum[source[row]]
            result[row, some] += fft.irfft(line * kernel, self.length)[:, first:last]

    def _kernel(self, totals: np.ndarray) -> np.ndarray:
        """Normals of these spreads in Fourier space."""
        key = totals.tobytes()
        if key not in self.kernels:
            self.kernels[key] = np.exp(-0.5 * (self.frequency * totals[:, None]) ** 2)
        return self.kernels[key]


def _logsumexp(logs: np.ndarray) -> np.ndarray:
    """Log of the sum of exponentials over the last axis."""
    top = logs.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(logs - top).sum(axis=-1)) + top[..., 0]
