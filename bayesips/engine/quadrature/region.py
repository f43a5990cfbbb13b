"""Where a story is read, how finely, and how a range is widened."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayesips.distributions.priors import Prior
from bayesips.engine.quadrature.axes import FIRST_REACH, Segment


@dataclass(frozen=True)
class Resolution:
    """How fine a reading is: nodes per uneven axis, and steps per joint sharpness.

    `shape` are the nodes of the endpoint's shape, of which history says little: a smooth prior
    with nothing at its ends needs few. `loose`: a few digits are enough.
    """

    count: int
    step: float
    shape: int = 0
    loose: bool = False

    @property
    def shape_count(self) -> int:
        """Nodes of the endpoint's shape; as many as of other axes where nothing is said."""
        return self.shape or self.count


@dataclass(frozen=True, eq=False)
class Region:
    """Where the posterior is: a range for each even axis, segments for each other."""

    even: dict[str, tuple[float, float]]
    uneven: dict[str, list[Segment]]


def reach(prior: Prior, first: tuple[float, float]) -> tuple[float, float]:
    """Ends, on the working scale, beyond which nothing can be: data may pull far into light tails.

    A light-tailed prior was cut where it has no mass of its own; data in conflict with it put the
    posterior there all the same.
    """
    if prior.family in ("normal", "lognormal"):
        return -np.inf, np.inf
    if prior.family in FIRST_REACH:
        return 0.0, np.inf
    return first


def wider(
    now: tuple[float, float], farthest: tuple[float, float], open_ends: np.ndarray
) -> tuple[float, float]:
    """A range grown by half of itself at each open end, within its reach."""
    grow = (now[1] - now[0]) / 2
    low = max(farthest[0], now[0] - grow) if open_ends[0] else now[0]
    high = min(farthest[1], now[1] + grow) if open_ends[1] else now[1]
    return low, high


def wider_segment(part: Segment, own: tuple[float, float], open_ends: np.ndarray) -> Segment:
    """The same for a part of an uneven axis; `own` are its ends at first sight."""
    if part.settled:
        return part
    low, high = wider((part.low, part.high), reach(part.prior, own), open_ends)
    return replace(part, low=low, high=high)
