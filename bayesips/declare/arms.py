"""Arms of a model file: counts in place, patients' own times, or a digitised survival curve."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

from bayesips.declare.table import Table, is_whole
from bayesips.distributions.ranges import POSITIVE, is_number
from bayesips.endpoints import Endpoint
from bayesips.endpoints.landmark_rows import check_rows
from bayesips.endpoints.medians import CONVENTIONS, median_bounds
from bayesips.endpoints.patient_times import PatientArm
from bayesips.errors import Refused, listed
from bayesips.evidence.arm import RELATIONS, UNKNOWN_DAYS, Arm
from bayesips.evidence.columns import name_in
from bayesips.evidence.patient_files import read_curve, read_times
from bayesips.evidence.selection import Evidence

AnyArm = Arm | PatientArm
# Files of patients that an arm may name, and what reads them.
FILES: dict[str, Callable[..., PatientArm]] = {"times": read_times, "curve": read_curve}
COUNTS = ("successes", "n", "day", "relation", "observations", "median")
ABOUT = ("source", "note", "covariates")
IN_COUNTS = "a file of patients holds their counts and days; leave it out, or leave out the file"


def arms_in_place(table: Table, folder: Path) -> tuple[Arm, ...]:
    """The arms of the model file itself, each label and each file once."""
    parts = table.tables("arms", "label, successes and n (or times, or curve)")
    found = [_arm_in_place(part, folder) for part in parts]
    arms = [arm for arm in found if arm is not None]
    labels = [arm.label for arm in arms]
    for label in dict.fromkeys(label for label in labels if labels.count(label) > 1):
        table.add_fault("arms", f"label {label!r} is given twice; each arm needs its own")
    files = [file.resolve() for file in files_of(arms)]
    for file in dict.fromkeys(file for file in files if files.count(file) > 1):
        table.add_fault("arms", f"file {file.name} is given twice; no patient may enter twice")
    return cast(tuple[Arm, ...], tuple(arms))  # patients followed in time take an Arm's place


def files_of(arms: Iterable[AnyArm]) -> list[Path]:
    """Files of patients that arms were read from, in order."""
    return [arm.file for arm in arms if isinstance(arm, PatientArm) and arm.file is not None]


def _arm_in_place(table: Table, folder: Path) -> AnyArm | None:
    """One arm: from a file of patients where it names one, else by its counts."""
    given = [key for key in FILES if key in table.content]
    if not given:
        table.allow("label", *COUNTS, *ABOUT, *FILES)
        return read_arm(table)
    table.allow("label", *COUNTS, *ABOUT, *FILES, "until")
    before = len(table.faults)
    for key in (*given[1:], *(key for key in COUNTS if key in table.content)):
        table.add_fault(key, f"{given[0]} is given too: {IN_COUNTS}")
    return _read_patients(table, given[0], folder, before)


def _read_patients(table: Table, key: str, folder: Path, before: int) -> PatientArm | None:
    """An arm from its file; None and faults where anything is wrong."""
    label, file = table.text("label"), table.text(key)
    about: dict[str, Any] = {name: table.text(name, None) for name in ("source", "note")}
    about["covariates"] = _covariates(table)
    until = table.number("until", POSITIVE, None)
    if file is None:
        return None
    try:
        arm = FILES[key](folder / file, label or "", until=until, **about)
    except Refused as error:
        table.add_fault(key, str(error).replace("\n", "\n  "))
        return None
    return arm if len(table.faults) == before else None


def check_readable(
    top: Table,
    arms: Iterable[Arm],
    endpoint: Endpoint,
    day: float | None,
    evidence: Evidence | None,
) -> None:
    """Add faults where the endpoint cannot read an arm: its days, or who was followed so far."""
    for arm in arms:
        try:
            endpoint.reading((arm,), day)
        except Refused as error:
            place = "" if evidence is None else f"{_place(arm, endpoint, evidence)} "
            top.faults.append(f"[history] {place}{error}")


def _place(arm: Arm, endpoint: Endpoint, evidence: Evidence) -> str:
    """Where in the evidence file stand the rows whose days cannot be read."""
    ours = [row for row in evidence.rows if row.label == arm.label]
    far = [row for row in ours if is_number(row.day) and not endpoint.reaches(row.day)]
    lines = sorted(row.line for row in far or ours)
    rows = f"row{'s' if len(lines) > 1 else ''} {' and '.join(map(str, lines))}"
    return f"evidence file {evidence.file}: {rows}, column {name_in(ours[0].text, 'day')}:"


def read_arm(table: Table) -> Arm | None:
    """One arm in place."""
    before = len(table.faults)
    label, n = table.text("label"), table.patients("n", 1)
    first = _median(table, n) if "median" in table.content else (_own_row(table, n),)
    rows = (*first, *_observations(table, n))
    source, note = table.text("source", None), table.text("note", None)
    covariates = _covariates(table)
    if len(table.faults) > before:
        return None
    (day, relation, successes), *further = rows
    try:
        return Arm(
            label,
            successes,
            n,
            day=day,
            relation=relation,
            observations=further,
            source=source,
            note=note,
            covariates=covariates,
        )
    except Refused as error:
        table.faults.append(f"{table.place} {error}")
        return None


def _own_row(table: Table, n: int | None) -> tuple[Any, ...]:
    """The arm's own day, relation and survivors."""
    successes = table.patients("successes", 0, n)
    day = read_day(table, "day", table.content.get("day"))
    return day, table.choice("relation", RELATIONS, "="), successes


def _median(table: Table, n: int | None) -> tuple[tuple[Any, ...], ...]:
    """Bounds on counts before and after a published median, instead of a count."""
    for key in ("successes", "day", "relation"):
        if key in table.content:
            table.add_fault(key, "median is given too, which stands for it; leave out one of them")
    part = table.table("median", "day_before, day_after, or both")
    if part is None:
        return ()
    part.allow("day_before", "day_after", "convention")
    before = len(part.faults)
    days = {key: part.number(key, POSITIVE, None) for key in ("day_before", "day_after")}
    convention = part.choice("convention", CONVENTIONS, CONVENTIONS[0])
    if n is None or len(part.faults) > before:
        return ()
    try:
        return median_bounds(n, **days, convention=convention)
    except Refused as error:
        table.add_fault("median", str(error))
        return ()


def _covariates(table: Table) -> tuple[tuple[str, float], ...]:
    """Covariates of the arm, for meta-regression."""
    given = table.table("covariates")
    return tuple(given.numbers().items()) if given else ()


def check_course(top: Table, key: str, arms: Iterable[Arm | None], day: float | None) -> None:
    """Add faults where more patients of an arm are alive later than earlier."""
    for arm in arms:
        if arm is None or (day is None and any(row[0] is None for row in arm.rows)):
            continue
        try:
            check_rows(arm, day or 0)
        except Refused as error:
            top.faults.append(f"[{key}] {error}")


def read_day(table: Table, key: str, value: object) -> Any:
    """A day above 0, a word for a day nobody stated, or None."""
    if value is None or value in UNKNOWN_DAYS or (is_number(value) and value in POSITIVE):
        return value
    table.add_fault(key, f"a day above 0, or {listed(UNKNOWN_DAYS, ' or ')}")
    return None


def _observations(table: Table, n: int | None) -> tuple[tuple, ...]:
    """Further rows of the same patients."""
    value = table.content.get("observations", [])
    if not isinstance(value, list) or not all(_is_observation(row, n) for row in value):
        limit = "n" if n is None else n
        table.add_fault(
            "observations",
            f'a list of [day, "=" or ">=" or "<=", count from 0 to {limit}] is required, each '
            f"day above 0 or {listed(UNKNOWN_DAYS, ' or ')}",
        )
        return ()
    return tuple(tuple(row) for row in value)


def _is_observation(row: object, n: int | None) -> bool:
    """Whether a value is [day, relation, survivors]."""
    if not isinstance(row, list) or len(row) != len(("day", "relation", "survivors")):
        return False
    day, relation, survivors = row
    dated = day in UNKNOWN_DAYS or (is_number(day) and day in POSITIVE)
    counted = is_whole(survivors) and 0 <= survivors <= (survivors if n is None else n)
    return dated and relation in RELATIONS and counted
