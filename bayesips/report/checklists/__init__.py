"""Reporting checklists filled from a result: one file each, found by its name.

A file of this folder has `TITLE`, `SOURCE` (where the list is from, and what it is not) and
`POINTS`: pairs of what is asked and a function of the tree that answers it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections import Counter
from dataclasses import asdict, dataclass
from types import ModuleType

import xarray as xr

from bayesips.report import sections
from bayesips.report.answers import Status

IN_WORDS: dict[Status, str] = {
    "answered": "answered",
    "partly": "partly",
    "missing": "not reported here",
}
THE_ANSWER = "the answer"


@dataclass(frozen=True)
class Item:
    """One point of a checklist.

    Attributes
    ----------
    asked : str
        What the checklist asks for.
    status : {"answered", "partly", "missing"}
        How far this result answers it.
    said : str
        The value, or what must be added.
    section : str
        Section of the page where it stands; empty where it stands nowhere.
    """

    asked: str
    status: Status
    said: str
    section: str


def names() -> tuple[str, ...]:
    """Names of all checklists: the files of this folder."""
    return tuple(sorted(each.name for each in pkgutil.iter_modules(__path__)))


def checklist(name: str) -> ModuleType:
    """The checklist of a name, with its `TITLE` and `SOURCE`."""
    return importlib.import_module(f"{__name__}.{name}")


def items(name: str, tree: xr.DataTree) -> tuple[Item, ...]:
    """The points of a checklist, as far as a result answers them.

    Parameters
    ----------
    name : str
        One of `names()`.
    tree : xarray.DataTree
        From `bayesips.assess`, or read from its file.

    Returns
    -------
    tuple of Item
        In the order of the checklist.
    """
    found = ((asked, answer(tree)) for asked, answer in checklist(name).POINTS)
    return tuple(Item(asked, each.status, each.said, each.section) for asked, each in found)


def tally(rows: tuple[Item, ...]) -> str:
    """How many points have which status: "6 answered, 5 partly, 4 not reported here"."""
    count = Counter(row.status for row in rows)
    return ", ".join(f"{count[status]} {words}" for status, words in IN_WORDS.items())


def as_text(tree: xr.DataTree) -> str:
    """Every checklist as plain text."""
    return "\n\n".join(_one(name, tree) for name in names())


def as_object(tree: xr.DataTree) -> dict[str, list[dict[str, str]]]:
    """Every checklist by its name: each point with what was asked, its status and answer."""
    return {name: [asdict(item) for item in items(name, tree)] for name in names()}


def section_title(section: str) -> str:
    """What the page calls a section."""
    if section == "answer":
        return THE_ANSWER
    return str(sections.section(section).TITLE)


def _one(name: str, tree: xr.DataTree) -> str:
    """One checklist as text."""
    module, rows = checklist(name), items(name, tree)
    lines = [module.TITLE, module.SOURCE, f"{tally(rows)}.", ""]
    for row in rows:
        where = f' (page: "{section_title(row.section)}")' if row.section else ""
        lines += [f"[{IN_WORDS[row.status]}] {row.asked}", f"    {row.said}{where}"]
    return "\n".join(lines)
