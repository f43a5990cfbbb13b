"""One model's answer without its tree: control, treated, and how probable each decision is."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesips.answer.assessment.answer import read
from bayesips.answer.control import control_prior
from bayesips.declare.model import Model
from bayesips.distributions.effects import prob_greater, prob_greater_error

# A probability this near to what is required is a tie, and a tie does not meet it.
TIE = 1e-12


def control_of(model: Model) -> Any:
    """Distribution of the control rate, by the exact engine.

    Raises
    ------
    Refused, NotSettled
        As `control_prior`.
    """
    return control_prior(
        read(model),
        model.method,
        endpoint=model.endpoint,
        bias=model.bias,
        robust=model.robust,
    )


def treated_of(model: Model) -> Any:
    """Posterior of the treated rate."""
    return model.treated_prior.update(model.treated.successes, model.treated.n)


def treated_key(model: Model) -> tuple[Any, ...]:
    """Equal for equal posteriors of the treated rate."""
    prior, arm = model.treated_prior, model.treated
    shapes = (prior.weights.tobytes(), prior.a.tobytes(), prior.b.tobytes())
    return (arm.successes, arm.n, *shapes)


def probabilities(model: Model, control: Any, treated: Any) -> np.ndarray:
    """P(effect > margin) of each decision; shape (decisions, *batch)."""
    return np.stack(
        [prob_greater(treated, control, d.margin, model.scale) for d in model.decisions]
    )


def errors(model: Model, control: Any, treated: Any) -> np.ndarray:
    """Numerical error of `probabilities`: under refinement, and of the control itself."""
    own = getattr(control, "error", 0.0)
    found = [prob_greater_error(treated, control, d.margin, model.scale) for d in model.decisions]
    return np.stack(found) + own


def met(probability: Any, required: Any) -> np.ndarray:
    """Whether a probability exceeds what is required; NaN does not."""
    return np.asarray(probability) - np.asarray(required) > TIE
