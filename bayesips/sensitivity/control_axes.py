"""Axes of the control: its method and settings, its vague part, the endpoint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from bayesips.borrowing import Robust, as_method, method_class, method_name, names
from bayesips.borrowing.benchmark import Benchmark
from bayesips.borrowing.method import AnyMethod
from bayesips.declare.model import Model
from bayesips.distributions.kinds import Kind
from bayesips.distributions.priors import FAMILIES
from bayesips.distributions.settings import settings_of
from bayesips.endpoints import Endpoint, endpoint_class, endpoint_name
from bayesips.endpoints import names as endpoint_names
from bayesips.errors import Refused

# Settings that are on the endpoint's link scale: another endpoint has its own default.
ON_LINK = ("mu", "tau")


class ImpossibleChoiceError(Refused):
    """A value that cannot be set in this cell; the cell is kept and marked."""


def set_method(model: Model, value: AnyMethod | str) -> Model:
    """Another method, as an object or by name with its defaults.

    The model's own method, by name, keeps its declared settings.
    """
    if value == method_name(model.method):
        return model
    return replace(model, method=as_method(value))


def set_known_rate(model: Model, value: float) -> Model:
    """The control rate taken as known, without history, bias or vague part."""
    return replace(model, method=Benchmark(float(value)), robust=None, bias=())


def set_endpoint(model: Model, value: Endpoint | str) -> Model:
    """Another endpoint; priors on the old link scale give way to the new one's defaults."""
    endpoint = value
    if isinstance(value, str):
        if value == endpoint_name(model.endpoint):
            return model
        endpoint = endpoint_class(value)()
        endpoint = endpoint if model.landmark_day is None else endpoint.at(model.landmark_day)
    if type(endpoint) is type(model.endpoint):
        return replace(model, endpoint=endpoint)
    return replace(model, endpoint=endpoint, method=_on_default_priors(model.method))


def _on_default_priors(method: AnyMethod) -> AnyMethod:
    """The method with the endpoint's default priors where it can have them."""
    own = {f.name for f in fields(method) if f.name in ON_LINK and f.default is None}
    return replace(method, **dict.fromkeys(own)) if own else method


def set_landmark_day(model: Model, value: float) -> Model:
    """Another day asked about, for the endpoint too."""
    return replace(model, landmark_day=float(value), endpoint=model.endpoint.at(float(value)))


def set_robust(model: Model, value: Robust | float | None) -> Model:
    """Another vague part, a weight, or none."""
    if value is None or isinstance(value, Robust):
        return replace(model, robust=value)
    return replace(model, robust=Robust(value))


def robust_setter(part: str) -> Callable[[Model, Any], Model]:
    """One number of the vague part; a model without one starts from weight 0."""

    def put(model: Model, value: float) -> Model:
        return replace(model, robust=replace(model.robust or Robust(0.0), **{part: value}))

    return put


def method_setter(path: str) -> Callable[[Model, Any], Model] | None:
    """A setting of the method, "tau", or one number of a prior among them, "tau.scale".

    A cell whose method has no such setting stays as it is.
    """
    name, _, part = path.partition(".")
    if name in ("method", "robust") or not _is_a_setting(name, part):
        return None

    def put(model: Model, value: Any) -> Model:
        if name not in {f.name for f in fields(model.method)}:
            return model
        if part:
            value = _with_part(declared(model, name), part, value)
        return replace(model, method=replace(model.method, **{name: value}))

    return put


def _is_a_setting(name: str, part: str) -> bool:
    """Whether any method has such a setting, and any prior such a number."""
    known = any(name == f.name for each in names() for f in fields(method_class(each)) if f.init)
    return known and (not part or any(part in parts for parts, _ in FAMILIES.values()))


def _with_part(prior: object, part: str, value: float) -> tuple[Any, ...]:
    """The prior with one of its numbers replaced."""
    stated = prior if isinstance(prior, tuple) else ("none",)
    parts = FAMILIES.get(stated[0], ((), ()))[0]
    if part not in parts:
        raise ImpossibleChoiceError(f"the prior is {prior}; it has no {part!r}")
    place = 1 + parts.index(part)
    return (*stated[:place], float(value), *stated[place + 1 :])


def declared(model: Model, name: str) -> Any:
    """A setting as it is in force: the endpoint's default where the model states none."""
    value = getattr(model.method, name)
    return model.endpoint.defaults[name] if value is None and name in ON_LINK else value


def prior_parts(model: Model) -> list[tuple[str, str]]:
    """(setting, number) of every prior among the method's settings."""
    found = []
    for each in fields(model.method):
        value = declared(model, each.name)
        if isinstance(value, tuple) and value and value[0] in FAMILIES:
            found += [(each.name, part) for part in FAMILIES[value[0]][0]]
    return found


def endpoint_setter(name: str) -> Callable[[Model, Any], Model] | None:
    """A setting of an endpoint, "landmark.shape"; a cell with another endpoint stays as it is."""
    endpoint, _, setting = name.partition(".")
    if name not in endpoint_settings():
        return None

    def put(model: Model, value: object) -> Model:
        if endpoint_name(model.endpoint) != endpoint:
            return model
        return replace(model, endpoint=replace(model.endpoint, **{setting: value}))

    return put


def endpoint_settings() -> dict[str, Kind]:
    """Kinds of the settings of all endpoints, by axis; the day asked about is an axis itself."""
    return {
        f"{name}.{setting.name}": setting.kind
        for name in endpoint_names()
        for setting in settings_of(endpoint_class(name))
        if setting.name != "day"
    }
