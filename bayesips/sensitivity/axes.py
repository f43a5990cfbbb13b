"""Axes of sensitivity: the fields of a model that can vary, and how each is set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from bayesips.declare.model import Model
from bayesips.distributions.kinds import as_tuples
from bayesips.errors import Refused, near_miss
from bayesips.sensitivity import control_axes, history_axes, trial_axes
from bayesips.sensitivity.axis_values import read_value
from bayesips.sensitivity.labels import NONE, label, labels

Setter = Callable[[Model, Any], Model]

# Axes by name, in the order in which they are applied: what replaces a whole comes first.
SETTERS: dict[str, Setter] = {
    "scale": trial_axes.set_scale,
    "control.method": control_axes.set_method,
    "endpoint": control_axes.set_endpoint,
    "landmark_day": control_axes.set_landmark_day,
    # settings of the method and of the endpoint come here
    "history.control_set": history_axes.set_control_set,
    "history.bounds": history_axes.set_bounds,
    "history.without": history_axes.leave_out,
    "control.robust": control_axes.set_robust,
    "control.robust.weight": control_axes.robust_setter("weight"),
    "control.robust.mean": control_axes.robust_setter("mean"),
    "control.robust.n": control_axes.robust_setter("n"),
    "control.known_rate": control_axes.set_known_rate,
    "treated.prior": trial_axes.set_prior,
    "treated.prior.n": trial_axes.set_prior_size,
    "treated.prior.mean": trial_axes.set_prior_mean,
    "treated.n": trial_axes.set_patients,
    "treated.successes": trial_axes.set_successes,
    "concurrent.n": trial_axes.control_setter("n"),
    "concurrent.successes": trial_axes.control_setter("successes"),
    "bias": trial_axes.set_bias,
}
# Axes with a name in them.
FAMILIES = {
    "control": control_axes.method_setter,
    "history.successes": history_axes.successes_setter,
    "bias": trial_axes.bias_setter,
    "decision": trial_axes.decision_setter,
}
SETTINGS_BEFORE = "history.control_set"


@dataclass(frozen=True)
class AxisOfModel:
    """One axis: its name, its values, their labels, and how a value is put into a model.

    Attributes
    ----------
    name : str
        Path of the field, as "control.robust.weight".
    values : tuple
        What the field becomes.
    labels : tuple
        Coordinates: numbers where all values are numbers, else readable texts.
    put : callable
        (model, value) -> model.
    order : tuple
        When it is applied.
    """

    name: str
    values: tuple[Any, ...]
    labels: tuple[Any, ...]
    put: Setter = field(compare=False)
    order: tuple[int, str] = (0, "")


def read_axes(model: Model, declared: Mapping[str, Any]) -> list[AxisOfModel]:
    """The axes of a mapping, nested as TOML nests dotted keys, or flat.

    Raises
    ------
    Refused
        For a name that is no axis (the near miss is named), or an axis without values.
    """
    return [_axis(model, name, values) for name, values in _flat(declared).items()]


def _flat(declared: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Dotted names."""
    found: dict[str, Any] = {}
    for key, value in declared.items():
        name = f"{before}{key}"
        found |= _flat(value, f"{name}.") if isinstance(value, Mapping) else {name: value}
    return found


def _axis(model: Model, name: str, values: object) -> AxisOfModel:
    """One axis, its values read by the kind of what they set."""
    put = setter(model, name)
    if name == "history.without" and values == "each":
        values = [None, *(arm.label for arm in model.history)]
    listed = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(listed, str) or not isinstance(listed, Sequence):
        raise Refused(f"axis {name}: a list of values is required, not {values!r}")
    given = tuple(None if isinstance(v, str) and v == NONE else as_tuples(v) for v in listed)
    if not given:
        raise Refused(f"axis {name}: no values given")
    read = tuple(read_value(model, name, value) for value in given)
    return AxisOfModel(name, read, labels(given), put, (_rank(name), name))


def _rank(name: str) -> int:
    """When an axis is applied: what replaces a whole first, settings before what is cheap."""
    if name in SETTERS:
        return list(SETTERS).index(name)
    late = name.startswith(("bias.", "decision.", "history."))
    return len(SETTERS) if late else list(SETTERS).index(SETTINGS_BEFORE) - 1


def setter(model: Model, name: str) -> Setter:
    """How an axis is set.

    Raises
    ------
    Refused
        For a name that is no axis of this model.
    """
    if name in SETTERS:
        return SETTERS[name]
    for family, make in FAMILIES.items():
        found = make(name[len(family) + 1 :]) if name.startswith(f"{family}.") else None
        if found is not None:
            return found
    if (found := control_axes.endpoint_setter(name)) is not None:
        return found
    known = known_names(model)
    raise Refused(
        f"axis {name!r} is no field that can vary{near_miss(name, known)}; known are "
        + ", ".join(known)
    )


def known_names(model: Model) -> list[str]:
    """Axes of this model, for messages and completion."""
    own = [f"control.{f.name}" for f in fields(model.method) if f.init]
    endpoint = control_axes.endpoint_settings()
    biases = [f"bias.{entry.name}.{part}" for entry in model.bias for part in ("mean", "sd")]
    decisions = ["decision.margin", "decision.probability"]
    return sorted({*SETTERS, *own, *endpoint, *biases, *decisions, *_parts(model)})


def _parts(model: Model) -> list[str]:
    """Single numbers of the method's priors."""
    return [f"control.{name}.{part}" for name, part in control_axes.prior_parts(model)]


def models_along(model: Model, axes: Sequence[AxisOfModel]) -> list[Model | str]:
    """Every cell's model in the order of the axes as given, or the reason why there is none."""
    order = sorted(range(len(axes)), key=lambda place: axes[place].order)
    cells: dict[tuple[int, ...], Model | str] = {(): model}
    for place in order:
        axis = axes[place]
        cells = {
            (*index, number): _put(axis, found, value)
            for index, found in cells.items()
            for number, value in enumerate(axis.values)
        }
    back = [order.index(place) for place in range(len(axes))]
    named = {tuple(index[place] for place in back): found for index, found in cells.items()}
    return [named[index] for index in sorted(named)]


def _put(axis: AxisOfModel, model: Model | str, value: object) -> Model | str:
    """The model with one value set; a reason stays a reason."""
    if isinstance(model, str):
        return model
    try:
        return axis.put(model, value)
    except control_axes.ImpossibleChoiceError as error:
        return f"{axis.name} = {label(value)}: {error}"
