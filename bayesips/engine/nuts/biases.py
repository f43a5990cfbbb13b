"""Biases in a `pm.Model`: each named shift is an unknown of it."""

from __future__ import annotations

from typing import Any

import pymc as pm

from bayesips.borrowing.biases import Bias, Biases, named

# Rates this close to 0 or 1 are moved inside before their log odds are taken.
EDGE = 1e-15


def biased(control: Any, biases: Biases) -> Any:
    """The control after all biases, as `control_biased`; inside the context of a model."""
    entries = named(biases)
    if not entries:
        return control
    shift = sum(_variable(bias) for bias in entries)
    inside = pm.math.clip(control, EDGE, 1 - EDGE)
    return pm.Deterministic("control_biased", pm.math.sigmoid(pm.math.logit(inside) + shift))


def _variable(bias: Bias) -> Any:
    """One shift: an unknown, or a number where it has no spread."""
    mean, sd = bias.shift()
    return pm.Normal(f"bias_{bias.name}", mean, sd) if sd > 0 else mean
