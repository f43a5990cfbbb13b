"""The whole model in PyMC: history, bias, robust part, treated arm and effect."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesips.answer.assessment.chains import CONTROL
from bayesips.answer.assessment.pymc_controls import OwnControls, vague_rate
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
        about the control. The trial's own controls are observed too: with the arms' counts
        (`successes`) where their rate is the rate by history, else as `concurrent_successes` (of
        a control that is itself a mixture: as a potential), of the rate after bias or of the
        vague part; `weight_of_history` is then the probability that it was the former. An adaptive
        method stands as what the controls made of it.
    """
    import pymc as pm

    from bayesips.engine import nuts

    used = model.in_use
    own = OwnControls(used) if model.concurrent is not None else None
    direct = own is not None and own.speak_directly
    built = nuts.model_of(
        used.method,
        list(model.arms),
        endpoint=model.endpoint,
        concurrent=model.concurrent if direct else None,
        seen=None if own is None or direct else own.log_likelihood,
    )
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
        if own is not None and not direct:
            own.observe(biased)
        control = pm.Deterministic(CONTROL, _robustified(biased, used, own))
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


def _robustified(control: Any, model: Model, own: OwnControls | None) -> Any:
    """The control, or a vague rate with that part's probability after the trial's own controls."""
    import pymc as pm

    if model.robust is None or model.robust.weight == 0:
        return control
    vague = vague_rate(model.robust)
    weight = model.robust.weight if own is None else 1 - own.weight_of_history(control)
    choice = pm.Uniform("robust_choice")
    return pm.math.switch(choice < weight, vague, control)
