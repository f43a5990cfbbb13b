"""Patients' own times, or a published survival curve, as intervals with those at risk.

A death on day t is the event t - 1 < T <= t, for times are recorded in whole days. Of those at
risk at the start of an interval, Binomial(at risk, S(end) / S(start)) are alive at its end;
patients censored within it are taken out at its end. That is one binomial for each day with a
death, exact for recorded days, for either bridge and in either engine.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from bayesips.errors import Refused
from bayesips.evidence.arm import Arm


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
    file : Path, optional
        The file it was read from.

    Raises
    ------
    Refused
        If no group of patients could give these intervals; the message names the arm.
    """

    label: str
    intervals: tuple[Interval, ...]
    source: str | None = None
    note: str | None = None
    flags: tuple[str, ...] = ()
    covariates: tuple[tuple[str, float], ...] = ()
    included: Any = True
    file: Path | None = None
    followed: ClassVar[bool] = True  # whether each patient's own time is known

    def __post_init__(self) -> None:
        object.__setattr__(self, "intervals", tuple(self.intervals))
        if not self.intervals:
            raise Refused(f"{self.label}: no patient was followed for a day")
        end, alive = 0.0, self.intervals[0].at_risk
        for part in self.intervals:
            if not end <= part.start < part.end:
                raise Refused(
                    f"{self.label}: an interval from day {part.start:g} to {part.end:g} after day "
                    f"{end:g}; intervals must be in order"
                )
            if not 0 <= part.deaths <= part.at_risk <= alive:
                raise Refused(
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

    def alive_between(self, day: float) -> tuple[int, int]:
        """Fewest and most patients who can have been alive on a day, equal where it is known.

        Who has left before is not known to be alive; who died within an interval that holds the
        day may have died before or after it.
        """
        past = [part for part in self.intervals if part.end <= day]
        within = [part for part in self.intervals if part.start < day < part.end]
        most = self.n - sum(part.deaths for part in past)
        if within:
            return within[0].at_risk - within[0].deaths, most
        if past and past[-1].end == day:
            return past[-1].at_risk - past[-1].deaths, most
        return 0, most  # nobody was seen as late as this

    def counted_at(self, day: float | None) -> Arm:
        """The patients as one count of those alive on a day.

        Raises
        ------
        Refused
            If the count is not known, because patients left before or the curve has no point
            there; the message names the arm.
        """
        if day is None:
            raise Refused(
                f"{self.label}: times are counted at the landmark day, and no day is asked about"
            )
        fewest, most = self.alive_between(day)
        if fewest != most:
            raise Refused(
                f"{self.label}: {fewest} to {most} of {self.n} alive at day {day:g}, for some were "
                "last seen before or the curve has no point there; a count needs all of them "
                "followed to that day (the landmark endpoint reads times as they are)"
            )
        return Arm(
            self.label,
            fewest,
            self.n,
            day=day,
            source=self.source,
            note=self.note,
            flags=self.flags,
            covariates=self.covariates,
            included=self.included,
        )

    def reported_rows(self, day: float | None) -> tuple[tuple[float, str, int], ...]:
        """Rows for tables and checks: who was alive on `day`, if followed so far, and at the end.

        A count where it is known, else bounds from both sides. Likelihoods use the intervals.
        """
        days = {self.day} | ({day} if day is not None and 0 < day < self.day else set())
        found = []
        for each in sorted(days):
            fewest, most = self.alive_between(each)
            rows = ["="] if fewest == most else [">=", "<="]
            found += [(each, row, most if row == "<=" else fewest) for row in rows]
        return tuple(found)


def reported_rows(arm: Arm | PatientArm, day: float | None) -> tuple[tuple[Any, str, Any], ...]:
    """Rows of any arm, for tables and checks."""
    return arm.reported_rows(day) if isinstance(arm, PatientArm) else arm.rows


def intervals_of(times: Sequence[float], died: Sequence[bool]) -> tuple[Interval, ...]:
    """Intervals between days with a death, and to the last day anybody was seen.

    Times are rounded up to whole days; who is censored on a day was seen alive on it.
    """
    days, dead = np.ceil(np.asarray(times, dtype=float)), np.asarray(died, dtype=bool)
    # A censored patient adds S(day): the intervals end at every day on which anybody leaves.
    marks = sorted({0.0, *days.tolist(), *(days[dead] - 1).tolist()})
    found = []
    for start, end in itertools.pairwise(marks):
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
