"""Knobs: the single numbers of a model that could be turned until the answer flips."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, replace

import numpy as np

from bayesips.borrowing import Robust, method_name
from bayesips.borrowing.method import AnyMethod
from bayesips.declare.model import Model
from bayesips.distributions.effects.scales import scale_named
from bayesips.distributions.kinds import Number
from bayesips.distributions.priors import FAMILIES
from bayesips.distributions.ranges import Range, is_number
from bayesips.distributions.settings import settings_of
from bayesips.errors import Refused
from bayesips.sensitivity import control_axes
from bayesips.sensitivity.knob import Knob
from bayesips.sensitivity.trial_axes import prior_size

SHIFT = "bias.further shift.mean"
KNOWN_RATE = "control.known_rate"
SUCCESSES = "treated.successes"
CONTROLS = ("concurrent.successes", "concurrent.n")
BENCHMARK = "benchmark"  # the method of a known rate
# Rates are turned up to this far from 0 and 1.
EDGE = 1e-4
# Positive numbers are turned from a fifth of what they are to five times that.
FACTOR = 5.0
WIDEST_SHIFT = 3.0  # log odds: from 24.5 % to 1.6 % or 87 %
WIDEST_CENTRE = 5.0  # on the link scale
LARGEST_PRIOR = 1000.0  # prior patients
# Numbers of priors that are turned: one end of a range, or one of two shapes, is no choice alone.
PARTS_OF_PRIORS = ("scale", "sd", "rate", "shape", "mean")


def knobs_of(model: Model) -> list[Knob]:
    """Every knob that this model has."""
    return [knob(model, name) for name in _names(model)]


def _names(model: Model) -> list[str]:
    """Their axes: what every model has, then what its method and its biases add."""
    found = [SUCCESSES, *(CONTROLS if model.concurrent is not None else ()), SHIFT]
    if method_name(model.method) != BENCHMARK:
        found.append(KNOWN_RATE)
    found += [f"control.robust.{part}" for part in _parts_of_robust(model)]
    settings = ((f"control.{name}", name) for name in _numbers_of(model.method))
    found += [name for name, own in settings if _of_setting(model.method, name, own)]
    found += [
        f"control.{name}.{part}"
        for name, part in control_axes.prior_parts(model)
        if part in PARTS_OF_PRIORS
    ]
    found += [f"bias.{entry.name}.mean" for entry in model.bias]
    if len(model.treated_prior.weights) == 1:
        found += ["treated.prior.n", "treated.prior.mean"]
    return [*found, "decision.margin", "decision.probability"]


def _parts_of_robust(model: Model) -> tuple[str, ...]:
    """Numbers of the vague part that matter: without a weight only the weight does."""
    here = model.robust is not None and model.robust.weight > 0
    return ("weight", "mean", "n") if here else ("weight",)


def _numbers_of(method: AnyMethod) -> dict[str, Range]:
    """Settings of a method that are one number, and the range that each may have."""
    found = {}
    for setting in settings_of(method.__class__):
        kind = getattr(setting.kind, "item", setting.kind)
        if isinstance(kind, Number) and is_number(getattr(method, setting.name)):
            found[setting.name] = kind.allowed
    return found


def knob(model: Model, name: str, bounds: tuple[float, float] | None = None) -> Knob:
    """The knob of an axis.

    Raises
    ------
    Refused
        If the axis is not one number of this model, or has no natural range and none is given.
    """
    found = _found(model, name)
    if bounds is not None:
        low, high = bounds
        found = found or Knob(name, name, "", float("nan"), low, high)
        return replace(found, low=low, high=high)
    if found is None:
        raise Refused(f"{name} has no natural range in this model: give bounds=(low, high)")
    return found


def _found(model: Model, name: str) -> Knob | None:
    """A knob with its natural range, if it is known."""
    for start, make in _KNOBS.items():
        if name == start or (start.endswith(".") and name.startswith(start)):
            return make(model, name)
    return None


def _of_treated(model: Model, name: str) -> Knob:
    """Successes among the treated."""
    arm, words = model.treated, model.outcome
    title = f"treated {words.people}"
    return Knob(name, title, words.unit, arm.successes, 0, arm.n, "whole")


def _of_controls(model: Model, name: str) -> Knob | None:
    """Successes or size of the trial's own controls."""
    own, words = model.concurrent, model.outcome
    if own is None:
        return None
    if name == CONTROLS[0]:
        title = f"control {words.people}"
        return Knob(name, title, words.unit, own.successes, 0, own.n, "whole")
    title, most = "size of the trial's own control arm", max(own.n * FACTOR, own.n + 1)
    return Knob(name, title, words.unit, own.n, max(own.successes, 1), most, "whole")


def _of_known_rate(model: Model, name: str) -> Knob:
    """A known control rate."""
    now = known_rate(model)
    return Knob(
        name, "control rate, if it were known", model.outcome.knob_unit, now, EDGE, 1 - EDGE
    )


def known_rate(model: Model) -> float:
    """The control rate where a model takes it as known; NaN where it does not."""
    if method_name(model.method) != BENCHMARK:
        return float("nan")
    control = model.control()
    return float(control.mean()) if float(control.std()) == 0 else float("nan")


def _of_robust(model: Model, name: str) -> Knob:
    """A number of the vague part."""
    part = name.rpartition(".")[2]
    robust = model.robust or Robust(0.0)
    now = float(getattr(robust, part))
    if part == "weight":
        return Knob(name, "weight of the vague part", "share", now, 0.0, 1.0)
    if part == "mean":
        return Knob(name, "mean of the vague part", model.outcome.knob_unit, now, EDGE, 1 - EDGE)
    return Knob(name, "size of the vague part", model.outcome.unit, now, 0.1, LARGEST_PRIOR, "log")


def _of_method(model: Model, name: str) -> Knob | None:
    """A number of the method, or of one of its priors."""
    setting, _, part = name.removeprefix("control.").partition(".")
    if setting not in {f.name for f in fields(model.method)}:
        return None
    if not part:
        return _of_setting(model.method, name, setting)
    value = control_axes.declared(model, setting)
    family = value[0] if isinstance(value, tuple) else ""
    parts = FAMILIES.get(family, ((), ()))
    if part not in parts[0]:
        return None
    now = float(value[1 + parts[0].index(part)])
    title = f"{part} of the prior of {setting}"
    if part in parts[1]:
        return Knob(name, title, "times", now, now / FACTOR, now * FACTOR, "log")
    return Knob(name, title, "link scale", now, now - WIDEST_CENTRE, now + WIDEST_CENTRE)


def _of_setting(method: AnyMethod, name: str, setting: str) -> Knob | None:
    """A plain number of the method, within the range that its setting declares."""
    allowed = _numbers_of(method).get(setting)
    if allowed is None or not math.isfinite(allowed.low):
        return None
    title, now = f"{setting} of the {method.title}", float(getattr(method, setting))
    if math.isfinite(allowed.high):
        inside = 0.0 if allowed.closed else EDGE * (allowed.high - allowed.low)
        return Knob(name, title, "", now, allowed.low + inside, allowed.high - inside)
    return Knob(name, title, "times", now, now / FACTOR, now * FACTOR, "log") if now > 0 else None


def _of_bias(model: Model, name: str) -> Knob | None:
    """Mean of a bias."""
    own, _, part = name.removeprefix("bias.").rpartition(".")
    now = next(
        (model.outcome.towards_better(entry.mean) for entry in model.bias if entry.name == own), 0.0
    )
    if part != "mean":
        return None
    return Knob(name, f"bias: {own}", _log_odds(model), now, -WIDEST_SHIFT, WIDEST_SHIFT)


def _log_odds(model: Model) -> str:
    """In what a shift is counted."""
    noun = model.outcome.noun
    return f"log odds of {noun}" if model.outcome.more_is_better else "log odds, + is better"


def _of_prior(model: Model, name: str) -> Knob | None:
    """Size or mean of the treated prior."""
    size = prior_size(model)
    if not np.isfinite(size):
        return None
    if name.endswith(".n"):
        low, high = min(0.01, size), max(LARGEST_PRIOR, size)
        return Knob(name, "size of the treated prior", model.outcome.unit, size, low, high, "log")
    now = float(model.treated_prior.mean())
    return Knob(name, "mean of the treated prior", model.outcome.knob_unit, now, EDGE, 1 - EDGE)


def _of_decision(model: Model, name: str) -> Knob:
    """Margin or required probability of the first decision."""
    first = model.decisions[0]
    if name.endswith("probability"):
        now = first.probability
        return Knob(name, "required probability", "probability", now, EDGE, 1 - EDGE)
    if scale_named(model.scale).is_ratio:
        return Knob(name, "margin", model.scale, first.margin, 1 / FACTOR, FACTOR, "log")
    now = model.directed(first.margin)
    return Knob(name, "margin", model.outcome.knob_unit, now, -1 + EDGE, 1 - EDGE)


_KNOBS: dict[str, Callable[[Model, str], Knob | None]] = {
    SUCCESSES: _of_treated,
    "concurrent.": _of_controls,
    KNOWN_RATE: _of_known_rate,
    "control.robust.": _of_robust,
    "control.": _of_method,
    "bias.": _of_bias,
    "treated.prior.": _of_prior,
    "decision.margin": _of_decision,
    "decision.probability": _of_decision,
}
