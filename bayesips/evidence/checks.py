"""Rows of an evidence file against each other: the same patients agree and never count twice."""

from collections.abc import Iterator
from itertools import combinations

from bayesips.errors import listed, near_miss
from bayesips.evidence.columns import name_in
from bayesips.evidence.rows import Row

# Names of survival: rows under any of them are of one outcome, of which never more are left later.
SURVIVAL = (
    "overall_survival",
    "survival_to_discharge",
    "survival_unspecified_landmark",
    "alive_at_last_followup",
)


def by_label(rows: tuple[Row, ...]) -> dict[str, list[Row]]:
    """Rows of the same patients together, in the order of their landmarks (stated ones first)."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.label, []).append(row)
    return {label: sorted(group, key=_order) for label, group in groups.items()}


def contradictions(rows: tuple[Row, ...]) -> Iterator[str]:
    """Every fault that only shows when rows are held against each other."""
    for label, group in _same_outcome(rows):
        for first, second in combinations(group, 2):
            lines = sorted((first.line, second.line))
            place = f"rows {lines[0]} and {lines[1]} ({label})"
            yield from _pair_faults(first, second, place)
        yield from _covariate_faults(label, group)
    for row in rows:
        yield from _subset_faults(row, rows)
    for name in dict.fromkeys(name for row in rows for name in row.control_sets):
        yield from mixed(tuple(row for row in rows if name in row.control_sets))


def mixed(selected: tuple[Row, ...]) -> Iterator[str]:
    """A fault where rows of different outcomes are selected together."""
    kinds = {_outcome(row): row for row in reversed(selected)}
    if len(kinds) > 1:
        first, second, *_ = sorted(kinds.values(), key=lambda row: row.line)
        yield (
            f"rows {first.line} and {second.line}, column endpoint: {first.endpoint!r} and "
            f"{second.endpoint!r} given; the rows of a control set are of one outcome (names of "
            f"survival are {listed(SURVIVAL)})"
        )


def _outcome(row: Row) -> str:
    """The outcome of a row; survival under any of its names is one."""
    return SURVIVAL[0] if row.endpoint in SURVIVAL else row.endpoint


def _same_outcome(rows: tuple[Row, ...]) -> Iterator[tuple[str, list[Row]]]:
    """Rows of the same patients and outcome; of others than survival those of control sets."""
    used = [row for row in rows if row.control_sets or row.endpoint in SURVIVAL]
    for outcome in dict.fromkeys(map(_outcome, used)):
        yield from by_label(tuple(row for row in used if _outcome(row) == outcome)).items()


def twice(selected: tuple[Row, ...], rows: tuple[Row, ...]) -> Iterator[str]:
    """Faults where a group of patients and a part of it, or overlapping parts, are selected."""
    parents = {(row.study, row.arm): row.subset_of for row in rows if row.subset_of}
    arms = dict.fromkeys((row.study, row.arm) for row in selected)
    for study, arm in arms:
        for whole in _wholes(study, arm, parents):
            if (study, whole) in arms:
                yield (
                    f"column subset_of: {arm!r} of {study} is part of {whole!r}; select one of"
                    " them, or its patients count twice"
                )
    yield from _overlapping(list(arms), parents, {(row.study, row.arm): row.n or 0 for row in rows})


def _overlapping(
    arms: list[tuple[str, str]],
    parents: dict[tuple[str, str], str],
    patients: dict[tuple[str, str], int],
) -> Iterator[str]:
    """Faults where selected parts of one group have more patients than the group."""
    for study, group in dict.fromkeys((arm[0], parents[arm]) for arm in arms if arm in parents):
        parts = [arm for arm in arms if arm[0] == study and parents.get(arm) == group]
        if sum(patients[part] for part in parts) > patients[study, group]:
            yield (
                f"column subset_of: {listed(part[1] for part in parts)} of {study} have more"
                f" patients together than {group!r}, of which they are parts; some count twice"
            )


def _order(row: Row) -> tuple[bool, float]:
    """Stated days ascending, then days nobody stated."""
    return (True, 0) if row.known_day is None else (False, row.known_day)


def _pair_faults(first: Row, second: Row, place: str) -> Iterator[str]:
    """Faults of two rows of the same patients, the first not later than the second."""
    if (first.day, first.relation) == (second.day, second.relation):
        yield from _given_twice(first, second, place)
        return
    if not first.counted or not second.counted:
        return
    if first.n != second.n:
        yield (
            f"{place}, column n: {first.n} and {second.n} given for the same patients; one number"
            " is allowed"
        )
    elif _more_later(first, second):
        allowed = (
            "the rows of one day must not contradict each other"
            if first.day == second.day
            else "never more alive later than earlier is allowed"
        )
        column = name_in(first.text, "successes")
        yield f"{place}, column {column}: {_said(first)} and {_said(second)} given; {allowed}"


def _given_twice(first: Row, second: Row, place: str) -> Iterator[str]:
    """A fault of two rows of the same patients, day and relation."""
    if first.day is not None:
        yield (
            f"{place}, columns {name_in(first.text, 'day')} and relation: {first.day!r} and "
            f"{first.relation!r} given twice; one row for each is allowed"
        )
    elif first.control_sets and second.control_sets:
        yield f"{place}, columns study and arm: given twice; each group of patients needs its own"


def _covariate_faults(label: str, group: list[Row]) -> Iterator[str]:
    """Faults where rows of the same patients state one covariate differently."""
    for name in dict.fromkeys(name for row in group for name, _ in row.covariates):
        stated = {
            row.line: dict(row.covariates)[name] for row in group if name in dict(row.covariates)
        }
        if len(set(stated.values())) > 1:
            lines = " and ".join(str(line) for line in sorted(stated))
            given = " and ".join(f"{stated[line]:g}" for line in sorted(stated))
            yield (
                f"rows {lines} ({label}), column covariate:{name}: {given} given for the same "
                "patients; one number is allowed"
            )


def _more_later(first: Row, second: Row) -> bool:
    """Whether two rows of stated days cannot both be true."""
    if first.known_day is None or second.known_day is None:
        return False
    (fewest, most), (fewest_later, most_later) = first.possible, second.possible
    if first.day == second.day:
        return most < fewest_later or most_later < fewest
    return first.endpoint in SURVIVAL and most < fewest_later


def _said(row: Row) -> str:
    """A row in words: its relation, count, patients and day."""
    return f"{row.relation} {row.successes} of {row.n} on day {row.day}"


def _subset_faults(row: Row, rows: tuple[Row, ...]) -> Iterator[str]:
    """Faults of the column that declares a part of another arm."""
    if not row.subset_of:
        return
    place = f"row {row.line}, column subset_of: {row.subset_of!r} given"
    arms = {other.arm: other for other in rows if other.study == row.study}
    whole = arms.get(row.subset_of)
    if whole is None or row.arm == row.subset_of:
        others = tuple(arm for arm in arms if arm != row.arm)
        allowed = listed(others) or "none"
        near = near_miss(row.subset_of, others)
        yield f"{place}; another arm of {row.study} is required, which are {allowed}{near}"
    elif whole.counted and (row.n or 0) > (whole.n or 0):
        yield f"{place}; {row.n} patients cannot be part of its {whole.n}"


def _wholes(study: str, arm: str, parents: dict[tuple[str, str], str]) -> Iterator[str]:
    """The arms that contain `arm`, the smallest first; a circle of them ends where it closes."""
    seen = {arm}
    while (arm := parents.get((study, arm), arm)) not in seen:
        seen.add(arm)
        yield arm
