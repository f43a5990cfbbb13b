"""The rows of a comparison: which methods stand in it, with which settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bayesips import borrowing
from bayesips.answer.assessment.comparators import benchmark
from bayesips.borrowing import method_class, required_settings
from bayesips.borrowing.method import needs_controls
from bayesips.declare.model import Model
from bayesips.errors import Refused

DECLARED = "as declared"


@dataclass(frozen=True)
class Entry:
    """One row.

    Attributes
    ----------
    name : str
        The method's name, or "as declared".
    method : borrowing method or None
        None where it cannot be built; `reason` says why.
    robust : Robust or None
        The vague part beside it.
    learns : bool
        Whether it learns its borrowing from concurrent controls.
    reason : str
        Why the row has no answer; empty where it may have one.
    """

    name: str
    method: Any
    robust: Any = None
    learns: bool = False
    reason: str = ""

    @property
    def title(self) -> str:
        """What the method is called in tables."""
        return "" if self.method is None else str(type(self.method).title)

    @property
    def settings(self) -> str:
        """Settings without default and what they were: "delta 0.15"."""
        if self.method is None:
            return ""
        needed = required_settings(type(self.method))
        return ", ".join(f"{name} {getattr(self.method, name)}" for name in needed)


def entries_of(model: Model, settings: Mapping[str, Any] | None = None) -> list[Entry]:
    """The model as declared, then every method with its defaults.

    A method that is nothing but its setting (the benchmark and its rate) stands here only where
    the model, its evidence or `settings` state it.

    Parameters
    ----------
    model : Model
    settings : mapping, optional
        Values of settings that have no default, by name; each goes to every method that needs it.

    Raises
    ------
    Refused
        If no method needs such a setting, or its value is not allowed.
    """
    given = dict(settings or {})
    needed = {name for each in borrowing.names() for name in required_settings(method_class(each))}
    if unknown := sorted(set(given) - needed):
        raise Refused(
            f"no borrowing method needs {', '.join(unknown)}; settings without default are "
            f"{', '.join(sorted(needed))}"
        )
    known = benchmark(model)
    given = ({} if known is None else {"rate": known[0]}) | given
    declared = Entry(DECLARED, model.method, model.robust, needs_controls(model.method))
    stated = [name for name in borrowing.names() if _is_stated(method_class(name), given)]
    return [declared, *(_entry(name, given) for name in stated)]


def _is_stated(kind: type, given: Mapping[str, Any]) -> bool:
    """Whether what the method is nothing without is given or has a default."""
    wanted = set(getattr(kind, "stated", ())) & set(required_settings(kind))
    return wanted <= set(given)


def _entry(name: str, given: Mapping[str, Any]) -> Entry:
    """One method with its defaults and what was given."""
    kind = method_class(name)
    learns, needed = needs_controls(kind), required_settings(kind)
    if missing := [setting for setting in needed if setting not in given]:
        return Entry(name, None, None, learns, _to_give(missing))
    method = kind(**{setting: given[setting] for setting in needed})
    return Entry(name, method, None, learns, str(getattr(method, "lacks", "")))


def _to_give(missing: list[str]) -> str:
    """Which settings to give, on the command line and in Python."""
    options = " and ".join(f"--{setting}" for setting in missing)
    settings = ", ".join(f"{setting!r}: ..." for setting in missing)
    return (
        f"{', '.join(missing)} has no default and must be chosen; give {options} "
        f"(in Python settings={{{settings}}})"
    )
