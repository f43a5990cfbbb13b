"""The largest P(success) over a composite null region, certified by branch and bound.

Each cell of the region is bounded by a second-order Taylor form whose remainder is bounded over
the whole cell (interval extension of binomial probabilities, each unimodal in its rate). Cells
that cannot hold the maximum are dropped; the others are halved. Where the null is "no effect" and
more treated successes never hurt, the maximum lies at equal rates: P(success) is then a polynomial
in one rate, and the search has one dimension.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.binomial import hypergeometric_table
from bayesips.designs.null_region import Piece, null_pieces, null_rate
from bayesips.designs.rule import Scale
from bayesips.designs.success_surface import SuccessSurface
from bayesips.distributions.effects.scales import scale_named
from bayesips.errors import NotSettled, Refused

FIRST_CELLS = 64
FIRST_IN_ONE_RATE = 256  # cheap, so that a decision about a level needs few rounds
MOST_CELLS = 4_000_000
CELLS_AT_ONCE = 2048
ROUNDING = 1e-12  # of P(success) in double precision, counted into every bound


@dataclass(frozen=True)
class WorstCase:
    """Certified: sup P(success) over the null lies in [attained, bound].

    `attained` is its value at (rate_treated, rate_control); for one arm rate_control is None.
    """

    bound: float
    attained: float
    rate_treated: float
    rate_control: float | None


def worst_case(
    success: ArrayLike,
    margin: float | None = None,
    scale: Scale = "difference",
    tolerance: float = 1e-6,
    level: float | None = None,
) -> WorstCase:
    """Largest P(success) over all pairs of rates with effect <= margin, with a certificate.

    Parameters
    ----------
    success : array_like
        Decisions of a design, or `success_table` of a sequential one: shape (n_treated + 1,
        n_control + 1), or (n + 1,) for one arm.
    margin : float, optional
        Edge of the null; default no effect. For one arm the null rate, required.
    scale : {"difference", "ratio", "odds_ratio"}
        What the margin is an effect of.
    tolerance : float
        The bound exceeds the attained value by no more.
    level : float, optional
        Stop as soon as the answer is known to lie above or below this level: the interval
        returned is then wider than the tolerance.

    Raises
    ------
    Refused
        If the null region is empty, or one arm has no null rate.
    NotSettled
        If the tolerance is not reached.
    """
    table, no_effect = np.asarray(success, dtype=float), scale_named(scale).no_effect
    asked = (tolerance, level)
    if table.ndim == 1:
        if margin is None:
            raise Refused("margin is missing; for one arm it is the null rate")
        found = _BranchAndBound(SuccessSurface(table[:, None]), *asked).search(null_rate(margin))
        return replace(found, rate_control=None)
    surface = SuccessSurface(table)
    if margin in (None, no_effect) and surface.grows_with_treated:
        of_one_rate = SuccessSurface(_given_total(table)[:, None])
        found = _BranchAndBound(of_one_rate, *asked).search(null_rate(1.0))
        return replace(found, rate_control=found.rate_treated)
    pieces = null_pieces(no_effect if margin is None else margin, scale)
    return _BranchAndBound(surface, *asked).search(pieces)


def _given_total(success: NDArray) -> NDArray:
    """P(success | k successes in both arms together, rates equal), k = 0..n_treated + n_control."""
    n_treated, n_control = (size - 1 for size in success.shape)
    control = np.arange(n_control + 1)
    treated = np.arange(n_treated + n_control + 1)[:, None] - control
    shares = hypergeometric_table(n_control, n_treated + n_control)
    return (shares * success[np.clip(treated, 0, n_treated), control]).sum(axis=1)


@dataclass(frozen=True, eq=False)
class _Cells:
    """Boxes (u, p) of one piece; arrays of shape (Q,)."""

    u_low: NDArray
    u_high: NDArray
    low: NDArray
    high: NDArray

    def __len__(self) -> int:
        return len(self.low)

    def __getitem__(self, index: NDArray | slice) -> _Cells:
        return _Cells(self.u_low[index], self.u_high[index], self.low[index], self.high[index])

    def halved(self, along_u: NDArray) -> _Cells:
        """Each box cut in two, along u or along p."""
        u_middle, middle = (self.u_low + self.u_high) / 2, (self.low + self.high) / 2
        return _Cells(
            np.concatenate([self.u_low, np.where(along_u, u_middle, self.u_low)]),
            np.concatenate([np.where(along_u, u_middle, self.u_high), self.u_high]),
            np.concatenate([self.low, np.where(along_u, self.low, middle)]),
            np.concatenate([np.where(along_u, self.high, middle), self.high]),
        )


@dataclass(frozen=True, eq=False)
class _Centre:
    """Of each box: its centre, the rates there, and P(success) at them."""

    u: NDArray
    treated: NDArray
    control: NDArray
    value: NDArray


@dataclass(frozen=True, eq=False)
class _Bounds:
    """Of each box: an upper bound of P(success) over it, and where to cut it."""

    upper: NDArray
    along_u: NDArray


@dataclass(frozen=True, eq=False)
class _BranchAndBound:
    """The search over all pieces."""

    surface: SuccessSurface
    tolerance: float
    level: float | None

    def search(self, pieces: tuple[Piece, ...]) -> WorstCase:
        """Branch until no open cell can exceed the best value by more than the tolerance."""
        best, where, closed = -1.0, (0.0, 0.0), -1.0
        waiting = [(piece, self._first_cells(piece)) for piece in pieces]
        examined = 0
        while waiting:
            piece, cells = waiting.pop(0)
            examined += len(cells)
            if examined > MOST_CELLS:
                raise NotSettled(f"worst case not within {self.tolerance} on {examined} cells")
            centre = _centre(self.surface, piece, cells)
            top = int(np.argmax(centre.value))
            if centre.value[top] > best:
                best = float(centre.value[top])
                where = (float(centre.treated[top]), float(centre.control[top]))
            if self.level is not None and best > self.level:
                return WorstCase(1.0, best, *where)
            bounds = _bounds(self.surface, piece, cells, centre)
            open_ = bounds.upper > self._enough(best)
            closed = max(closed, float(bounds.upper[~open_].max(initial=-1.0)))
            children = cells[open_].halved(bounds.along_u[open_])
            waiting += [(piece, part) for part in _parts(children)]
        return WorstCase(min(max(best, closed), 1.0), best, *where)

    def _enough(self, best: float) -> float:
        """The upper bound below which a cell needs no further look."""
        return best + self.tolerance if self.level is None else max(best, self.level)

    def _first_cells(self, piece: Piece) -> _Cells:
        """The starting boxes; only the edge u = 1 where more treated successes never hurt."""
        one_rate = piece.high == piece.low
        count = 1 if one_rate else FIRST_CELLS
        edges = np.linspace(piece.low, piece.high, count + 1)
        rows = FIRST_IN_ONE_RATE if one_rate else FIRST_CELLS // 4
        rows = 1 if self.surface.grows_with_treated else rows
        u_edges = np.ones(2) if rows == 1 else np.linspace(0, 1, rows + 1)
        low, u_low = (each.ravel() for each in np.meshgrid(edges[:-1], u_edges[:-1]))
        high, u_high = (each.ravel() for each in np.meshgrid(edges[1:], u_edges[1:]))
        return _Cells(u_low, u_high, low, high)


def _parts(cells: _Cells) -> list[_Cells]:
    """Batches of a size that stays in memory."""
    return [cells[start : start + CELLS_AT_ONCE] for start in range(0, len(cells), CELLS_AT_ONCE)]


def _centre(surface: SuccessSurface, piece: Piece, cells: _Cells) -> _Centre:
    """P(success) at the centre of each cell."""
    u, p = (cells.u_low + cells.u_high) / 2, (cells.low + cells.high) / 2
    treated = u * piece.edge(p)
    return _Centre(u, treated, p, surface.derivative((0, 0), treated, p))


def _bounds(surface: SuccessSurface, piece: Piece, cells: _Cells, centre: _Centre) -> _Bounds:
    """Taylor form of second order about the centre of each cell."""
    u, p, treated = centre.u, centre.control, centre.treated
    u_radius, radius = (cells.u_high - cells.u_low) / 2, (cells.high - cells.low) / 2
    edge, slope = piece.edge(p), piece.edge_slope(p)
    by_treated, by_control = (surface.derivative(each, treated, p) for each in ((1, 0), (0, 1)))
    second = _second_order(surface, piece, cells)
    first_u = np.abs(by_treated * edge) * u_radius
    first_p = np.abs(by_treated * u * slope + by_control) * radius
    second_u, second_p = second[0] * u_radius**2 / 2, second[2] * radius**2 / 2
    slopes = first_u + first_p + second_u + second_p + second[1] * u_radius * radius
    upper = centre.value + ROUNDING + slopes
    return _Bounds(upper, first_u + second_u > first_p + second_p)


def _second_order(
    surface: SuccessSurface, piece: Piece, cells: _Cells
) -> tuple[NDArray, NDArray, NDArray]:
    """Bounds of |W_uu|, |W_up|, |W_pp| over each cell, by the chain rule."""
    ends = (cells.low, cells.high)
    edge = piece.edge(cells.high)
    slope, curvature = (
        np.maximum(*(np.abs(f(end)) for end in ends))
        for f in (piece.edge_slope, piece.edge_curvature)
    )
    treated = (cells.u_low * piece.edge(cells.low), cells.u_high * edge)
    t, tt, tc, cc = (
        surface.largest(order, treated, ends) for order in ((1, 0), (2, 0), (1, 1), (0, 2))
    )
    u = cells.u_high
    by_u = tt * edge**2
    mixed = tt * edge * u * slope + t * slope + tc * edge
    by_p = tt * (u * slope) ** 2 + 2 * tc * u * slope + cc + t * u * curvature
    return by_u, mixed, by_p
