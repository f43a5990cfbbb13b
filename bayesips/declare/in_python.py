"""A model built in Python: the parts of a model file as nouns, or in plain values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypedDict, Unpack, cast

from bayesips.borrowing import Robust, as_method, method_name, names
from bayesips.borrowing.biases import Bias, named
from bayesips.declare.arms import check_course, check_readable
from bayesips.declare.model import Model
from bayesips.declare.outcome import as_given, check_direction, directed_bias, directed_criteria
from bayesips.declare.sections import MARGINS, read_decisions, read_prior
from bayesips.declare.settings import check_arms, read_method, read_settings
from bayesips.declare.table import Table
from bayesips.declare.trial_arms import check_concurrent
from bayesips.distributions import BetaMixture
from bayesips.distributions.effects.scales import scale_named
from bayesips.distributions.kinds import Number
from bayesips.distributions.ranges import POSITIVE
from bayesips.distributions.rule import Criterion
from bayesips.endpoints import Binary, Endpoint, endpoint_class
from bayesips.errors import Refused, in_one_message, shown
from bayesips.evidence.given import arm_of, arms_of
from bayesips.evidence.selection import Evidence

PROBABILITY = 0.975  # that the effect must be there with, where no decision is stated
FLAT = BetaMixture(1.0, 1.0, 1.0)


class Parts(TypedDict, total=False):
    """What a model may be given beside its arms."""

    concurrent: Any
    method: Any
    endpoint: Any
    landmark_day: float
    outcome: Any
    robust: Any
    bias: Any
    decisions: Any
    scale: str
    prior: Any
    name: str
    question: str


def model(arms: object, treated: object, **parts: Unpack[Parts]) -> Model:
    """A model without a file: what `assess`, `compare`, `vary` and the page take.

    Parameters
    ----------
    arms : sequence, DataFrame, path or Evidence
        History: arms, tuples (label, successes, n) or (label, successes, n, day); a pandas or
        polars DataFrame with the columns of an evidence file (study, successes, n, ...); the path
        of such a file; or ``load_evidence(path).select(control_set)``. ``[]`` for none.
    treated : Arm or tuple
        The treated arm: an Arm, (successes, n) or (label, successes, n).
    concurrent : Arm or tuple, optional
        The trial's own controls, as the treated arm is given.
    method : object, class, name or mapping, optional
        The borrowing method, ``"map"`` unless given: ``bips.Map(tau=("half_normal", 0.5))``, or
        ``{"method": "map", "tau": ["half_normal", 0.5]}``.
    endpoint : Endpoint or name, optional
        ``"binary"`` unless given.
    landmark_day : float, optional
        The day asked about, where the outcome has one.
    outcome : Outcome or mapping, optional
        Its words and direction, as a model file's table [outcome] without the day.
    robust : Robust, mapping or number, optional
        The vague part of the control prior; a number is its weight.
    bias : mapping or sequence, optional
        As `control_prior` takes it: ``{"era": (0.4, 0.15)}``.
    decisions : sequence, optional
        Criteria, or pairs (margin, probability); the effect beyond none with 0.975 unless given.
    scale : {"difference", "ratio", "odds_ratio"}, optional
        Of the effect.
    prior : BetaMixture, pair (a, b), mapping or Elicited, optional
        Of the treated rate, Beta(1, 1) unless given.
    name, question : str, optional
        What tables and the page call it.

    Raises
    ------
    Refused
        With every fault at once: the part, what was given, and what is allowed.
    """
    top = Table({**parts, "arms": arms, "treated": treated}, "", [])
    top.allow("arms", "treated", *Parts.__annotations__)
    scale = top.choice("scale", tuple(MARGINS), "difference")
    found = {name: _part(top, name, read) for name, read in READ.items()}
    label = getattr(found["treated"], "label", "")
    stated = {
        "name": top.text("name", "model"),
        "question": top.text("question", f"Is the rate with {label} higher than without?"),
        "decisions": _decisions(top, scale or "difference"),
    }
    if not top.faults:
        _check(top, found)
    if top.faults:
        said = [fault.removeprefix("top level, ") for fault in top.faults]
        raise Refused(in_one_message("bips.model", said))
    outcome = found["outcome"]
    stated["decisions"] = directed_criteria(stated["decisions"], scale, outcome)
    found["bias"] = directed_bias(found["bias"], outcome)
    return Model(**_named_as_in_a_model(found), **stated, scale=scale)


def _named_as_in_a_model(found: dict[str, Any]) -> dict[str, Any]:
    """The parts under the names that a model has for them."""
    evidence, history = found.pop("arms")
    endpoint, prior, day = found.pop("endpoint"), found.pop("prior"), found["landmark_day"]
    asked = endpoint if day is None else endpoint.at(day)
    own = {"endpoint": asked, "treated_prior": prior, "evidence": evidence, "history": history}
    return found | own


def _part(top: Table, key: str, read: Callable[[object], Any]) -> Any:
    """One part, as its reader makes it of what is given, or of None; a fault where it cannot."""
    try:
        return read(top.content.get(key))
    except Refused as error:
        top.faults.append(f"{key}: {error}")
        return None


def _method(given: object) -> Any:
    """A method from itself, its class, its name, or a table with its name and settings."""
    match given:
        case Mapping():
            table = Table(dict(given), "", [])
            name = table.choice("method", names())
            return _whole(table, None if name is None else read_method(table, name))
        case None:
            return as_method("map")
    found = as_method(cast("type", given))
    if not hasattr(found, "tell") and not hasattr(found, "adapt"):
        raise Refused(f"{shown(given)} given; a method is required, as Map() or its name")
    return found


def _robust(given: object) -> Robust | None:
    """A vague part from itself, its weight, or a table of its settings."""
    match given:
        case None | Robust():
            return given
        case Mapping():
            table = Table(dict(given), "", [])
        case _:
            table = Table({"weight": given}, "", [])
    return _whole(table, cast("Robust", read_settings(table, Robust)))


def _prior(given: object) -> BetaMixture:
    """The prior of the treated rate from itself, what was elicited, or a model file's forms."""
    held = getattr(given, "mixture", given)
    match held:
        case None:
            return FLAT
        case BetaMixture():
            return held
        case tuple():
            held = list(held)
    table = Table({"prior": held}, "prior", [])
    return _whole(table, cast("BetaMixture", read_prior(table)))


def _endpoint(given: object) -> Endpoint:
    """An endpoint from itself or its name."""
    if given is None or hasattr(given, "chains"):
        return Binary() if given is None else cast("Endpoint", given)
    return endpoint_class(cast("str", given))()


def _bias(given: object) -> tuple[Bias, ...]:
    """Biases in any form that `control_prior` takes."""
    if given is not None and not hasattr(given, "__iter__"):
        raise Refused(f"{shown(given)} given; biases are required, as {{'era': (0.4, 0.15)}}")
    return named(cast("Mapping[str, Any]", given or {}))


def _day(given: object) -> float | None:
    """The day asked about."""
    return None if given is None else Number(POSITIVE).read(given)


def _decisions(top: Table, scale: str) -> tuple[Criterion, ...]:
    """Criteria as they are, or from pairs (margin, probability)."""
    given = top.content.get("decisions", [(scale_named(scale).no_effect, PROBABILITY)])
    rows = given if hasattr(given, "__iter__") else [given]
    if all(hasattr(each, "threshold") for each in rows):
        return tuple(rows)
    tables = [_decision(each) for each in rows]
    return read_decisions(Table({"decision": tables}, "", top.faults), scale)


def _decision(given: object) -> object:
    """A decision as a model file has it, from a pair too."""
    match given:
        case (margin, probability):
            return {"margin": margin, "probability": probability}
    return given


def _whole[T](table: Table, found: T) -> T:
    """What was read from a table; its faults as one refusal."""
    if table.faults:
        raise Refused("; ".join(fault.removeprefix(f"{table.place} ") for fault in table.faults))
    return found


def _states_days(evidence: Evidence | None) -> bool:
    """Whether rows of an evidence file say when patients were counted."""
    return evidence is not None and any(row.day for row in evidence.rows)


def _check(top: Table, parts: Mapping[str, Any]) -> None:
    """Add faults that show only when the parts are seen together, as those of a model file."""
    evidence, history = parts["arms"]
    treated, day, own = parts["treated"], parts["landmark_day"], parts["concurrent"]
    control = Table({"method": method_name(parts["method"])}, "method", top.faults)
    check_arms(control, Table({}, "arms", top.faults), history, parts["method"])
    check_concurrent(top, own, [treated, *history])
    if treated.label in {arm.label for arm in history}:
        top.faults.append(f"arms: {treated.label!r} is treated and cannot be its own control")
    if day is None and (parts["endpoint"].in_time or _states_days(evidence)):
        top.faults.append(f"landmark_day: missing; {POSITIVE} is required: rows state days")
        return
    check_direction(top, parts["outcome"], parts["endpoint"])
    check_readable(top, history, parts["endpoint"], day, None)
    if parts["outcome"].is_survival or parts["endpoint"].in_time:
        check_course(top, "treated", [treated], day)
        check_course(top, "arms", history, day)


# Parts that stand under their own names in a model, each with what reads it.
READ: dict[str, Callable[[object], Any]] = {
    "arms": arms_of,
    "treated": lambda given: arm_of(given, "Treated"),
    "concurrent": lambda given: None if given is None else arm_of(given, "Controls"),
    "method": _method,
    "endpoint": _endpoint,
    "landmark_day": _day,
    "outcome": as_given,
    "robust": _robust,
    "bias": _bias,
    "prior": _prior,
}
