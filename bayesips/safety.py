"""Adverse events: rates with history, exact stopping rules, and efficacy and safety together."""

from bayesips.design.joint import CELLS, JointCharacteristics, JointDesign
from bayesips.design.safety_rule import (
    event_rate,
    fewest_events,
    safety_rule,
    stopping_probability,
)

__all__ = [
    "CELLS",
    "JointCharacteristics",
    "JointDesign",
    "event_rate",
    "fewest_events",
    "safety_rule",
    "stopping_probability",
]
