"""An evidence file row by row: read, checked, every fault with its row and column."""

import csv
import difflib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from bayesips.errors import Refused, in_one_message, near_miss
from bayesips.evidence.cells import Cells, parts
from bayesips.evidence.columns import COLUMNS, COVARIATE, KNOWN, name_in


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
    """One group of patients on one day, as the file gives it.

    `line` is the row of a spreadsheet; `successes` and `n` are None where only a rate is reported;
    `text` holds every column as written.
    """

    line: int
    study: str
    arm: str
    endpoint: str
    day: float | str | None
    relation: str
    successes: int | None
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
        return self.successes is not None and self.n is not None

    @property
    def known_day(self) -> float | None:
        """The day, where it is stated as a number."""
        return self.day if isinstance(self.day, int | float) else None

    @property
    def possible(self) -> tuple[int, int]:
        """Fewest and most successes that the row allows, where it has counts."""
        successes, n = self.successes or 0, self.n or 0
        fewest = 0 if self.relation == "<=" else successes
        return fewest, n if self.relation == ">=" else successes

    def cell(self, column: str) -> str:
        """The text of a column, also under its former name; empty where there is none."""
        return self.text.get(name_in(self.text, column), "")

    @property
    def doubts(self) -> tuple[str, ...]:
        """Doubts that the file states in words."""
        return parts(self.cell("doubt"))


def read_rows(path: Path) -> tuple[Row, ...]:
    """Every row of an evidence file, each checked by itself.

    Raises
    ------
    EvidenceError
        Naming every faulty row and column at once, what was given and what is allowed.
    """
    return _rows(path, _records(path))


def read_records(path: Path, records: list[dict[str, str]]) -> tuple[Row, ...]:
    """Every row of a table that is already in columns of text, numbered from 1.

    Raises
    ------
    EvidenceError
        As `read_rows`; `path` is what the table is called.
    """
    faults = list(_header_faults(list(records[0]))) if records else ["no rows"]
    if faults:
        raise EvidenceError(path, faults)
    return _rows(path, list(enumerate(records, start=1)))


def _rows(path: Path, records: list[tuple[int, dict[str, str]]]) -> tuple[Row, ...]:
    """Every row checked by itself."""
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
    top = next((place for place, cells in enumerate(lines) if not _is_remark(cells)), 0)
    header = [cell.strip() for cell in lines[top]]
    faults = list(_header_faults(header))
    body = [(line, cells) for line, cells in enumerate(lines[top + 1 :], top + 2) if any(cells)]
    if not faults and not body:
        faults = ["no rows below the header"]
    for line, cells in body if not faults else ():
        if len(cells) != len(header):
            faults.append(f"row {line}: {len(cells)} cells, but the header names {len(header)}")
    if faults:
        raise EvidenceError(path, faults)
    return [(line, dict(zip(header, map(str.strip, cells), strict=True))) for line, cells in body]


def _is_remark(cells: list[str]) -> bool:
    """Whether a row above the header is a remark, which begins with #."""
    return bool(cells) and cells[0].startswith("#")


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
    absent = tuple(column for column in COLUMNS if not set(column.names) & set(header))
    strange = tuple(name for name in header if name not in KNOWN)
    for column in COLUMNS:
        if column.former in header and column.name in header:
            yield f"row 1: columns {column.name!r} and {column.former!r} are the same; keep one"
    for column in absent:
        if column.required:
            near = [near_miss(name, strange) for name in column.names]
            yield f"row 1: column {column.name!r} is missing{max(near, key=len)}"
    optional = [name for column in absent if not column.required for name in column.names]
    for name in strange:
        if name.startswith(COVARIATE) and not name.removeprefix(COVARIATE).strip():
            yield f"row 1: column {name!r} needs the covariate's name, as {COVARIATE + 'era'!r}"
        if nearest := difflib.get_close_matches(name, optional, n=1, cutoff=0.8):
            yield f"row 1: unknown column {name!r} (did you mean {nearest[0]!r}?)"


def _row(line: int, record: dict[str, str], faults: list[str]) -> Row:
    """One row; rows of no control set may report anything, but their counts must be possible."""
    cells = Cells(line, record, faults)
    cells.check_words()
    successes, n = cells.counts()
    return Row(
        line=line,
        study=cells["study"],
        arm=cells["arm"],
        endpoint=cells["endpoint"],
        day=cells.day(),
        relation=cells.relation,
        successes=successes,
        n=n,
        control_sets=cells.sets,
        subset_of=cells["subset_of"],
        covariates=tuple(cells.covariates()),
        text=MappingProxyType(record),
    )
