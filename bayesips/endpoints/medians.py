"""A published median survival as bounds on counts at a day before and a day after it."""

from __future__ import annotations

from bayesips.errors import Refused

CONVENTIONS = ("at least half", "first crossing")


def median_bounds(
    n: int,
    *,
    day_before: float | None = None,
    day_after: float | None = None,
    convention: str = "at least half",
) -> tuple[tuple[float, str, int], ...]:
    """What a median between two days says about counts of the same n patients.

    The Kaplan-Meier median is the first day on which the estimate is at or below one half.

    Parameters
    ----------
    n : int
        Patients, none of them censored before the median.
    day_before : float, optional
        A day before the median: more than half are alive.
    day_after : float, optional
        A day on or after the median: at most half are alive.
    convention : {"at least half", "first crossing"}
        "first crossing" takes the definition at its word: *more* than half are alive before the
        median, n // 2 + 1. "at least half", the default, asks for (n + 1) // 2 only: it holds
        also where the report interpolates between two days, and says less.

    Returns
    -------
    tuple of (day, relation, successes)
        Rows for `Arm`: the first as its own day, relation and successes, the rest as
        `observations`.

    Raises
    ------
    Refused
        If no day is given, the days are not in order, or the convention is unknown.

    Examples
    --------
    >>> median_bounds(18, day_before=56, day_after=100)
    ((56.0, '>=', 9), (100.0, '<=', 9))
    """
    if convention not in CONVENTIONS:
        raise Refused(
            f"unknown convention {convention!r}; allowed are {', '.join(map(repr, CONVENTIONS))}"
        )
    if day_before is None and day_after is None:
        raise Refused("a median needs a day before it, a day after it, or both")
    if day_before is not None and day_after is not None and day_before >= day_after:
        raise Refused(
            f"day before the median is {day_before:g}, day after it {day_after:g}; "
            "they must be in order"
        )
    rows = []
    if day_before is not None:
        fewest = (n + 1) // 2 if convention == "at least half" else n // 2 + 1
        rows.append((float(day_before), ">=", fewest))
    if day_after is not None:
        rows.append((float(day_after), "<=", n // 2))
    return tuple(rows)
