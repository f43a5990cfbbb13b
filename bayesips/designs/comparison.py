"""Quadrature nodes for a treated rate held against a control rate and a margin.

P(effect > margin) = integral of f_control(c) P(treated > t(c)) dc over the control rates c whose
threshold t(c) lies in [0, 1], plus the probability of those for which it lies below 0. The
integrand is smooth inside that interval and behaves like a power at its ends, whatever the
shapes: the double exponential rule (Takahasi & Mori 1974) is exact there to rounding, and
everything is kept in logs, so that no node near 0 or 1 loses its digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesips.designs.rule import Scale

SMALLEST_LOG = 45.0  # e^-45 of the mass may be cut off at either end


@dataclass(frozen=True)
class PairNodes:
    """Control rates, their thresholds, and weights; all arrays of shape (Q,), in logs.

    The control rates run from `low` to `high`.
    """

    log_control: NDArray
    log_control_complement: NDArray
    log_threshold: NDArray
    log_threshold_complement: NDArray
    log_weight: NDArray
    low: float
    high: float


@dataclass(frozen=True)
class RateRange:
    """Rates offset + width v, v in [0, 1]; `rest` is what is left to 1."""

    offset: float
    width: float
    rest: float

    def logs(self, log_v: NDArray, log_w: NDArray) -> tuple[NDArray, NDArray]:
        """Log of the rate and of its complement, from log v and log(1 - v)."""
        return _log_sum(self.offset, self.width, log_v), _log_sum(self.rest, self.width, log_w)


def _log_sum(offset: float, width: float, log_v: NDArray) -> NDArray:
    """log(offset + width v)."""
    log_inside = math.log(width) + log_v
    return np.logaddexp(math.log(offset), log_inside) if offset > 0 else log_inside


ALL_RATES = RateRange(0.0, 1.0, 0.0)


@dataclass(frozen=True)
class Comparison:
    """Effect of treated over control, held against a margin."""

    margin: float
    scale: Scale

    @property
    def settled(self) -> bool:
        """Whether no pair of rates can change the answer (a difference beyond 1)."""
        return self.scale == "difference" and abs(self.margin) >= 1

    @property
    def certain_below(self) -> float:
        """Control rate below which every treated rate exceeds it by the margin (0: none)."""
        return min(max(-self.margin, 0.0), 1.0) if self.scale == "difference" else 0.0

    @property
    def ranges(self) -> tuple[RateRange, RateRange]:
        """The control rates whose thresholds lie in [0, 1], and those thresholds."""
        if self.scale == "difference":
            below, above = max(-self.margin, 0.0), max(self.margin, 0.0)
            width = 1 - abs(self.margin)
            return RateRange(below, width, above), RateRange(above, width, below)
        if self.scale == "ratio":
            width, reach = min(1.0, 1 / self.margin), min(1.0, self.margin)
            return RateRange(0.0, width, 1 - width), RateRange(0.0, reach, 1 - reach)
        return ALL_RATES, ALL_RATES

    def nodes(self, step: float, smallest_shape: float) -> PairNodes:
        """Nodes of the double exponential rule, `step` apart: every other one, then the rest."""
        reach = math.asinh(SMALLEST_LOG / min(1.0, smallest_shape) / math.pi)
        half = math.ceil(reach / step)
        place = np.arange(-half, half)
        position = (np.concatenate([place[::2], place[1::2]]) + 0.5) * step
        log_odds = math.pi * np.sinh(position)
        shift = math.log(self.margin) if self.scale == "odds_ratio" else 0.0
        control, threshold = self.ranges
        log_v, log_w = _log_expit(log_odds), _log_expit(-log_odds)
        log_jacobian = log_v + log_w + np.log(math.pi * np.cosh(position) * step)
        return PairNodes(
            *control.logs(log_v, log_w),
            *threshold.logs(_log_expit(log_odds + shift), _log_expit(-log_odds - shift)),
            math.log(control.width) + log_jacobian,
            control.offset,
            1 - control.rest,
        )


def _log_expit(log_odds: NDArray) -> NDArray:
    """Log of the rate with these log odds."""
    return -np.logaddexp(0, -log_odds)
