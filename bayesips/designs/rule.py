"""When it is enough: criteria on posterior probabilities, rules, and go / consider / stop."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.errors import Refused

# A probability as close as this to its threshold is a tie, and a tie does not meet a criterion:
# exact ties are common (uniform priors, equal arms), and rounding must not decide them.
TIE = 1e-12

Tail = Literal["upper", "lower"]
Scale = Literal["difference", "ratio", "odds_ratio"]
TAILS = ("upper", "lower")
SCALES = ("difference", "ratio", "odds_ratio")


@dataclass(frozen=True)
class Criterion:
    """One demand on a posterior distribution.

    Parameters
    ----------
    threshold : float
        Value the quantity (a rate, or the effect of treated over control) is held against.
    probability : float
        Posterior probability that must be exceeded, in [0, 1].
    tail : {"upper", "lower"}
        "upper": P(quantity > threshold) > probability.
        "lower": P(quantity <= threshold) > probability.

    Raises
    ------
    Refused
        If a number is not finite, the probability lies outside [0, 1], or the tail is unknown.
    """

    threshold: float
    probability: float
    tail: Tail = "upper"

    def __post_init__(self) -> None:
        if not math.isfinite(self.threshold):
            raise Refused(f"threshold of a criterion is {self.threshold}; it must be finite")
        if not 0 <= self.probability <= 1:
            raise Refused(f"probability of a criterion is {self.probability}; allowed are 0 to 1")
        if self.tail not in TAILS:
            raise Refused(f"tail of a criterion is {self.tail!r}; allowed are {_listed(TAILS)}")

    def probability_held(self, above: ArrayLike) -> NDArray:
        """The probability this criterion looks at, from P(quantity > threshold)."""
        above = np.asarray(above, dtype=float)
        return above if self.tail == "upper" else 1 - above

    def met(self, above: ArrayLike) -> NDArray:
        """Whether it is met, given P(quantity > threshold), any shape; a tie does not meet it."""
        return self.probability_held(above) - self.probability > TIE


@dataclass(frozen=True)
class Rule:
    """Criteria that must all hold (a dual criterion: significance and relevance).

    Parameters
    ----------
    criteria : sequence of Criterion
        One at least.
    scale : {"difference", "ratio", "odds_ratio"}
        What a two-arm design's effect is; a one-arm design looks at the rate and ignores it.

    Raises
    ------
    Refused
        If there is no criterion, the scale is unknown, or a ratio is held against 0 or less.
    """

    criteria: tuple[Criterion, ...]
    scale: Scale = "difference"

    def __init__(
        self, criteria: Criterion | Iterable[Criterion], scale: Scale = "difference"
    ) -> None:
        listed = (criteria,) if isinstance(criteria, Criterion) else tuple(criteria)
        object.__setattr__(self, "criteria", listed)
        object.__setattr__(self, "scale", scale)
        self._check()

    def _check(self) -> None:
        """Refuse a rule that nothing could meet or that means nothing."""
        if not self.criteria:
            raise Refused("a rule needs at least one criterion; got none")
        for criterion in self.criteria:
            if not isinstance(criterion, Criterion):
                raise Refused(f"a rule consists of criteria; got {criterion!r}")
        if self.scale not in SCALES:
            raise Refused(f"scale of a rule is {self.scale!r}; allowed are {_listed(SCALES)}")
        smallest = min(criterion.threshold for criterion in self.criteria)
        if self.scale != "difference" and smallest <= 0:
            raise Refused(f"threshold of a {self.scale} is {smallest}; it must be above 0")

    def met(self, above: Sequence[ArrayLike]) -> NDArray:
        """Whether all criteria are met; `above` holds P(quantity > threshold) of each in turn."""
        verdicts = [
            criterion.met(each) for criterion, each in zip(self.criteria, above, strict=True)
        ]
        return np.logical_and.reduce(verdicts)


@dataclass(frozen=True)
class ThreeWay:
    """Go, else stop, else consider: an ordered pair of rules; an outcome meeting both goes.

    Parameters
    ----------
    go, stop : Rule
        On one scale. `stop` is usually of lower tails: P(effect <= relevant) > probability.

    Raises
    ------
    Refused
        If the scales differ.
    """

    go: Rule
    stop: Rule

    def __post_init__(self) -> None:
        if self.go.scale != self.stop.scale:
            raise Refused(
                f"go is on the scale {self.go.scale!r}, stop on {self.stop.scale!r}; use one"
            )


def _listed(names: Sequence[str]) -> str:
    """Names as a reader sees them in a message."""
    return ", ".join(repr(name) for name in names)
