"""Go, stop or consider: two rules in order, beside the criteria and rules they are made of."""

from __future__ import annotations

from dataclasses import dataclass

from bayesips.distributions.rule import SCALES, TAILS, TIE, Criterion, Rule, Scale, Tail
from bayesips.errors import Refused

__all__ = ["SCALES", "TAILS", "TIE", "Criterion", "Rule", "Scale", "Tail", "ThreeWay"]


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
