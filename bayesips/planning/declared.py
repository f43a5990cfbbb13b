"""Every rule and prior of a plan as formulas, as declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesips.distributions.effects.scales import scale_named
from bayesips.planning.plan_file import Plan
from bayesips.sensitivity.labels import label

if TYPE_CHECKING:
    import xarray as xr


def declared(plan: Plan) -> xr.Dataset:
    """Rules and priors by name, as attributes; empty where the plan has none."""
    import xarray as xr

    quantity = "rate" if plan.fixed_rate is not None else scale_named(plan.scale).words.title
    rules = {
        "go": plan.rule,
        "stop": plan.stop,
        "interim_claim": plan.efficacy,
        "interim_stop": plan.futility,
    }
    priors = {
        "prior_treated": plan.prior_treated,
        "prior_assurance": None if plan.phase_two is None else plan.phase_two.prior,
        "prior_safety": None if plan.safety is None else plan.safety["prior"],
    }
    said = {name: "" if rule is None else rule.formula(quantity) for name, rule in rules.items()}
    said |= {name: "" if prior is None else label(prior) for name, prior in priors.items()}
    said["prior_control"] = "" if plan.belief is None else plan.belief.formula
    return xr.Dataset(attrs=said)
