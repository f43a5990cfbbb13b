"""Borrowing method and endpoint of a model file: their settings are the fields of their classes."""

import re
from dataclasses import MISSING, Field, fields
from typing import Any

from bayesips.borrowing import Robust, method_class, names
from bayesips.borrowing.method import arms_needed
from bayesips.declare.sections import read_robust
from bayesips.declare.table import FINITE, Table, are_numbers, is_number
from bayesips.distributions.priors import Prior
from bayesips.endpoints import Binary, Landmark
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm

ENDPOINTS: dict[str, type] = {"binary": Binary, "landmark": Landmark}
HYPERPRIOR = 'a prior is required, as ["half_normal", 1], or ["fixed", value] for a known number'


def read_endpoint(top: Table, day: float | None) -> Any:
    """The endpoint, with the settings of the table named after it."""
    name = top.choice("endpoint", tuple(ENDPOINTS))
    for other in ENDPOINTS:
        if name and other != name and other in top.content:
            top.tell(other, f"the endpoint is {name!r}; its settings belong in [{name}]")
    if name is None:
        return None
    ours = {} if name == "binary" else {"day": day}
    table = top.table(name) or Table({}, name, top.faults)
    return _build(table, ENDPOINTS[name], ours, ())


def read_control(table: Table) -> tuple[Any, Robust | None]:
    """The borrowing method and its vague part."""
    name = table.choice("method", names())
    robust = read_robust(table.table("robust"))
    if name is None:
        return None, robust
    for setting in getattr(method_class(name), "stated", ()):
        if setting not in table.content:
            table.tell(setting, f"method {name!r} is nothing without it; it must be stated")
    return _build(table, method_class(name), {}, ("method", "robust")), robust


def needs_arms(control: Table) -> bool:
    """Whether the method of a model must have historical arms."""
    method = control.content.get("method")
    return method not in names() or arms_needed(method_class(str(method)))[0] > 0


def check_arms(control: Table, history: Table, arms: tuple[Arm, ...], method: Any) -> None:
    """Add faults where the method cannot use these arms; `method` is None if it is not known."""
    name = control.content.get("method")
    if name not in names():
        return
    kind = method_class(str(name))
    fewest, most = arms_needed(kind)
    if not fewest <= len(arms) <= (len(arms) if most is None else most):
        needed = f"{fewest} or more" if most is None else _from_to(fewest, most)
        history.faults.append(
            f"{history.place} {len(arms)} arms with counts given; method {name!r} needs {needed}"
        )
    for field in fields(kind):
        value = control.content.get(field.name)
        if _kind(field) != "NumberPerArm" or not isinstance(value, list):
            continue
        if len(value) != len(arms):
            control.tell(field.name, f"one number, or one for each of the {len(arms)} arms")
    for what, why in method.misfits(arms) if hasattr(method, "misfits") else ():
        if what in control.content:
            control.tell(what, why)
        else:
            history.faults.append(f"{history.place} {what}: {why}")


def _from_to(fewest: int, most: int) -> str:
    """A number of arms, in words."""
    return f"exactly {fewest}" if fewest == most else f"{fewest} to {most}"


def _build(table: Table, kind: type, ours: dict[str, Any], others: tuple[str, ...]) -> Any:
    """An object of the class `kind` from its settings; `ours` are set by the model itself."""
    before = len(table.faults)
    settings = [field for field in fields(kind) if field.init and field.name not in ours]
    table.allow(*others, *(field.name for field in settings))
    values = {
        field.name: _setting(table, field) for field in settings if field.name in table.content
    }
    for field in settings:
        if field.name not in values and field.default is field.default_factory is MISSING:
            table.tell(field.name, f"{kind.__name__} needs it")
    if len(table.faults) > before:
        return None
    try:
        return kind(**values, **ours)
    except (TypeError, Refused) as error:
        table.faults.append(f"{table.place} {error}")
        return None


def _setting(table: Table, field: Field) -> Any:
    """One setting, of the kind that its type names, or that its default shows."""
    kind = _kind(field)
    return _KINDS[kind](table, field.name) if kind else _plain(table, field)


def _kind(field: Field) -> str:
    """The name of the kind that a setting's annotation gives; empty for none."""
    words = set(re.findall(r"\w+", str(field.type)))
    return next((kind for kind in _KINDS if kind in words), "")


def _plain(table: Table, field: Field) -> Any:
    """A setting whose type names no kind."""
    name, value, default = field.name, table.content[field.name], field.default
    if isinstance(default, str | bool):
        return _like(table, name, type(default))
    if isinstance(default, tuple) and all(is_number(part) for part in default):
        return _numbers(table, name, None if "..." in str(field.type) else len(default))
    if str(field.type).startswith(("tuple", "Prior")) or isinstance(default, tuple):
        return _hyperprior(table, name)
    if isinstance(value, list) and not is_number(default):
        return _hyperprior(table, name)
    if not are_numbers([value], FINITE):
        table.tell(name, "a finite number is required")
    return value


def _numbers(table: Table, name: str, length: int | None) -> tuple[float, ...]:
    """A list of numbers, of some length or of any."""
    value = table.content[name]
    if are_numbers(value, FINITE) and value and len(value) == (length or len(value)):
        return tuple(value)
    table.tell(name, f"a list of {length or 'one or more'} finite numbers is required")
    return ()


def _like(table: Table, name: str, kind: type) -> Any:
    """A text, or true or false."""
    if not isinstance(table.content[name], kind):
        table.tell(name, "a text is required" if kind is str else "true or false is required")
    return table.content[name]


def _number_per_part(table: Table, name: str) -> Any:
    """One number, or a list with one for each part."""
    return _number_or_list(table, name, "part")


def _number_per_arm(table: Table, name: str) -> Any:
    """One number, or a list with one for each arm."""
    return _number_or_list(table, name, "arm")


def _number_or_list(table: Table, name: str, each: str) -> Any:
    """One number, or a list with one for each of something."""
    value = table.content[name]
    if isinstance(value, list):
        return _numbers(table, name, None)
    if not are_numbers([value], FINITE):
        table.tell(name, f"a finite number is required, or a list with one for each {each}")
    return value


def _prior_per_part(table: Table, name: str) -> tuple[Any, ...] | None:
    """One prior, or a list with one for each part."""
    value = table.content[name]
    if not (isinstance(value, list) and value and all(isinstance(part, list) for part in value)):
        return _hyperprior(table, name)
    parts = Table(dict(zip(_ordinals(name, value), value, strict=True)), table.path, table.faults)
    return tuple(_hyperprior(parts, key) for key in parts.content)


def _ordinals(name: str, values: list[Any]) -> list[str]:
    """What the parts of a setting are called in messages: "mu 1", "mu 2"."""
    return [f"{name} {number}" for number in range(1, len(values) + 1)]


def _prior_per_arm(table: Table, name: str) -> Any:
    """One prior, or a table with one for each arm and for the new control."""
    if not isinstance(table.content[name], dict):
        return _hyperprior(table, name)
    arms = table.table(name)
    return {label: _hyperprior(arms, label) for label in arms.content} if arms else None


def _number_per_name(table: Table, name: str) -> dict[str, float]:
    """A table of numbers."""
    values = table.table(name, "a number for each covariate")
    return values.numbers() if values else {}


# Settings whose type says how they may be written; see `borrowing.method`.
_KINDS = {
    "NumberPerPart": _number_per_part,
    "NumberPerArm": _number_per_arm,
    "PriorPerPart": _prior_per_part,
    "PriorPerArm": _prior_per_arm,
    "NumberPerName": _number_per_name,
}


def _hyperprior(table: Table, name: str) -> tuple[Any, ...] | None:
    """A prior of a hyperparameter, as the class takes it."""
    value = table.content[name]
    if not isinstance(value, list) or not value or not isinstance(value[0], str):
        table.tell(name, HYPERPRIOR)
        return None
    if value[0] != "mixture" and not are_numbers(value[1:], FINITE):
        table.tell(name, "the numbers of a prior are finite numbers")
        return None
    try:
        Prior.parse(_tuples(value))
    except (TypeError, Refused) as error:
        table.tell(name, str(error))
    return _tuples(value)


def _tuples(value: Any) -> Any:
    """Lists as tuples, all the way down."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
