"""An evidence file row by row: read, checked, every fault with its row and column."""

import csv
import difflib
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from bayesips.errors import Refused, in_one_message, listed, near_miss
from bayesips.evidence.arm import RELATIONS, UNKNOWN_DAYS

REQUIRED = (
    "study", "arm", "endpoint", "landmark_day", "relation", "survivors", "n", "control_set"
)  # fmt: skip
OPTIONAL = (
    "year", "subset_of", "treatment", "population", "steroid_status", "reported", "reported_ci",
    "count_basis", "checked_in", "citation", "doi", "pmid", "identifiers", "note",
)  # fmt: skip
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


class EvidenceError(Refused):
    """An evidence file, or a selection from it, that cannot be used.

    Attributes
    ----------
    file : Path
        The file.
    faults : tuple of str
        Every fault found, each with its row and column where it has one.
    """

    def __init__(self, file: Path, faults: list[str]):
        self.file = file
        self.faults = tuple(faults)
        super().__init__(in_one_message(f"evidence file {file}", faults))


@dataclass(frozen=True)
class Row:
    """One arm at one landmark, as the file gives it.

    `line` is the row of a spreadsheet (the header is row 1); `survivors` and `n` are None where
    only a rate is reported; `text` holds every column as written.
    """

    line: int
    study: str
    arm: str
    endpoint: str
    day: float | str | None
    relation: str
    survivors: int | None
    n: int | None
    control_sets: tuple[str, ...]
    subset_of: str = ""
    covariates: tuple[tuple[str, float], ...] = ()
    text: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)

    @property
    def label(self) -> str:
        """Study and arm: rows with the same label are the same patients."""
        return self.study if self.arm in ("", self.study) else f"{self.study}, {self.arm}"

    @property
    def counted(self) -> bool:
        """Whether the row has a count, rather than a rate alone."""
        return self.survivors is not None and self.n is not None

    @property
    def possible(self) -> tuple[int, int]:
        """Fewest and most survivors that the row allows, where it has counts."""
        survivors, n = self.survivors or 0, self.n or 0
        fewest = 0 if self.relation == "<=" else survivors
        return fewest, n if self.relation == ">=" else survivors


def read_rows(path: Path) -> tuple[Row, ...]:
    """Every row of an evidence file, each checked by itself.

    Raises
    ------
    EvidenceError
        Naming every faulty row and column at once, what was given and what is allowed.
    """
    records = _records(path)
    faults: list[str] = []
    rows = tuple(_row(line, record, faults) for line, record in records)
    if faults:
        raise EvidenceError(path, faults)
    return rows


def _records(path: Path) -> list[tuple[int, dict[str, str]]]:
    """Row numbers and cells by column; blank rows are skipped."""
    try:
        lines = list(csv.reader(io.StringIO(_text(path), newline=""), strict=True))
    except csv.Error as error:
        raise EvidenceError(path, [f"not a table of comma-separated values: {error}"]) from error
    if not any(lines):
        raise EvidenceError(path, ["empty; the first row must name the columns"])
    header = [cell.strip() for cell in lines[0]]
    faults = list(_header_faults(header))
    body = [(line, cells) for line, cells in enumerate(lines[1:], start=2) if any(cells)]
    if not faults and not body:
        faults = ["no rows below the header"]
    for line, cells in body if not faults else ():
        if len(cells) != len(header):
            faults.append(f"row {line}: {len(cells)} cells, but the header names {len(header)}")
    if faults:
        raise EvidenceError(path, faults)
    return [(line, dict(zip(header, map(str.strip, cells), strict=True))) for line, cells in body]


def _text(path: Path) -> str:
    """Text of the file; a byte-order mark is tolerated."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        fault = f"not UTF-8 text: {error.reason} at byte {error.start + 1}"
        raise EvidenceError(path, [fault]) from None
    except FileNotFoundError:
        raise EvidenceError(path, ["there is no such file"]) from None
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        raise EvidenceError(path, [f"cannot be read: {error}"]) from None
    if "\0" in text:
        raise EvidenceError(path, ["binary, not a table of comma-separated values"])
    return text


def _header_faults(header: list[str]) -> Iterator[str]:
    """Columns missing, doubled, or misspelt."""
    if len(header) == 1 and any(mark in header[0] for mark in ";\t"):
        yield "row 1: columns must be separated by commas, not by semicolons or tabs"
        return
    for name in sorted({name for name in header if header.count(name) > 1}):
        yield f"row 1: column {name!r} appears {header.count(name)} times"
    absent = tuple(name for name in REQUIRED + OPTIONAL if name not in header)
    strange = tuple(name for name in header if name not in REQUIRED + OPTIONAL)
    for name in absent:
        if name in REQUIRED:
            yield f"row 1: column {name!r} is missing{near_miss(name, strange)}"
    for name in strange:
        if name.startswith(COVARIATE) and not name.removeprefix(COVARIATE).strip():
            yield f"row 1: column {name!r} needs the covariate's name, as {COVARIATE + 'era'!r}"
        nearest = difflib.get_close_matches(name, absent, n=1, cutoff=0.8)
        if nearest and nearest[0] in OPTIONAL:
            yield f"row 1: unknown column {name!r} (did you mean {nearest[0]!r}?)"


def _row(line: int, record: dict[str, str], faults: list[str]) -> Row:
    """One row; rows of no control set may report anything, but their counts must be possible."""

    def tell(column: str, allowed: str) -> None:
        faults.append(f"row {line}, column {column}: {record[column]!r} given; {allowed}")

    for column in ("study", "arm"):
        if not record[column]:
            tell(column, "a name is required")
    for column, words in WORDED.items():
        if record.get(column, "") not in ("", *words):
            tell(column, f"allowed are {listed(words)}{near_miss(record[column], words)}")
    if record["relation"] not in RELATIONS:
        tell("relation", f"allowed are {listed(RELATIONS)}")
    sets = tuple(name.strip() for name in record["control_set"].split(";") if name.strip())
    if sets and record["endpoint"] not in ENDPOINTS:
        tell("endpoint", f"only survival may enter a control set: {listed(ENDPOINTS)}")
    survivors, n = _counts(record, bool(sets), tell)
    return Row(
        line=line,
        study=record["study"],
        arm=record["arm"],
        endpoint=record["endpoint"],
        day=_day(record, bool(sets), tell),
        relation=record["relation"],
        survivors=survivors,
        n=n,
        control_sets=sets,
        subset_of=record.get("subset_of", ""),
        covariates=tuple(_covariates(record, tell)),
        text=MappingProxyType(record),
    )


def _counts(record: dict[str, str], used: bool, tell) -> tuple[int | None, int | None]:
    """Survivors and patients; both blank only where a rate is reported instead."""
    given = record["survivors"], record["n"]
    if given == ("", "") and _is_percentage(record.get("reported", "")):
        return None, None
    survivors, n = (_whole(record, column, used, tell) for column in ("survivors", "n"))
    if n == 0:
        tell("n", "at least 1 patient")
    elif survivors is not None and n is not None and survivors > n:
        tell("survivors", f"at most the {n} patients of column n")
    return survivors, n


def _is_percentage(text: str) -> bool:
    """Whether the column `reported` holds a rate between 0 and 100 %."""
    return re.fullmatch(r"\d{1,3}(\.\d+)?", text) is not None and float(text) <= 100  # noqa: PLR2004


def _whole(record: dict[str, str], column: str, used: bool, tell) -> int | None:
    """A count of patients."""
    text = record[column]
    if not used and not text:
        return None
    if not re.fullmatch(r"[0-9]{1,8}", text) or int(text) > MOST_PATIENTS:
        tell(column, f"a whole number from 0 to {MOST_PATIENTS} is required")
        return None
    return int(text)


def _covariates(record: dict[str, str], tell) -> Iterator[tuple[str, float]]:
    """Covariates that are stated."""
    for column, text in record.items():
        if column.startswith(COVARIATE) and text:
            if not re.fullmatch(r"[-+]?\d{1,12}(\.\d{1,12})?", text):
                tell(column, "a number is required, or nothing where it is not stated")
                continue
            yield column.removeprefix(COVARIATE).strip(), float(text)


def _day(record: dict[str, str], used: bool, tell) -> float | str | None:
    """Day of the landmark: a number, or one of the words for a day nobody stated."""
    text = record["landmark_day"]
    if text in UNKNOWN_DAYS:
        return text
    if not used and not text:
        return None
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]+)?", text) or float(text) == 0:
        tell("landmark_day", f"a day above 0, or {listed(UNKNOWN_DAYS)}")
        return None
    return float(text) if "." in text else int(text)
