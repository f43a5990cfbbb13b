"""Patients' own times, or a published survival curve, as intervals with those at risk.

A death on day t is the event t - 1 < T <= t, for times are recorded in whole days. Of those at
risk at the start of an interval, Binomial(at risk, S(end) / S(start)) are alive at its end;
patients censored within it are taken out at its end. That is one binomial for each day with a
death, exact for recorded days, for either bridge and in either engine.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bayesips.faults import in_one_message

TIME_COLUMNS = ("time", "status")
CURVE_COLUMNS = ("time", "survival", "at_risk")
CENSORED, DIED = "0", "1"


@dataclass(frozen=True)
class Interval:
    """Patients under observation between two days.

    `at_risk` are alive and observed at the start, `deaths` of them die by the end.
    """

    start: float
    end: float
    at_risk: int
    deaths: int


@dataclass(frozen=True, eq=False)
class PatientArm:
    """A group of patients followed in time, some of them censored; takes an Arm's place.

    Parameters
    ----------
    label : str
    intervals : sequence of Interval
        In order, not overlapping.
    source, note : str, optional
    flags : sequence of str
        Doubts that a reader must see beside the numbers.
    covariates : mapping of str to float
    included : bool or array of bool
        Whether the arm takes part in each cell of a batch.

    Raises
    ------
    ValueError
        If no group of patients could give these intervals; the message names the arm.
    """

    label: str
    intervals: tuple[Interval, ...]
    source: str | None = None
    note: str | None = None
    flags: tuple[str, ...] = ()
    covariates: tuple[tuple[str, float], ...] = ()
    included: Any = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "intervals", tuple(self.intervals))
        if not self.intervals:
            raise ValueError(f"{self.label}: no patient was followed for a day")
        end, alive = 0.0, self.intervals[0].at_risk
        for part in self.intervals:
            if not end <= part.start < part.end:
                raise ValueError(
                    f"{self.label}: an interval from day {part.start:g} to {part.end:g} after day "
                    f"{end:g}; intervals must be in order"
                )
            if not 0 <= part.deaths <= part.at_risk <= alive:
                raise ValueError(
                    f"{self.label}: {part.deaths} deaths among {part.at_risk} at risk from day "
                    f"{part.start:g}, when at most {alive} can be alive"
                )
            end, alive = part.end, part.at_risk - part.deaths

    @property
    def n(self) -> int:
        """Patients at the start."""
        return self.intervals[0].at_risk

    @property
    def successes(self) -> int:
        """Patients known to be alive at the end of the last interval."""
        return self.intervals[-1].at_risk - self.intervals[-1].deaths

    @property
    def day(self) -> float:
        """Last day of the last interval."""
        return self.intervals[-1].end

    @property
    def relation(self) -> str:
        """A count only where nobody was censored before; else at least so many are alive."""
        return ">="

    @property
    def observations(self) -> tuple[tuple[Any, str, int], ...]:
        """Patients known to be alive at the ends of the other intervals."""
        return tuple(
            (part.end, ">=", part.at_risk - part.deaths) for part in self.intervals[-2::-1]
        )

    @property
    def rows(self) -> tuple[tuple[Any, str, int], ...]:
        """All rows as an Arm gives them: bounds, for some may be alive unobserved."""
        return ((self.day, self.relation, self.successes), *self.observations)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch; () for one data set."""
        return np.shape(self.included)


def read_times(path: str | Path, label: str, **about: Any) -> PatientArm:
    """An arm from a file of patients' times.

    Parameters
    ----------
    path : str or Path
        Comma-separated, columns `time` (days, above 0) and `status` (1 died, 0 alive when last
        seen).
    label : str
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
    return PatientArm(label, intervals_of(times, died), **about)


def read_curve(path: str | Path, label: str, **about: Any) -> PatientArm:
    """An arm from a published survival curve, digitised.

    Parameters
    ----------
    path : str or Path
        Comma-separated, columns `time` (days, the first 0), `survival` (0 to 1, the first 1) and
        `at_risk`: the number printed under the curve, empty where none is printed.
    label : str
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
    return PatientArm(label, reconstructed(times, rates, whole), flags=flags, **about)


def intervals_of(times: Sequence[float], died: Sequence[bool]) -> tuple[Interval, ...]:
    """Intervals between days with a death, and to the last day anybody was seen.

    Times are rounded up to whole days; who is censored on a day was seen alive on it.
    """
    days, dead = np.ceil(np.asarray(times, dtype=float)), np.asarray(died, dtype=bool)
    # A censored patient adds S(day): the intervals end at every day on which anybody leaves.
    marks = sorted({0.0, *days.tolist(), *(days[dead] - 1).tolist()})
    found = []
    for start, end in zip(marks[:-1], marks[1:], strict=True):
        at_risk = int(np.sum(days > start))
        found.append(Interval(start, end, at_risk, int(np.sum(dead & (days == end)))))
    return tuple(found)


def reconstructed(
    times: Sequence[float], rates: Sequence[float], printed: Sequence[int | None]
) -> tuple[Interval, ...]:
    """Deaths and censored patients behind a printed curve (Guyot et al. 2012)."""
    alive, survival = int(printed[0] or 0), 1.0
    found = []
    for place in range(len(times) - 1):
        deaths = 0 if survival <= 0 else round(alive * max(0.0, 1 - rates[place + 1] / survival))
        found.append(Interval(times[place], times[place + 1], alive, deaths))
        survival *= 1 - deaths / alive if alive else 1.0
        alive -= deaths
        alive -= _censored(place + 1, alive, survival, rates, printed)
        if alive <= 0:
            break
    return tuple(found)


def _censored(
    place: int,
    alive: int,
    survival: float,
    rates: Sequence[float],
    printed: Sequence[int | None],
) -> int:
    """Patients who leave at a point: an even share of those missing at the next printed number."""
    ahead = next((j for j in range(place, len(printed)) if printed[j] is not None), None)
    if ahead is None or survival <= 0:
        return 0
    expected = alive * rates[ahead] / survival
    return max(0, min(alive, round((expected - int(printed[ahead] or 0)) / (ahead - place + 1))))


def _curve_faults(
    times: Sequence[float], rates: Sequence[float], printed: Sequence[float | None]
) -> list[str]:
    """What no survival curve does."""
    faults = []
    if times[0] != 0 or rates[0] != 1 or not printed[0]:
        faults.append("the first row must be time 0, survival 1, with the number at risk")
    if any(later <= before for before, later in zip(times, times[1:], strict=False)):
        faults.append("column time: must rise from row to row")
    if any(later > before for before, later in zip(rates, rates[1:], strict=False)):
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
