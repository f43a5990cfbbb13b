"""The cells of one row of an evidence file: each read into its value, or a fault of its column."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bayesips.errors import listed, near_miss
from bayesips.evidence.arm import RELATIONS, UNKNOWN_DAYS
from bayesips.evidence.columns import COVARIATE, KNOWN, ONLY_SET, name_in

WORDED = {
    "count_basis": ("reported", "derived"),
    "checked_in": ("abstract", "full text", "press release", "registry", "recalled"),
    "identifiers": ("as in source", "recalled", "none"),
}
MOST_PATIENTS = 10_000_000


@dataclass(frozen=True)
class Cells:
    """The cells of one row by column, each read into its value; faults join those of the file."""

    line: int
    text: dict[str, str]
    faults: list[str]

    def add_fault(self, column: str, allowed: str) -> None:
        """Add a fault of a cell: what was given, and what is allowed."""
        name = name_in(self.text, column) if column in KNOWN else column
        given = f"{self.text.get(name, '')!r} given"
        self.faults.append(f"row {self.line}, column {name}: {given}; {allowed}")

    def __getitem__(self, column: str) -> str:
        """The text of a cell; empty where the file has no such column."""
        return self.text.get(name_in(self.text, column), "")

    @property
    def sets(self) -> tuple[str, ...]:
        """Control sets of the row; where it has none, its counts and day may be blank."""
        return parts(self["control_set"]) if "control_set" in self.text else (ONLY_SET,)

    @property
    def relation(self) -> str:
        """A count, or a bound on it."""
        return self["relation"] or "="

    def check_words(self) -> None:
        """Add faults of names and of cells that hold one of a few words."""
        if not self["study"]:
            self.add_fault("study", "a name is required")
        for column, words in WORDED.items():
            given = self[column]
            if given not in ("", *words):
                self.add_fault(column, f"allowed are {listed(words)}{near_miss(given, words)}")
        if self.relation not in RELATIONS:
            self.add_fault("relation", f"allowed are {listed(RELATIONS)}")

    def counts(self) -> tuple[int | None, int | None]:
        """Successes and patients; both blank only where a rate is reported instead."""
        given = self["successes"], self["n"]
        if given == ("", "") and _is_percentage(self["reported"]):
            return None, None
        successes, n = self._whole("successes"), self._whole("n")
        if n == 0:
            self.add_fault("n", "at least 1 patient")
        elif successes is not None and n is not None and successes > n:
            self.add_fault("successes", f"at most the {n} patients of column n")
        return successes, n

    def _whole(self, column: str) -> int | None:
        """A count of patients."""
        text = self[column]
        if not self.sets and not text:
            return None
        if not re.fullmatch(r"[0-9]{1,8}", text) or int(text) > MOST_PATIENTS:
            self.add_fault(column, f"a whole number from 0 to {MOST_PATIENTS} is required")
            return None
        return int(text)

    def covariates(self) -> Iterator[tuple[str, float]]:
        """Covariates that are stated."""
        for column, text in self.text.items():
            if column.startswith(COVARIATE) and text:
                if not re.fullmatch(r"[-+]?\d{1,12}(\.\d{1,12})?", text):
                    self.add_fault(
                        column, "a number is required, or nothing where it is not stated"
                    )
                    continue
                yield column.removeprefix(COVARIATE).strip(), float(text)

    def day(self) -> float | str | None:
        """When they were counted: a day, a word for an unknown one, None where there is none."""
        text, dated = self["day"], name_in(self.text, "day") in self.text
        if text in UNKNOWN_DAYS:
            return text
        if not text and not (self.sets and dated):
            return None
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", text) or float(text) == 0:
            self.add_fault("day", f"a day above 0, or {listed(UNKNOWN_DAYS)}")
            return None
        return float(text) if "." in text else int(text)


def parts(text: str) -> tuple[str, ...]:
    """What a cell holds between semicolons."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _is_percentage(text: str) -> bool:
    """Whether the column `reported` holds a rate between 0 and 100 %."""
    return re.fullmatch(r"\d{1,3}(\.\d+)?", text) is not None and float(text) <= 100  # noqa: PLR2004
