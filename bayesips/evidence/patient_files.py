"""Files of patients' times and of digitised survival curves, read and checked whole."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bayesips.endpoints.patient_times import PatientArm, intervals_of, reconstructed
from bayesips.errors import Refused, in_one_message

TIME_COLUMNS = ("time", "status")
CURVE_COLUMNS = ("time", "survival", "at_risk")
CENSORED, DIED = "0", "1"
# How far a number at risk may exceed what the curve leaves alive: a patient counted just before
# a step, and so much survival misread off a printed curve.
ROUNDED, MISREAD = 1, 0.02


class _Point(NamedTuple):
    """One row of a digitised curve; `at_risk` is None where none is printed."""

    line: int
    time: float
    survival: float
    at_risk: Any


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
    Refused
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
    Refused
        One message with every fault of the file.
    """
    records = _records(Path(path), CURVE_COLUMNS)
    faults: list[str] = []
    times = [_number(line, row, "time", faults) for line, row in records]
    rates = [_number(line, row, "survival", faults, high=1.0) for line, row in records]
    printed = [_whole(line, row, "at_risk", faults) if row["at_risk"] else None
               for line, row in records]  # fmt: skip
    lines = [line for line, _ in records]
    points = list(map(_Point, lines, times, rates, printed))
    faults += [] if faults else _curve_faults(points)
    _refuse(path, faults)
    flags = (*about.pop("flags", ()), "counts read off a printed curve")
    found = [
        part for part in reconstructed(times, rates, printed) if until is None or part.end <= until
    ]
    return PatientArm(label, tuple(found), flags=flags, file=Path(path), **about)


def _curve_faults(points: Sequence[_Point]) -> list[str]:
    """Faults of points that no survival curve can have."""
    faults = []
    first = points[0]
    if first.time != 0 or first.survival != 1 or not first.at_risk:
        given = "none" if first.at_risk is None else first.at_risk
        faults.append(
            f"row {first.line}: time {first.time:g}, survival {first.survival:g}, at_risk {given} "
            "given; the first row must be time 0, survival 1, with the number at risk"
        )
    for before, after in itertools.pairwise(points):
        if after.time <= before.time:
            given = f"{after.time:g} given after {before.time:g} on row {before.line}"
            faults.append(f"row {after.line}, column time: {given}; days must rise from row to row")
        if after.survival > before.survival:
            given = f"{after.survival:g} given after {before.survival:g} on row {before.line}"
            faults.append(f"row {after.line}, column survival: {given}; survival must not rise")
    if len(points) < 2:  # noqa: PLR2004  an interval has two ends
        faults.append("one row only; a curve has two or more")
    return faults or list(_at_risk_faults([point for point in points if point.at_risk is not None]))


def _at_risk_faults(printed: Sequence[_Point]) -> Iterator[str]:
    """Numbers at risk that rise, or exceed those whom the curve leaves alive of an earlier one."""
    for place, after in enumerate(printed):
        given = f"row {after.line}, column at_risk: {after.at_risk} given"
        for before in reversed(printed[:place]):
            if after.at_risk > before.at_risk:
                yield f"{given} after {before.at_risk} on row {before.line}; it must not rise"
                break
            if after.at_risk > _most_alive(before, after):
                most = before.at_risk * after.survival / before.survival
                yield (
                    f"{given}; survival falls from {before.survival:g} on row {before.line} to "
                    f"{after.survival:g}, so that about {most:.0f} of the {before.at_risk} at risk "
                    "there are alive, and no more can be at risk"
                )
                break


def _most_alive(before: _Point, after: _Point) -> float:
    """Most patients of one row alive on a later one, give or take what a printed curve shows."""
    misread = 0.0 if before.time == 0 else MISREAD
    if before.survival <= misread:
        return before.at_risk
    kept = (after.survival + MISREAD) / (before.survival - misread)
    return before.at_risk * kept + ROUNDED


def _records(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Row numbers and cells by column.

    Raises
    ------
    Refused
        If the file cannot be read as a table with these columns.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except FileNotFoundError:
        raise Refused(in_one_message(f"file {path}", ["there is no such file"])) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Refused(in_one_message(f"file {path}", [f"cannot be read: {error}"])) from None
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


def _whole(line: int, row: dict[str, str], column: str, faults: list[str]) -> int:
    """A whole number of patients; 0 and a fault otherwise."""
    before = len(faults)
    value = _number(line, row, column, faults)
    if len(faults) == before and value != round(value):
        faults.append(
            f"row {line}, column {column}: {row[column]!r} given; a whole number of patients"
        )
    return round(value) if len(faults) == before else 0


def _refuse(path: str | Path, faults: list[str]) -> None:
    """Raise one message for all faults of a file."""
    if faults:
        raise Refused(in_one_message(f"file {path}", faults))
