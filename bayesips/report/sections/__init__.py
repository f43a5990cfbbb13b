"""Sections of the page: one file each, found by its name.

A section file has `TITLE`, `PLACE` (its rank on the page) and `given(tree) -> dict`: plain words
and rows. The page writes `sentences`, `pairs` of (name, value) and `figures` by name; a section
that needs tables of its own has a template `templates/sections/<name>.html`.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def names() -> tuple[str, ...]:
    """Names of all sections, in the order of the page."""
    found = [each.name for each in pkgutil.iter_modules(__path__)]
    return tuple(sorted(found, key=lambda name: section(name).PLACE))


def section(name: str) -> ModuleType:
    """The file of a section."""
    return importlib.import_module(f"{__name__}.{name}")
