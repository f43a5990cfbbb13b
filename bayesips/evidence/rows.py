"""An evidence file row by row: read, checked, every fault with its row and column."""

import csv
import difflib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from bayesips.errors import Refused, in_one_message, near_miss
from bayesips.evidence.cells import COVARIATE, Cells

REQUIRED = (
    "study", "arm", "endpoint", "landmark_day", "relation", "survivors", "n", "control_set"
)  # fmt: skip
OPTIONAL = (
    "year", "subset_of", "treatment", "population", "steroid_status", "reported", "reported_ci",
    "count_basis", "checked_in", "citation", "doi", "pmid", "identifiers", "note",
)  # fmt: skip


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
    def known_day(self) -> float | None:
        """The day, where it is stated as a number."""
        return self.day if isinstance(self.day, int | float) else None

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
    cells = Cells(line, record, faults)
    cells.check_words()
    survivors, n = cells.counts()
    return Row(
        line=line,
        study=record["study"],
        arm=record["arm"],
        endpoint=record["endpoint"],
        day=cells.day(),
        relation=record["relation"],
        survivors=survivors,
        n=n,
        control_sets=cells.sets,
        subset_of=record.get("subset_of", ""),
        covariates=tuple(cells.covariates()),
        text=MappingProxyType(record),
    )
