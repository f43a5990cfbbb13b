"""Sections of the page: one file each, found by its name.

A section file has `TITLE`, `PLACE` (its rank on the page) and `given(tree) -> dict`: plain words
and rows. The page writes `sentences`, `pairs` of (name, value) and `figures` by name; a section
that needs tables of its own has a template `templates/sections/<name>.html`.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType

import xarray as xr


def names() -> tuple[str, ...]:
    """Names of all sections, in the order of the page."""
    found = [each.name for each in pkgutil.iter_modules(__path__)]
    return tuple(sorted(found, key=lambda name: section(name).PLACE))


def names_for(tree: xr.DataTree) -> tuple[str, ...]:
    """Names of the sections that a result has something for; a section may say so in `applies`."""
    return tuple(name for name in names() if getattr(section(name), "applies", _always)(tree))


def _always(_: xr.DataTree) -> bool:
    """A section without `applies` stands on every page."""
    return True


def section(name: str) -> ModuleType:
    """The file of a section."""
    return importlib.import_module(f"{__name__}.{name}")
