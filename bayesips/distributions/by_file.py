"""Classes found by the names of their files: "normalized_power" is NormalizedPower in it."""

import difflib
import importlib
import pkgutil
from collections.abc import Iterable
from typing import Any

from bayesips.errors import Refused


def file_names(folders: Iterable[str], others: tuple[str, ...]) -> tuple[str, ...]:
    """Names of the modules in some folders, less `others`, which hold no such class."""
    found = {module.name for module in pkgutil.iter_modules(folders)}
    return tuple(sorted(found - set(others)))


def class_of_file(package: str, name: str, known: tuple[str, ...], noun: str) -> type[Any]:
    """The class of a file of a package.

    Raises
    ------
    Refused
        If the name is not among the known; the message names the nearest.
    """
    if name not in known:
        near = difflib.get_close_matches(str(name), known, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise Refused(f"unknown {noun} {name!r}{hint} (allowed: {', '.join(known)})")
    module = importlib.import_module(f"{package}.{name}")
    return getattr(module, "".join(part.capitalize() for part in name.split("_")))


def name_of_file(value: object) -> str:
    """The name of the file that holds an object's class."""
    return type(value).__module__.rsplit(".", 1)[-1]
