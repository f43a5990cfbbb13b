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
from dataclasses import dataclass, replace

import numpy as np
from scipy import special

from bayesips.engine.quadrature.fourier import (
    Centres,
    Grid,
    LongPeriod,
    Period,
    Rows,
    Spreads,
    octaves,
)
from bayesips.engine.quadrature.positive_sums import Places, averages

# Sums below this may have lost terms to underflow.
UNDERFLOW = 1e-250
# Below this part of a likelihood's peak the Fourier sum may have too few digits; see `depth`.
DIGITS = 1e-6
# Where s exceeds this many grid steps, a plain positive sum over the grid is exact.
RESOLVED_STEPS = 2.3
# Ends below this part of the peak are nothing.
ENDLESS = 1e-17
# What is left of a constant likelihood (no data) when its steps are taken away.
NOTHING = 1e-15
HERMITE_Z, HERMITE_W = np.polynomial.hermite_e.hermegauss(31)
HERMITE_LOG_W = np.log(HERMITE_W / HERMITE_W.sum())


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
        Largest s for which a period not much longer than the grid is long enough.
    rows : Rows
    """

    grid: Grid
    log_values: np.ndarray
    exact: Callable[[int, np.ndarray], np.ndarray]
    widest: float
    rows: Rows

    def of_rows(self, some: slice) -> Smoother:
        """The same with some of its rows."""
        kept, source = np.unique(self.rows.source[some], return_inverse=True)
        rows = Rows(source, self.rows.shift[some], self.rows.blur[some])
        exact = lambda number, eta: self.exact(int(kept[number]), eta)  # noqa: E731  two words
        return replace(self, log_values=self.log_values[kept], exact=exact, rows=rows)

    def table(self, first: int, count: int, spreads: Spreads) -> np.ndarray:
        """Log L at `count` grid points from index `first`, for each of the spreads."""
        return self.table_at(Centres.on(self.grid, first, count), spreads)

    def table_at(self, centres: Centres, spreads: Spreads) -> np.ndarray:
        """Log L at any centres, for each of the spreads.

        Shape (rows, spreads, centres). Values far below a row's peak lose digits (see `depth`), and
        below 1e-14 of it they are an upper bound.
        """
        values = np.exp(self.log_values - self.log_values.max(axis=-1, keepdims=True))
        enough = replace(self, widest=min(self.widest, spreads.widest))
        smooth = enough._smoothed(values, centres, spreads)
        np.maximum(smooth, 1e-14, out=smooth)
        np.log(smooth, out=smooth)
        smooth += self.peaks[:, None, None]
        return smooth

    @property
    def peaks(self) -> np.ndarray:
        """Largest log value of each row's source, (rows,)."""
        return self.log_values.max(axis=-1)[self.rows.source]

    def depth(self, table: np.ndarray) -> np.ndarray:
        """How far entries of a table lie below their row's peak, 0 while they have their digits."""
        return depth_below(self.peaks[:, None, None], table)

    def _smoothed(self, values: np.ndarray, centres: Centres, spreads: Spreads) -> np.ndarray:
        """L / peak by Fourier sums, steps at the ends taken apart."""
        ends = values[:, [0, -1]]
        stepped = (ends > ENDLESS).any(axis=1)
        result = np.zeros((len(self.rows.source), len(spreads.sds), len(centres.places)))
        remainder = values
        if stepped.any():
            falls = self._fall(self.grid.nodes, 0.0)
            remainder = values - np.where(
                stepped[:, None], ends[:, :1] * falls + ends[:, 1:] * (1 - falls), 0.0
            )
            self._add_steps(ends, stepped, centres, spreads, result)
        self._convolve(remainder, centres, spreads, result)
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
        centres: Centres,
        spreads: Spreads,
        result: np.ndarray,
    ) -> None:
        """Add the smoothed steps of the rows that have one."""
        at = self.grid.start + centres.places
        for group in (alike.among(stepped) for alike in self.rows.alike):
            if not len(group.rows):
                continue
            fall = sum(
                weight[:, None] * self._fall(at + group.shift, np.hypot(sd, group.blur)[:, None])
                for sd, weight in zip(spreads.sds.T, spreads.weights.T, strict=True)
            )
            low, high = ends[group.source].T[:, :, None, None]
            result[group.rows] += high + (low - high) * fall

    def _convolve(
        self, remainder: np.ndarray, centres: Centres, spreads: Spreads, result: np.ndarray
    ) -> None:
        """Add a decaying function smoothed: each spread on a period that is long enough for it."""
        moving = np.abs(remainder).max(axis=1) > NOTHING
        groups = [alike.among(moving) for alike in self.rows.alike]
        groups = [group for group in groups if len(group.rows)]
        if not groups:
            return
        blur, low = max(group.blur for group in groups), -1.0
        for high in (self.widest / 4, self.widest, *octaves(self.widest, spreads.widest)):
            chosen = spreads.between(low, high)
            reach = float(np.hypot(high, blur))
            if len(chosen.places):
                if high <= self.widest and centres.first is not None:
                    short = Period.of(self.grid, self.rows.shift, remainder, reach)
                    short.add(groups, chosen, centres.first, result)
                else:
                    long = LongPeriod.of(self.grid, self.rows.shift, remainder, low, reach)
                    long.add(groups, chosen, centres, result)
            low = high

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
        logs, nodes = self.log_values[row], self.grid.nodes
        top = float(logs.max())
        places = Places(float(nodes[0]), self.grid.step, len(nodes))
        total = averages(places, np.exp(logs - top), centre, spread)
        with np.errstate(divide="ignore"):
            inner = np.log(total) + top
        deep = total < UNDERFLOW
        if deep.any():
            inner[deep] = self._in_logs(row, centre[deep], spread[deep])
        left = logs[0] + self._beyond(centre - nodes[0], spread)
        right = logs[-1] + self._beyond(nodes[-1] - centre, spread)
        return np.logaddexp(inner, np.logaddexp(left, right))

    def _in_logs(self, row: int, centre: np.ndarray, spread: np.ndarray) -> np.ndarray:
        """The sum over the grid where its terms underflow."""
        nodes, out = self.grid.nodes, np.empty(centre.shape)
        size = 1 + len(centre) * len(nodes) // 4_000_000
        for block in np.array_split(np.arange(len(centre)), size):
            z = (nodes - centre[block, None]) / spread[block, None]
            out[block] = _logsumexp(self.log_values[row] - 0.5 * z**2) - np.log(spread[block])
        return out + np.log(self.grid.step / np.sqrt(2 * np.pi))

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


def depth_below(peak: np.ndarray, table: np.ndarray) -> np.ndarray:
    """How far entries lie below a peak, 0 while they have their digits."""
    below = table - peak
    below[below >= np.log(DIGITS)] = 0.0
    return below


def _logsumexp(logs: np.ndarray) -> np.ndarray:
    """Log of the sum of exponentials over the last axis."""
    top = logs.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(logs - top).sum(axis=-1)) + top[..., 0]
