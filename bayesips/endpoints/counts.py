"""Arms as one count each: which of an arm's rows is read, and why it is no count at the day."""

from collections.abc import Iterator
from dataclasses import replace

from bayesips.endpoints.patient_times import PatientArm
from bayesips.evidence.arm import Arm

BOUND_READ = "bound read as a count"


def binary_reading(arms: tuple[Arm, ...], day: float | None) -> tuple[Arm, ...]:
    """The arms as the binary endpoint reads them: every row as if it were a count at `day`.

    Of several rows of the same patients the one nearest to `day` is read (a count before a bound,
    the earlier before the later); a bound is read at its bound. ``flags`` of each arm gains, in
    plain words, every way in which its row is not a count at `day`; a `day` of None asks about no
    landmark, and then only bounds and unknown days are flagged. Patients' own times are counted at
    `day`.

    Raises
    ------
    Refused
        If patients left before `day`, so that their count is not known; the message names the arm.
    """
    return tuple(
        arm.counted_at(day) if isinstance(arm, PatientArm) else _read(arm, day) for arm in arms
    )


def _read(arm: Arm, day: float | None) -> Arm:
    """One arm as a count at `day`, with the reasons why it is not one."""
    nearest = min(arm.rows, key=lambda row: _strangeness(row, day))
    landmark, relation, successes = nearest
    flags = tuple(_pretences(landmark, relation, day))
    return replace(
        arm,
        successes=successes,
        day=landmark,
        relation="=",
        observations=(),
        flags=(*arm.flags, *flags),
    )


def _strangeness(row: tuple, day: float | None) -> tuple:
    """How far a row is from a count at `day`: days away, bound or count, later or earlier."""
    landmark, relation, _ = row
    if isinstance(landmark, str):
        return 2, 0, relation != "=", 0
    if landmark is None or day is None:
        return 0, 0, relation != "=", landmark or 0
    return 1, abs(landmark - day), relation != "=", landmark


def _pretences(landmark: float | str | None, relation: str, day: float | None) -> Iterator[str]:
    """In plain words, why a row is not a count at `day`."""
    if relation != "=":
        yield f"{BOUND_READ} ({'at least' if relation == '>=' else 'at most'})"
    if landmark == "discharge":
        yield "day of discharge unknown"
    elif landmark == "not stated":
        yield "day not stated"
    elif landmark is not None and day is not None and landmark != day:
        yield f"day {landmark:g}, not day {day:g}"
