"""When a posterior probability is enough: criteria and rules, with ties decided in one place."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.distributions.effects.scales import SCALES
from bayesips.errors import Refused

# A probability as close as this to its threshold is a tie, and a tie does not meet a criterion:
# exact ties are common (uniform priors, equal arms), and rounding must not decide them.
TIE = 1e-12

Tail = Literal["upper", "lower"]
Scale = Literal["difference", "ratio", "odds_ratio"]
TAILS = ("upper", "lower")


def excess(probability: ArrayLike, required: ArrayLike) -> NDArray:
    """By how much a probability is more than required: above 0 where it is enough."""
    return np.asarray(probability, dtype=float) - np.asarray(required, dtype=float) - TIE


def exceeds(probability: ArrayLike, required: ArrayLike) -> NDArray:
    """Whether a probability is more than required; a tie is not, nor is NaN."""
    return excess(probability, required) > 0


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

    @property
    def margin(self) -> float:
        """The threshold of an effect, as model files call it."""
        return self.threshold

    def formula(self, quantity: str) -> str:
        """The demand as a formula: "P(difference > 0.1) > 0.975"."""
        sign = ">" if self.tail == "upper" else "\N{LESS-THAN OR EQUAL TO}"
        return f"P({quantity} {sign} {self.threshold:g}) > {self.probability:g}"

    def probability_held(self, above: ArrayLike) -> NDArray:
        """The probability this criterion looks at, from P(quantity > threshold)."""
        above = np.asarray(above, dtype=float)
        return above if self.tail == "upper" else 1 - above

    def excess(self, above: ArrayLike) -> NDArray:
        """By how much it is met, given P(quantity > threshold): above 0 where it is."""
        return excess(self.probability_held(above), self.probability)

    def met(self, above: ArrayLike) -> NDArray:
        """Whether it is met, given P(quantity > threshold), any shape; a tie does not meet it."""
        return exceeds(self.probability_held(above), self.probability)


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
            raise Refused(
                f"scale of a rule is {self.scale!r}; allowed are {_listed(tuple(SCALES))}"
            )
        smallest = min(criterion.threshold for criterion in self.criteria)
        if SCALES[self.scale].is_ratio and smallest <= 0:
            raise Refused(f"threshold of a {self.scale} is {smallest}; it must be above 0")

    @property
    def margins(self) -> NDArray:
        """Thresholds of the criteria, in order."""
        return np.array([criterion.threshold for criterion in self.criteria], dtype=float)

    @property
    def required(self) -> NDArray:
        """Probabilities that the criteria require, in order."""
        return np.array([criterion.probability for criterion in self.criteria], dtype=float)

    def formula(self, quantity: str) -> str:
        """All demands as formulas."""
        return " and ".join(each.formula(quantity) for each in self.criteria)

    def met(self, above: Sequence[ArrayLike]) -> NDArray:
        """Whether all criteria are met; `above` holds P(quantity > threshold) of each in turn."""
        verdicts = [
            criterion.met(each) for criterion, each in zip(self.criteria, above, strict=True)
        ]
        return np.logical_and.reduce(verdicts)

    def enough(self, probability: ArrayLike) -> NDArray:
        """Whether each criterion is met, by the probabilities it looks at (criteria last)."""
        return exceeds(probability, self.required)

    def each_met(self, above: ArrayLike) -> NDArray:
        """Whether each criterion is met; P(quantity > threshold) has the criteria as last axis."""
        columns = np.moveaxis(np.asarray(above, dtype=float), -1, 0)
        verdicts = [one.met(each) for one, each in zip(self.criteria, columns, strict=True)]
        return np.stack(verdicts, axis=-1)


def _listed(names: Iterable[str]) -> str:
    """Names as a reader sees them in a message."""
    return ", ".join(repr(name) for name in names)
