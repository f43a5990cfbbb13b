"""One group of patients: how many, how many alive, when, and by which source."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from bayesips.errors import Refused

RELATIONS = ("=", ">=", "<=")
UNKNOWN_DAYS = ("discharge", "not stated")
# When patients were counted: a day, a word for an unknown one, or at the landmark (None).
Day = float | str | None


@dataclass(frozen=True, eq=False)
class Arm:
    """Counts of one group of patients at one or more landmarks.

    Parameters
    ----------
    label : str
        What the group is called in tables, messages and figures.
    successes : int or array of int
        Survivors (or responders). An array makes a batch: many data sets analysed in one call.
    n : int or array of int
        Patients.
    day : float, {"discharge", "not stated"} or None, keyword-only
        When the successes were counted. None: at the landmark asked about. The two words mean
        that the report gives no day.
    relation : {"=", ">=", "<="}, keyword-only
        Whether `successes` is a count or a bound on the count.
    observations : sequence of (day, relation, successes), keyword-only
        Further rows of the same patients.
    source, note : str, optional, keyword-only
        Citation and remark, carried into tables and reports.
    flags : sequence of str, keyword-only
        Doubts that a reader must see beside the numbers.
    covariates : mapping of str to float, keyword-only
        Properties of the arm for meta-regression (era, steroid status, ...).
    included : bool or array of bool, keyword-only
        Whether the arm takes part; an array leaves it out of some cells of a batch.

    Raises
    ------
    Refused
        If the counts contradict themselves; the message names the arm.
    """

    label: str
    successes: Any
    n: Any
    day: Any = None
    relation: str = "="
    observations: tuple[tuple[Any, str, int], ...] = ()
    source: str | None = None
    note: str | None = None
    flags: tuple[str, ...] = ()
    covariates: tuple[tuple[str, float], ...] = ()
    included: Any = True
    followed: ClassVar[bool] = False  # whether each patient's own time is known

    def __init__(  # noqa: PLR0913  the noun of the field carries its provenance
        self,
        label: str,
        successes: ArrayLike,
        n: ArrayLike,
        *,
        day: Day = None,
        relation: str = "=",
        observations: Iterable[Sequence[Any]] = (),
        source: str | None = None,
        note: str | None = None,
        flags: Iterable[str] = (),
        covariates: Mapping[str, float] | Iterable[tuple[str, float]] = (),
        included: ArrayLike = True,
    ) -> None:
        stated = dict(covariates)
        values = {
            "label": str(label),
            "successes": _whole(label, "successes", successes),
            "n": _whole(label, "n", n),
            "day": _day(label, day),
            "relation": _relation(label, relation),
            "observations": tuple(_observation(label, row) for row in observations),
            "source": source,
            "note": note,
            "flags": tuple(flags),
            "covariates": tuple((str(name), float(value)) for name, value in stated.items()),
            "included": included,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._check()

    def _check(self) -> None:
        """Refuse counts that no group of patients could give."""
        successes, n = np.broadcast_arrays(self.successes, self.n)
        if np.any(n < 0):
            raise Refused(f"{self.label}: n is {self.n}; it must be 0 or more")
        bad = (successes < 0) | (successes > n)
        if np.any(bad):
            first = np.flatnonzero(bad.ravel())[0]
            raise Refused(
                f"{self.label}: {successes.ravel()[first]} successes among "
                f"{n.ravel()[first]} patients; allowed are 0 to n"
            )
        for day, _, count in self.observations:
            if count < 0 or np.any(count > n):
                raise Refused(
                    f"{self.label}: {count} successes among {self.n} patients at day {day}; "
                    "allowed are 0 to n"
                )

    @property
    def rows(self) -> tuple[tuple[Any, str, Any], ...]:
        """All rows of these patients as (day, relation, successes), the first one first."""
        return ((self.day, self.relation, self.successes), *self.observations)

    @property
    def batch_shape(self) -> tuple[int, ...]:
        """Shape of the batch of data sets this arm stands for; () for one data set."""
        return np.broadcast_shapes(
            np.shape(self.successes), np.shape(self.n), np.shape(self.included)
        )


def _whole(label: str, name: str, value: ArrayLike) -> Any:
    """Whole numbers, as int or an integer array."""
    array = np.asarray(value)
    if array.dtype == bool or not np.issubdtype(array.dtype, np.number):
        raise Refused(f"{label}: {name} is {value!r}; it must be a whole number")
    if not np.all(np.isfinite(array)) or np.any(array != np.floor(array)):
        raise Refused(f"{label}: {name} is {value!r}; it must be a whole number")
    return int(array) if array.ndim == 0 else array.astype(np.int64)


def _day(label: str, day: Day) -> Day:
    """A positive day, one of the two words for an unknown day, or None."""
    if day is None or day in UNKNOWN_DAYS:
        return day
    if isinstance(day, bool) or not isinstance(day, int | float | np.number) or not day > 0:
        raise Refused(
            f"{label}: day is {day!r}; allowed are a number above 0, "
            + " or ".join(f'"{word}"' for word in UNKNOWN_DAYS)
        )
    return float(day)


def _relation(label: str, relation: str) -> str:
    """One of the three relations."""
    if relation not in RELATIONS:
        raise Refused(
            f"{label}: relation is {relation!r}; allowed are {', '.join(map(repr, RELATIONS))}"
        )
    return str(relation)


def _observation(label: str, row: Sequence[Any]) -> tuple[Day, str, int]:
    """One further row of the same patients."""
    if len(row) != 3:  # noqa: PLR2004  a row is (day, relation, successes)
        raise Refused(f"{label}: an observation is (day, relation, successes); got {row!r}")
    day, relation, successes = row
    return _day(label, day), _relation(label, relation), _whole(label, "successes", successes)
