"""Borrowing methods, one file each; the file's name is the registration."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

from bayesips.borrowing.method import Adapted, AnyMethod, Build, Method, Robust, needs_controls
from bayesips.distributions.by_file import class_of_file, file_names, name_of_file
from bayesips.errors import Refused

__all__ = [
    "Adapted",
    "Build",
    "Method",
    "Robust",
    "as_method",
    "as_story",
    "method_class",
    "method_name",
    "required_settings",
]

_NOT_METHODS = ("biases", "method")


def names() -> tuple[str, ...]:
    """Names of all methods found beside this file (and in any folder added to `__path__`)."""
    return file_names(__path__, _NOT_METHODS)


def method_class(name: str) -> type:
    """The class of a method: "normalized_power" is NormalizedPower in normalized_power.py.

    Raises
    ------
    Refused
        If there is no such method; the message names the nearest.
    """
    return class_of_file(__name__, name, names(), "borrowing method")


def method_name(method: AnyMethod) -> str:
    """The name a method goes by in model files and tables."""
    return name_of_file(method)


def as_method(method: AnyMethod | type | str) -> Any:
    """A method object from itself, its class or its name.

    Raises
    ------
    Refused
        If the name is unknown or the method needs settings that have no default.
    """
    if isinstance(method, str):
        method = method_class(method)
    if not isinstance(method, type):
        return method
    try:
        return method()
    except TypeError as error:
        needed = required_settings(method)
        name = method.__module__.rsplit(".", 1)[-1]
        raise Refused(f"{name} has no default for {', '.join(needed)}: declare it") from error


def required_settings(kind: type) -> tuple[str, ...]:
    """Names of the settings of a method's class that have no default."""
    return tuple(
        field.name for field in fields(kind) if field.default is field.default_factory is MISSING
    )


def as_story(method: Method | type | str) -> Method:
    """A method, as `as_method`, that needs no concurrent controls.

    Raises
    ------
    Refused
        If the method learns from the controls itself: they would be used twice.
    """
    found = as_method(method)
    if needs_controls(found):
        raise Refused(
            f"the informative part is {method_name(found)!r}, which itself needs controls; "
            "allowed are methods that need history alone"
        )
    return found
