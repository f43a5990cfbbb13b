"""Values of an axis, read as a model file is read: by the kind of what the axis sets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bayesips.borrowing import Robust, method_class, names
from bayesips.borrowing.biases import Bias, named
from bayesips.declare.model import Model
from bayesips.declare.sections import read_prior
from bayesips.declare.settings import read_method, read_settings
from bayesips.declare.table import Table
from bayesips.distributions import BetaMixture
from bayesips.distributions.effects.scales import SCALES
from bayesips.distributions.kinds import Kind, Number
from bayesips.distributions.ranges import FINITE, INSIDE, NOT_NEGATIVE, POSITIVE, SHARE, is_number
from bayesips.distributions.settings import settings_of
from bayesips.endpoints import names as endpoint_names
from bayesips.errors import Refused, listed, near_miss, shown
from bayesips.sensitivity.control_axes import endpoint_settings

BIAS_FORMS = "none, { name = { mean, sd } } or rows (name, mean, sd) are required"
Reader = Callable[[Any], Any]


def read_value(model: Model, name: str, value: object) -> Any:
    """One value of an axis, as its setter takes it.

    Raises
    ------
    Refused
        Naming the axis, what was given and what is allowed.
    """
    try:
        return _reader(model, name)(value)
    except Refused as error:
        raise Refused(f"axis {name}: {shown(value)} given; {error}") from None


def _reader(model: Model, name: str) -> Reader:
    """Who reads the values of this axis; those of known arms and sets are checked when set."""
    family, _, rest = name.partition(".")
    if name in _READERS:
        return _READERS[name]
    if family == "control":
        return _setting(_kinds(rest.partition(".")[0], [model.method]), rest)
    if name in (kinds := endpoint_settings()):
        return _setting([kinds[name]])
    return _NUMBERS[rest.rpartition(".")[2]] if family in ("bias", "decision") else _whole


def _kinds(name: str, first: list[Any]) -> list[Kind]:
    """Kinds that a setting of this name has, the model's own method before all others."""
    owners = [*map(type, first), *map(method_class, names())]
    return [each.kind for owner in owners for each in settings_of(owner) if each.name == name]


def _setting(kinds: list[Kind], path: str = "") -> Reader:
    """Values of a setting: any method that has it may be set; None is a default.

    A path with a dot is that of one number of a prior.
    """
    if "." in path:
        return Number(FINITE).read

    def read(value: object) -> Any:
        faults = []
        for kind in kinds:
            try:
                return None if value is None else kind.read(value)
            except Refused as error:
                faults.append(error)
        raise faults[0]

    return read


def _whole(value: object) -> int:
    """A number of patients."""
    if not (is_number(value) and value in FINITE and value == int(value)):
        raise Refused("a whole number is required")
    return int(value)


def _word(allowed: Callable[[], tuple[str, ...]]) -> Reader:
    """One of a few words."""

    def read(value: object) -> Any:
        if not isinstance(value, str) or value not in allowed():
            near = near_miss(value, allowed()) if isinstance(value, str) else ""
            raise Refused(f"allowed are {listed(allowed())}{near}")
        return value

    return read


def _noun_or(read: Reader, *has: str) -> Reader:
    """A noun of the library as it is (it was checked when it was made), or what `read` reads."""
    return lambda value: value if any(hasattr(value, each) for each in has) else read(value)


def _method(value: object) -> Any:
    """A method by its name, or {method = name, its settings}."""
    if not isinstance(value, Mapping):
        return _word(names)(value)
    _word(names)(value.get("method"))
    return _whole_table(value, lambda table: read_method(table, value["method"]))


def _robust(value: object) -> Any:
    """The vague part: none, its weight, or { weight, mean, n }."""
    if isinstance(value, Mapping):
        return _whole_table(value, lambda table: read_settings(table, Robust))
    return value if value is None else Number(SHARE).read(value)


def _prior(value: object) -> BetaMixture:
    """The prior of the treated rate, in any form of a model file."""
    given = list(value) if isinstance(value, tuple) else value
    return _whole_table({"prior": given}, read_prior)


def _whole_table(content: Mapping[str, Any], read: Callable[[Table], Any]) -> Any:
    """What a reader of model files makes of a table; its faults in one message."""
    faults: list[str] = []
    found = read(Table(dict(content), "", faults))
    if faults:
        raise Refused("; ".join(fault.removeprefix("top level, ") for fault in faults))
    return found


def _bias(value: object) -> tuple[Bias, ...] | None:
    """All biases at once, in any form that `named` reads; None for none."""
    if value is None:
        return None
    rows = value
    if isinstance(value, tuple | list) and value and isinstance(value[0], str):
        rows = [value]
    if not isinstance(rows, Mapping | tuple | list) or not rows:
        raise Refused(BIAS_FORMS)
    found = named(rows)
    if not all(each.name for each in found):
        raise Refused(BIAS_FORMS)
    return found


def _labels(value: object) -> Any:
    """A name, or several; None is nothing."""
    several = value if isinstance(value, tuple | list) else [value]
    if not all(isinstance(each, str | None) for each in several):
        raise Refused("a name, or names joined by +, is required")
    return value


_READERS: dict[str, Reader] = {
    "scale": _word(lambda: tuple(SCALES)),
    "control.method": _noun_or(_method, "tell", "adapt"),
    "endpoint": _noun_or(_word(endpoint_names), "chains"),
    "landmark_day": Number(POSITIVE).read,
    "history.control_set": _labels,
    "history.bounds": _word(lambda: ("read", "dropped")),
    "history.without": _labels,
    "control.robust": _noun_or(_robust, "weight"),
    "control.robust.weight": Number(SHARE).read,
    "control.robust.mean": Number(INSIDE).read,
    "control.robust.n": Number(NOT_NEGATIVE).read,
    "control.known_rate": Number(INSIDE).read,
    "treated.prior": _noun_or(_prior, "a"),
    "treated.prior.n": Number(POSITIVE).read,
    "treated.prior.mean": Number(INSIDE).read,
    "treated.n": _whole,
    "treated.successes": _whole,
    "concurrent.n": _whole,
    "concurrent.successes": _whole,
    "bias": _bias,
}
_NUMBERS: dict[str, Reader] = {
    "mean": Number(FINITE).read,
    "sd": Number(NOT_NEGATIVE).read,
    "margin": Number(FINITE).read,
    "probability": Number(INSIDE).read,
}
