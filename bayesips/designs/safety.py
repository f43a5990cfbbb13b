"""Adverse events: rates with history, exact stopping rules, and efficacy and safety together."""

from bayesips.designs.adverse_events import (
    event_rate,
    fewest_events,
    safety_rule,
    stopping_probability,
)
from bayesips.designs.efficacy_and_safety import CELLS, JointCharacteristics, JointDesign

__all__ = [
    "CELLS",
    "JointCharacteristics",
    "JointDesign",
    "event_rate",
    "fewest_events",
    "safety_rule",
    "stopping_probability",
]
