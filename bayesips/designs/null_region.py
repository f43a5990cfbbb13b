"""The composite null region of two rates, {effect <= margin}, cut into smooth pieces.

A piece is a range of control rates with the edge t(p): the largest treated rate of the null
there. A point of it is (u, p), u in [0, 1], treated rate u t(p): the region becomes a rectangle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesips.designs.rule import Scale
from bayesips.errors import Refused


@dataclass(frozen=True)
class LinearPiece:
    """Edge t(p) = start + slope p over low <= p <= high."""

    low: float
    high: float
    start: float
    slope: float

    def edge(self, rate: NDArray) -> NDArray:
        """The largest treated rate of the null, never above 1."""
        return np.clip(self.start + self.slope * rate, 0.0, 1.0)

    def edge_slope(self, rate: NDArray) -> NDArray:
        """Its derivative."""
        return np.full_like(rate, self.slope)

    def edge_curvature(self, rate: NDArray) -> NDArray:
        """Its second derivative."""
        return np.zeros_like(rate)


@dataclass(frozen=True)
class OddsPiece:
    """Edge of constant odds ratio: t(p) = m p / (1 - p + m p) over 0 <= p <= 1."""

    margin: float
    low: float = 0.0
    high: float = 1.0

    def edge(self, rate: NDArray) -> NDArray:
        """The largest treated rate of the null."""
        return self.margin * rate / self._divisor(rate)

    def edge_slope(self, rate: NDArray) -> NDArray:
        """Its derivative, monotone in the rate."""
        return self.margin / self._divisor(rate) ** 2

    def edge_curvature(self, rate: NDArray) -> NDArray:
        """Its second derivative, of one sign and monotone in the rate."""
        return -2 * self.margin * (self.margin - 1) / self._divisor(rate) ** 3

    def _divisor(self, rate: NDArray) -> NDArray:
        """1 - p + m p."""
        return 1 - rate + self.margin * rate


Piece = LinearPiece | OddsPiece


def null_pieces(margin: float, scale: Scale) -> tuple[Piece, ...]:
    """The pieces of {effect <= margin}.

    Raises
    ------
    Refused
        If no pair of rates has so small an effect.
    """
    if scale == "odds_ratio":
        return (OddsPiece(margin),)
    if scale == "ratio":
        reach = min(1.0, 1 / margin)
        pieces = (LinearPiece(0.0, reach, 0.0, margin), LinearPiece(reach, 1.0, 1.0, 0.0))
    else:
        if margin <= -1:
            raise Refused(f"margin is {margin}; no pair of rates differs by so little")
        reach = min(max(1 - margin, 0.0), 1.0)
        pieces = (
            LinearPiece(max(-margin, 0.0), reach, margin, 1.0),
            LinearPiece(reach, 1.0, 1.0, 0.0),
        )
    return tuple(piece for piece in pieces if piece.high > piece.low)


def null_rate(rate: float) -> tuple[Piece, ...]:
    """The null {rate <= given} of one arm: a piece without width."""
    return (LinearPiece(0.0, 0.0, rate, 0.0),)
