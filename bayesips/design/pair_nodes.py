"""Quadrature nodes for pairs (control rate, the treated rate that exceeds it by the margin).

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

from bayesips.design.rule import Scale

SMALLEST_LOG = 45.0  # e^-45 of the mass may be cut off at either end


@dataclass(frozen=True)
class PairNodes:
    """Control rates, their thresholds, and weights; all arrays of shape (Q,), in logs."""

    log_control: NDArray
    log_control_complement: NDArray
    log_threshold: NDArray
    log_threshold_complement: NDArray
    log_weight: NDArray


@dataclass(frozen=True)
class Interval:
    """Control rates low..high whose threshold runs over [0, 1] or a part of it.

    `below` and `above` are the distances of the interval from 0 and from 1, for the control rate
    and for its threshold.
    """

    width: float
    below: float
    above: float
    threshold_width: float
    threshold_below: float
    threshold_above: float


def certain_below(margin: float, scale: Scale) -> float:
    """Control rate below which every treated rate exceeds it by the margin (0: none)."""
    return min(max(-margin, 0.0), 1.0) if scale == "difference" else 0.0


def open_interval(margin: float, scale: Scale) -> Interval | None:
    """The control rates for which the comparison is not settled beforehand, if there are any."""
    if scale == "difference":
        width = 1 - abs(margin)
        above, below = max(margin, 0.0), max(-margin, 0.0)
        return Interval(width, below, above, width, above, below) if width > 0 else None
    if scale == "ratio":
        width, reach = min(1.0, 1 / margin), min(1.0, margin)
        return Interval(width, 0.0, 1 - width, reach, 0.0, 1 - reach)
    return Interval(1.0, 0.0, 0.0, 1.0, 0.0, 0.0)


def pair_nodes(
    margin: float, scale: Scale, interval: Interval, step: float, smallest_shape: float
) -> PairNodes:
    """Nodes of the double exponential rule, an even number, neighbours `step` apart."""
    reach = math.asinh(SMALLEST_LOG / min(1.0, smallest_shape) / math.pi)
    half = math.ceil(reach / step)
    position = (np.arange(-half, half) + 0.5) * step
    log_odds = math.pi * np.sinh(position)
    log_v, log_w = -np.logaddexp(0, -log_odds), -np.logaddexp(0, log_odds)
    log_jacobian = log_v + log_w + np.log(math.pi * np.cosh(position) * step)
    shift = math.log(margin) if scale == "odds_ratio" else 0.0
    moved, moved_back = -np.logaddexp(0, -log_odds - shift), -np.logaddexp(0, log_odds + shift)
    return PairNodes(
        _placed(interval.below, interval.width, log_v),
        _placed(interval.above, interval.width, log_w),
        _placed(interval.threshold_below, interval.threshold_width, moved),
        _placed(interval.threshold_above, interval.threshold_width, moved_back),
        math.log(interval.width) + log_jacobian,
    )


def _placed(offset: float, width: float, log_v: NDArray) -> NDArray:
    """log(offset + width v)."""
    log_inside = math.log(width) + log_v
    return np.logaddexp(math.log(offset), log_inside) if offset > 0 else log_inside


def breaks(margin: float, scale: Scale) -> tuple[float, ...]:
    """Control rates in (0, 1) at which P(treated > threshold) has a kink."""
    if scale == "difference":
        kink = 1 - margin if margin > 0 else -margin
    else:
        kink = 1 / margin if scale == "ratio" else 0.0
    return (kink,) if 0 < kink < 1 else ()


def threshold(control: NDArray, margin: float, scale: Scale) -> NDArray:
    """The treated rate that exceeds a control rate by exactly the margin; may leave [0, 1]."""
    if scale == "difference":
        return control + margin
    if scale == "ratio":
        return control * margin
    return margin * control / (1 - control + margin * control)
