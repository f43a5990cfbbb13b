"""Axes of the trial and of the question: treated arm and its prior, biases, decisions, scale."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np

from bayesips.borrowing.biases import Bias, Biases, named
from bayesips.declare.model import Model
from bayesips.declare.outcome import directed_bias
from bayesips.distributions import BetaMixture
from bayesips.distributions.effects.scales import scale_named
from bayesips.distributions.rule import Scale
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm
from bayesips.sensitivity.control_axes import ImpossibleChoiceError

PARTS_OF_DECISION = ("margin", "probability")


def set_prior(model: Model, value: BetaMixture) -> Model:
    """Another prior of the treated rate."""
    return replace(model, treated_prior=value)


def set_prior_size(model: Model, value: float) -> Model:
    """Another size a + b of the treated prior, its mean kept."""
    return replace(model, treated_prior=BetaMixture.from_mean_n(_single_beta(model).mean(), value))


def set_prior_mean(model: Model, value: float) -> Model:
    """Another mean of the treated prior, its size a + b kept."""
    prior = _single_beta(model)
    return replace(
        model, treated_prior=BetaMixture.from_mean_n(value, float((prior.a + prior.b)[0]))
    )


def _single_beta(model: Model) -> BetaMixture:
    """The prior, if it is a single Beta."""
    if len(model.treated_prior.weights) > 1:
        raise ImpossibleChoiceError("the treated prior is a mixture: it has no single size")
    return model.treated_prior


def set_patients(model: Model, value: int) -> Model:
    """Another number of treated patients."""
    return replace(model, treated=_counted(model.treated, n=value))


def set_successes(model: Model, value: int) -> Model:
    """Another number of treated survivors."""
    return replace(model, treated=_counted(model.treated, successes=value))


def control_setter(part: str) -> Callable[[Model, Any], Model]:
    """Successes or size of the trial's own controls."""

    def put(model: Model, value: int) -> Model:
        if model.concurrent is None:
            raise Refused(f"concurrent.{part}: the model has no [concurrent] controls")
        return replace(model, concurrent=_counted(model.concurrent, **{part: int(value)}))

    return put


def _counted(arm: Arm, **counts: int) -> Arm:
    """The arm with other counts at the landmark; its later rows no longer belong to it."""
    parts = {f.name: getattr(arm, f.name) for f in fields(arm)} | counts | {"observations": ()}
    try:
        return Arm(parts.pop("label"), parts.pop("successes"), parts.pop("n"), **parts)
    except Refused as error:
        raise ImpossibleChoiceError(str(error)) from error


def set_bias(model: Model, value: Biases | None) -> Model:
    """All biases at once, as `borrowing.biases.named` has them; None for none."""
    return replace(model, bias=directed_bias(named(value or ()), model.outcome))


def bias_setter(path: str) -> Callable[[Model, Any], Model] | None:
    """Mean or sd of one bias ("bias.<name>.mean"); a name not yet declared is added."""
    name, _, part = path.rpartition(".")
    if not name or part not in ("mean", "sd"):
        return None

    def put(model: Model, value: float) -> Model:
        entries = {entry.name: entry for entry in model.bias}
        value = model.outcome.towards_better(float(value)) if part == "mean" else float(value)
        numbers = entries.get(name, Bias(name, 0.0, 0.0))._asdict() | {part: value}
        entries[name] = Bias(**numbers)
        return replace(model, bias=tuple(entries.values()))

    return put


def decision_setter(path: str) -> Callable[[Model, Any], Model] | None:
    """Margin or probability of the first decision, or of another: "decision.2.margin"."""
    number, _, part = path.rpartition(".")
    if part not in PARTS_OF_DECISION or not (number == "" or number.isdigit()):
        return None
    place = int(number or 1) - 1

    def put(model: Model, value: float) -> Model:
        if not 0 <= place < len(model.decisions):
            raise Refused(f"decision.{path}: the model has {len(model.decisions)} decisions")
        decisions = list(model.decisions)
        old = decisions[place]
        if part == "margin":
            decisions[place] = replace(old, threshold=model.directed(float(value)))
        else:
            decisions[place] = replace(old, probability=float(value))
        return replace(model, decisions=tuple(decisions))

    return put


def set_scale(model: Model, value: Scale) -> Model:
    """Another scale of the effect; a margin that was no effect stays no effect."""
    old, new = scale_named(model.scale), scale_named(value)
    if value == model.scale:
        return model
    decisions = []
    for decision in model.decisions:
        if decision.margin != old.no_effect:
            raise ImpossibleChoiceError(
                f"margin {decision.margin:g} is one of a {model.scale}; on another scale it must "
                "be stated anew (use a model of that scale)"
            )
        decisions.append(replace(decision, threshold=new.no_effect))
    return replace(model, scale=value, decisions=tuple(decisions))


def prior_size(model: Model) -> float:
    """Size a + b of the treated prior; NaN for a mixture."""
    prior = model.treated_prior
    return float((prior.a + prior.b)[0]) if len(prior.weights) == 1 else float(np.nan)
