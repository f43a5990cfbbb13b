"""A table of a model file read key by key: faults are collected and reported all at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from bayesips.distributions.kinds import Kind
from bayesips.distributions.ranges import FINITE, Range, is_number
from bayesips.errors import Refused, listed, near_miss, shown
from bayesips.evidence.cells import MOST_PATIENTS

REQUIRED = object()  # the default of a key that has none


@dataclass(frozen=True)
class Table:
    """One table of a model file.

    Attributes
    ----------
    content : dict
        What the file says.
    path : str
        Its name, as "treated"; empty for the file itself.
    faults : list of str
        Where faults are added; shared by all tables of a file.
    """

    content: dict[str, Any]
    path: str
    faults: list[str]

    @property
    def place(self) -> str:
        """The table's name in messages."""
        return f"[{self.path}]" if self.path else "top level,"

    def add_fault(self, key: str, allowed: str) -> None:
        """Add a fault of a key: what was given, or that it is missing, and what is allowed."""
        given = f"{shown(self.content[key])} given" if key in self.content else "missing"
        self.faults.append(f"{self.place} {key}: {given}; {allowed}")

    def allow(self, *keys: str) -> None:
        """Every other key is a fault that names the near miss."""
        for key in self.content:
            if key not in keys:
                self.faults.append(
                    f"{self.place} {key}: unknown key{near_miss(key, keys)}; allowed are "
                    + ", ".join(keys)
                )

    def text(self, key: str, default: object = REQUIRED) -> Any:
        """A text that is not blank."""
        value = self.content.get(key, default)
        if value is default and default is not REQUIRED:
            return default
        if not isinstance(value, str) or not value.strip():
            self.add_fault(key, "a text is required")
            return None
        return value

    def choice(self, key: str, allowed: Sequence[str], default: object = REQUIRED) -> Any:
        """One of a few words."""
        value = self.content.get(key, default)
        if value is REQUIRED or value not in allowed:
            near = near_miss(value, tuple(allowed)) if isinstance(value, str) else ""
            self.add_fault(key, f"allowed are {listed(allowed)}{near}")
            return None
        return value

    def number(self, key: str, allowed: Range, default: object = REQUIRED) -> Any:
        """A number within a range; true and false are no numbers."""
        value = self.content.get(key, default)
        if value is default and default is not REQUIRED:
            return default
        if not is_number(value) or value not in allowed:
            self.add_fault(key, f"{allowed} is required")
            return None
        return value

    def setting(self, key: str, kind: Kind) -> Any:
        """A setting, read by its kind; one that is missing is a fault that says what is allowed."""
        try:
            return kind.read(self.content.get(key))
        except Refused as error:
            self.add_fault(key, str(error))
            return None

    def numbers(self) -> dict[str, float]:
        """Every key a finite number; those that are not are faults and left out."""
        found = {key: self.number(key, FINITE) for key in self.content}
        return {key: float(value) for key, value in found.items() if value is not None}

    def patients(self, key: str, low: int, high: int | None = None) -> Any:
        """A number of patients."""
        high = MOST_PATIENTS if high is None else high
        value = self.content.get(key)
        if not is_whole(value) or not low <= value <= high:
            self.add_fault(key, f"a whole number from {low} to {high} is required")
            return None
        return value

    def table(self, key: str, needed: str | None = None) -> "Table | None":
        """A table within; `needed` says what it must hold if it may not be left out."""
        value = self.content.get(key)
        if value is None and needed is None:
            return None
        if not isinstance(value, dict):
            self.add_fault(key, f"a table is required{f' with {needed}' if needed else ''}")
            return None
        return Table(value, self._within(key), self.faults)

    def tables(self, key: str, needed: str) -> "list[Table]":
        """A list of at least one table."""
        value = self.content.get(key)
        if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
            self.add_fault(key, f"a list of tables is required, each with {needed}")
            return []
        return [
            Table(part, f"{self._within(key)} {number}", self.faults)
            for number, part in enumerate(value, start=1)
        ]

    def _within(self, key: str) -> str:
        """Name of a table within this one."""
        return f"{self.path}.{key}" if self.path else key


def is_whole(value: object) -> TypeGuard[int]:
    """Whether a value is a whole number; true and false are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def are_texts(value: object) -> TypeGuard[list[str]]:
    """Whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(each, str) for each in value)
