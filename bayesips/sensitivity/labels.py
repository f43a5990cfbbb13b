"""Coordinates of an axis: values in words that a reader knows again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any

from bayesips.borrowing import method_name
from bayesips.borrowing.method import AnyMethod
from bayesips.distributions import BetaMixture
from bayesips.distributions.priors import Prior
from bayesips.distributions.ranges import is_number

NONE = "none"


def labels(values: Sequence[Any]) -> tuple[Any, ...]:
    """Coordinates for values; equal texts are numbered."""
    if all(is_number(value) for value in values):
        return tuple(values)
    texts = [label(value) for value in values]
    return tuple(
        text if texts.count(text) == 1 else f"{text} #{texts[:place].count(text) + 1}"
        for place, text in enumerate(texts)
    )


def label(value: object) -> str:
    """One value in few words."""
    if value is None:
        return NONE
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return f"{value:g}"
    if isinstance(value, tuple | Mapping):
        return _label_of_several(value)
    return _label_of_object(value)


def _label_of_several(value: tuple | Mapping) -> str:
    """A prior, several names, several settings, or plain numbers."""
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {label(part)}" for key, part in value.items())
    if value and isinstance(value[0], str):
        return _prior_label(value)
    return f"({', '.join(label(part) for part in value)})"


def _label_of_object(value: Any) -> str:
    """A Beta mixture, a borrowing method, or whatever it says of itself."""
    if hasattr(value, "weights"):
        return _beta_label(value)
    is_method = hasattr(value, "tell") and is_dataclass(value)
    return _method_label(value) if is_method else repr(value)


def _prior_label(value: tuple[Any, ...]) -> str:
    """half_normal(1), or several names joined."""
    if all(isinstance(part, str) for part in value):
        return " + ".join(value)
    return f"{value[0]}({', '.join(label(part) for part in value[1:])})"


def _method_label(method: AnyMethod) -> str:
    """A method and the settings in which it differs from its defaults."""
    said = [
        f"{f.name} {_short(getattr(method, f.name))}"
        for f in fields(method)
        if _is_stated(method, f)
    ]
    return f"{method_name(method)}({', '.join(said)})" if said else method_name(method)


def _is_stated(method: AnyMethod, setting: Field) -> bool:
    """Whether a setting differs from its default."""
    return setting.init and (
        setting.default is MISSING or getattr(method, setting.name) != setting.default
    )


def _short(value: object) -> str:
    """A setting in few words."""
    if isinstance(value, tuple) and value and isinstance(value[0], str):
        return str(Prior.parse(value))
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _beta_label(mixture: BetaMixture) -> str:
    """Beta(1, 1), or the sum of several."""
    parts = list(zip(mixture.weights, mixture.a, mixture.b, strict=True))
    words = [f"Beta({a:.4g}, {b:.4g})" for _, a, b in parts]
    if len(parts) == 1:
        return words[0]
    shares = [f"{w:.4g} {word}" for (w, _, _), word in zip(parts, words, strict=True)]
    return " + ".join(shares)


def shortened(value: str | float, letters: int) -> str:
    """A coordinate for a figure: at most so many letters, its end cut off."""
    if not isinstance(value, str):
        return f"{float(value):g}"
    return value if len(value) <= letters else value[: letters - 1].rstrip(" ,(") + "\u2026"
