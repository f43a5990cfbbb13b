"""Borrowing method, vague part and endpoint of a model file: their classes say their settings."""

from typing import Any

from bayesips.borrowing import Method, Robust, method_class, names
from bayesips.borrowing.method import arms_needed
from bayesips.declare.table import Table
from bayesips.distributions.kinds import OneOrEach
from bayesips.distributions.settings import settings_of
from bayesips.endpoints import Endpoint, endpoint_class
from bayesips.endpoints import names as endpoint_names
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm


def read_endpoint(top: Table, day: float | None) -> Endpoint | None:
    """The endpoint at the day asked about, with the settings of the table named after it."""
    name = top.choice("endpoint", endpoint_names())
    for other in endpoint_names():
        if name and other != name and other in top.content:
            top.add_fault(other, f"the endpoint is {name!r}; its settings belong in [{name}]")
    if name is None:
        return None
    table = top.table(name) or Table({}, name, top.faults)
    if "day" in table.content:
        table.add_fault("day", "the day asked about is landmark_day, at the top level")
        return None
    endpoint = read_settings(table, endpoint_class(name))
    return endpoint if endpoint is None or day is None else _at(table, endpoint, day)


def _at(table: Table, endpoint: Endpoint, day: float) -> Endpoint | None:
    """The endpoint that asks about this day; None and a fault where it cannot."""
    try:
        return endpoint.at(day)
    except Refused as error:
        table.faults.append(f"{table.place} {error}")
        return None


def needs_day(top: Table) -> bool:
    """Whether the endpoint of a model reads rows in time, so that a day must be asked about."""
    name = top.content.get("endpoint")
    return name in endpoint_names() and bool(endpoint_class(str(name)).in_time)


def read_control(table: Table) -> tuple[Any, Robust | None]:
    """The borrowing method and its vague part."""
    robust = table.table("robust")
    vague = None if robust is None else read_settings(robust, Robust)
    name = table.choice("method", names())
    return None if name is None else read_method(table, name), vague


def read_method(table: Table, name: str) -> Any:
    """A borrowing method from the table that holds its name and its settings."""
    kind = method_class(name)
    for setting in getattr(kind, "stated", ()):
        if setting not in table.content:
            table.add_fault(setting, f"method {name!r} is nothing without it; it must be stated")
    return read_settings(table, kind, others=("method", "robust"))


def read_settings(table: Table, kind: type, others: tuple[str, ...] = ()) -> Any:
    """An object of the class `kind` from its settings, None where they have faults.

    `others` are keys of the table that are no settings.
    """
    before, settings = len(table.faults), settings_of(kind)
    table.allow(*others, *(setting.name for setting in settings))
    values = {
        setting.name: table.setting(setting.name, setting.kind)
        for setting in settings
        if setting.required or setting.name in table.content
    }
    if len(table.faults) > before:
        return None
    try:
        return kind(**values)
    except Refused as error:
        table.faults.append(f"{table.place} {error}")
        return None


def needs_arms(control: Table) -> bool:
    """Whether the method of a model must have historical arms."""
    method = control.content.get("method")
    return method not in names() or arms_needed(method_class(str(method)))[0] > 0


def check_arms(
    control: Table, history: Table, arms: tuple[Arm, ...], method: Method | None
) -> None:
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
    _check_lists(control, kind, len(arms))
    misfits = getattr(method, "misfits", None)
    for what, why in misfits(arms) if misfits else ():
        if what in control.content:
            control.add_fault(what, why)
        else:
            history.faults.append(f"{history.place} {what}: {why}")


def _check_lists(control: Table, kind: type, arms: int) -> None:
    """Add faults where a list with one value for each arm has another length."""
    for setting in settings_of(kind):
        each_arm = isinstance(setting.kind, OneOrEach) and setting.kind.each == "arm"
        value = control.content.get(setting.name)
        if each_arm and isinstance(value, list) and len(value) != arms:
            control.add_fault(setting.name, f"one number, or one for each of the {arms} arms")


def _from_to(fewest: int, most: int) -> str:
    """A number of arms, in words."""
    return f"exactly {fewest}" if fewest == most else f"{fewest} to {most}"
