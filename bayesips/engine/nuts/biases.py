"""Biases in a `pm.Model`: each named shift is an unknown of it."""

from __future__ import annotations

from typing import Any

import pymc as pm
from pytensor.tensor.variable import TensorVariable

from bayesips.borrowing.biases import Bias, Biases, named

# Rates this close to 0 or 1 are moved inside before their log odds are taken.
EDGE = 1e-15


def biased(control: Any, biases: Biases) -> Any:
    """The control after all biases, as `control_biased`; inside the context of a model."""
    entries = named(biases)
    if not entries:
        return control
    return pm.Deterministic("control_biased", moved(control, biases))


def moved(rate: TensorVariable, biases: Biases) -> Any:
    """Any rate after all biases."""
    shift = sum(_variable(bias) for bias in named(biases))
    inside = pm.math.clip(rate, EDGE, 1 - EDGE)
    return pm.math.sigmoid(pm.math.logit(inside) + shift)


def _variable(bias: Bias) -> Any:
    """One shift: an unknown of the model, or a number where it has no spread."""
    (mean, sd), name = bias.shift(), f"bias_{bias.name}"
    if sd == 0:
        return mean
    known = pm.modelcontext(None).named_vars
    return known[name] if name in known else pm.Normal(name, mean, sd)
