"""The whole model in PyMC: history, bias, robust part, treated arm and effect."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesips.declare.model import Model
from bayesips.distributions.effects.scales import scale_named


def pymc_model(model: Model) -> Any:
    """Build the model as an ordinary `pm.Model`, to be sampled, taken and extended.

    Parameters
    ----------
    model : Model

    Returns
    -------
    pm.Model
        `control`, the rate by history; `control_rate`, the rate after bias and robust part;
        `treated_rate`, `treated_successes` (dim `treated_arm`) and `effect`, beside the unknowns
        of the borrowing method (see `bayesips.engine.nuts.model_of`). The treated data say nothing
        about the control.
    """
    import pymc as pm

    from bayesips.engine import nuts

    built = nuts.model_of(model.method, list(model.arms), endpoint=model.endpoint)
    built.add_coord("treated_arm", [model.treated.label])
    with built:
        treated = _treated_rate(model)
        pm.Binomial(
            "treated_successes",
            n=np.array([model.treated.n]),
            p=treated[None],
            observed=np.array([model.treated.successes]),
            dims="treated_arm",
        )
        biased = nuts.biased(built["control"], model.bias)
        control = pm.Deterministic("control_rate", _robustified(biased, model))
        pm.Deterministic("effect", scale_named(model.scale).effect(treated, control))
    return built


def _treated_rate(model: Model) -> Any:
    """The treated rate with its Beta (mixture) prior."""
    import pymc as pm

    prior = model.treated_prior
    if prior.weights.size == 1:
        return pm.Beta("treated_rate", prior.a.item(), prior.b.item())
    parts = pm.Beta.dist(prior.a, prior.b)
    return pm.Mixture("treated_rate", w=prior.weights, comp_dists=parts)


def _robustified(control: Any, model: Model) -> Any:
    """The control, or with the robust weight's probability a vague rate."""
    import pymc as pm

    robust = model.robust
    if robust is None or robust.weight == 0:
        return control
    size = robust.n + 1
    vague = pm.Beta("vague_rate", robust.mean * size, (1 - robust.mean) * size)
    choice = pm.Uniform("robust_choice")
    return pm.math.switch(choice < robust.weight, vague, control)
