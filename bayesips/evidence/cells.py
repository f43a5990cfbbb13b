"""The cells of one row of an evidence file: each read into its value, or a fault of its column."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bayesips.errors import listed, near_miss
from bayesips.evidence.arm import RELATIONS, UNKNOWN_DAYS

# Beginning of the columns of covariates, as "covariate:era".
COVARIATE = "covariate:"
# Survival only: a response (off oxygen, improved, discharged off support) is not survival.
ENDPOINTS = (
    "overall_survival",
    "survival_to_discharge",
    "survival_unspecified_landmark",
    "alive_at_last_followup",
)
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
        given = f"{self.text[column]!r} given"
        self.faults.append(f"row {self.line}, column {column}: {given}; {allowed}")

    @property
    def sets(self) -> tuple[str, ...]:
        """Control sets of the row; where it has none, its counts and day may be blank."""
        return tuple(name.strip() for name in self.text["control_set"].split(";") if name.strip())

    def check_words(self) -> None:
        """Add faults of names and of cells that hold one of a few words."""
        for column in ("study", "arm"):
            if not self.text[column]:
                self.add_fault(column, "a name is required")
        for column, words in WORDED.items():
            given = self.text.get(column, "")
            if given not in ("", *words):
                self.add_fault(column, f"allowed are {listed(words)}{near_miss(given, words)}")
        if self.text["relation"] not in RELATIONS:
            self.add_fault("relation", f"allowed are {listed(RELATIONS)}")
        if self.sets and self.text["endpoint"] not in ENDPOINTS:
            allowed = f"only survival may enter a control set: {listed(ENDPOINTS)}"
            self.add_fault("endpoint", allowed)

    def counts(self) -> tuple[int | None, int | None]:
        """Survivors and patients; both blank only where a rate is reported instead."""
        given = self.text["survivors"], self.text["n"]
        if given == ("", "") and _is_percentage(self.text.get("reported", "")):
            return None, None
        survivors, n = self._whole("survivors"), self._whole("n")
        if n == 0:
            self.add_fault("n", "at least 1 patient")
        elif survivors is not None and n is not None and survivors > n:
            self.add_fault("survivors", f"at most the {n} patients of column n")
        return survivors, n

    def _whole(self, column: str) -> int | None:
        """A count of patients."""
        text = self.text[column]
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
        """Day of the landmark: a number, or one of the words for a day nobody stated."""
        text = self.text["landmark_day"]
        if text in UNKNOWN_DAYS:
            return text
        if not self.sets and not text:
            return None
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", text) or float(text) == 0:
            self.add_fault("landmark_day", f"a day above 0, or {listed(UNKNOWN_DAYS)}")
            return None
        return float(text) if "." in text else int(text)


def _is_percentage(text: str) -> bool:
    """Whether the column `reported` holds a rate between 0 and 100 %."""
    return re.fullmatch(r"\d{1,3}(\.\d+)?", text) is not None and float(text) <= 100  # noqa: PLR2004
