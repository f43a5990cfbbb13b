"""Files of patients' times and of digitised survival curves, read and checked whole."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bayesips.endpoints.patient_times import PatientArm, intervals_of, reconstructed
from bayesips.faults import in_one_message

TIME_COLUMNS = ("time", "status")
CURVE_COLUMNS = ("time", "survival", "at_risk")
CENSORED, DIED = "0", "1"


def read_times(
    path: str | Path, label: str, *, until: float | None = None, **about: Any
) -> PatientArm:
    """An arm from a file of patients' times.

    Parameters
    ----------
    path : str or Path
        Comma-separated, columns `time` (days, above 0) and `status` (1 died, 0 alive when last
        seen).
    label : str
    until : float, optional
        Day on which the follow-up is ended: who lives longer counts as alive when last seen then.
    **about
        `source`, `note`, `flags`, `covariates` of the arm.

    Raises
    ------
    ValueError
        One message with every fault of the file.
    """
    records = _records(Path(path), TIME_COLUMNS)
    faults: list[str] = []
    times = [_number(line, row, "time", faults, low=0.0) for line, row in records]
    for line, row in records:
        if row["status"] not in (CENSORED, DIED):
            faults.append(f"row {line}, column status: {row['status']!r} given; allowed are 0, 1")
    _refuse(path, faults)
    died = [row["status"] == DIED for _, row in records]
    if until is not None:
        died = [dead and time <= until for time, dead in zip(times, died, strict=True)]
        times = [min(time, until) for time in times]
    return PatientArm(label, intervals_of(times, died), file=Path(path), **about)


def read_curve(
    path: str | Path, label: str, *, until: float | None = None, **about: Any
) -> PatientArm:
    """An arm from a published survival curve, digitised.

    Parameters
    ----------
    path : str or Path
        Comma-separated, columns `time` (days, the first 0), `survival` (0 to 1, the first 1) and
        `at_risk`: the number printed under the curve, empty where none is printed.
    label : str
    until : float, optional
        Day after which the curve is not read.
    **about
        As in `read_times`.

    Notes
    -----
    After Guyot et al. (2012, BMC Med Res Methodol 12:9, doi:10.1186/1471-2288-12-9): deaths
    between two points are the whole number whose Kaplan-Meier step is nearest to the curve, and
    patients missing at the next printed number at risk were censored, here evenly over the points
    in between. After the last printed number nobody is taken to be censored. The arm carries a
    flag that says so.

    Raises
    ------
    ValueError
        One message with every fault of the file.
    """
    records = _records(Path(path), CURVE_COLUMNS)
    faults: list[str] = []
    times = [_number(line, row, "time", faults) for line, row in records]
    rates = [_number(line, row, "survival", faults, high=1.0) for line, row in records]
    printed = [
        _number(line, row, "at_risk", faults) if row["at_risk"] else None for line, row in records
    ]
    faults += [] if faults else _curve_faults(times, rates, printed)
    _refuse(path, faults)
    flags = (*about.pop("flags", ()), "counts read off a printed curve")
    whole = [None if count is None else round(count) for count in printed]
    found = [
        part for part in reconstructed(times, rates, whole) if until is None or part.end <= until
    ]
    return PatientArm(label, tuple(found), flags=flags, file=Path(path), **about)


def _curve_faults(
    times: Sequence[float], rates: Sequence[float], printed: Sequence[float | None]
) -> list[str]:
    """What no survival curve does."""
    faults = []
    if times[0] != 0 or rates[0] != 1 or not printed[0]:
        faults.append("the first row must be time 0, survival 1, with the number at risk")
    if any(later <= before for before, later in itertools.pairwise(times)):
        faults.append("column time: must rise from row to row")
    if any(later > before for before, later in itertools.pairwise(rates)):
        faults.append("column survival: must not rise")
    counts = [count for count in printed if count is not None]
    if counts != sorted(counts, reverse=True):
        faults.append("column at_risk: must not rise")
    if len(times) < 2:  # noqa: PLR2004  an interval has two ends
        faults.append("one row only; a curve has two or more")
    return faults


def _records(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Row numbers and cells by column.

    Raises
    ------
    ValueError
        If the file cannot be read as a table with these columns.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except FileNotFoundError:
        raise ValueError(in_one_message(f"file {path}", ["there is no such file"])) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ValueError(in_one_message(f"file {path}", [f"cannot be read: {error}"])) from None
    header = [cell.strip() for cell in lines[0]] if lines else []
    body = [(line, cells) for line, cells in enumerate(lines[1:], start=2) if any(cells)]
    faults = [f"row 1: column {name!r} is missing" for name in columns if name not in header]
    faults += [] if body else ["no rows below the header"]
    faults += [
        f"row {line}: {len(cells)} cells, but the header names {len(header)}"
        for line, cells in body
        if len(cells) != len(header)
    ]
    _refuse(path, faults)
    return [(line, dict(zip(header, map(str.strip, cells), strict=True))) for line, cells in body]


def _number(
    line: int,
    row: dict[str, str],
    column: str,
    faults: list[str],
    *,
    low: float = -1e-300,
    high: float = np.inf,
) -> float:
    """A number above `low` and not above `high`; NaN and a fault otherwise."""
    try:
        value = float(row[column])
    except ValueError:
        value = np.nan
    if not (low < value <= high and np.isfinite(value)):
        span = f"above {max(low, 0):g}" if low >= 0 else "of 0 or more"
        upto = f", at most {high:g}" if np.isfinite(high) else ""
        faults.append(f"row {line}, column {column}: {row[column]!r} given; a number {span}{upto}")
        return float("nan")
    return value


def _refuse(path: str | Path, faults: list[str]) -> None:
    """Raise one message for all faults of a file."""
    if faults:
        raise ValueError(in_one_message(f"file {path}", faults))
