"""Rows of an evidence file against each other: the same patients agree and never count twice."""

from collections.abc import Iterator
from itertools import combinations

from bayesips.errors import listed, near_miss
from bayesips.evidence.cells import ENDPOINTS
from bayesips.evidence.rows import Row


def by_label(rows: tuple[Row, ...]) -> dict[str, list[Row]]:
    """Rows of the same patients together, in the order of their landmarks (stated ones first)."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.label, []).append(row)
    return {label: sorted(group, key=_order) for label, group in groups.items()}


def contradictions(rows: tuple[Row, ...]) -> Iterator[str]:
    """Every fault that only shows when rows are held against each other."""
    survival = tuple(row for row in rows if row.endpoint in ENDPOINTS)
    for label, group in by_label(survival).items():
        for first, second in combinations(group, 2):
            lines = sorted((first.line, second.line))
            place = f"rows {lines[0]} and {lines[1]} ({label})"
            yield from _pair_faults(first, second, place)
        yield from _covariate_faults(label, group)
    for row in rows:
        yield from _subset_faults(row, rows)


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
    if (first.day, first.relation) == (second.day, second.relation) and first.day is not None:
        yield (
            f"{place}, columns landmark_day and relation: {first.day!r} and {first.relation!r}"
            " given twice; one row for each is allowed"
        )
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
        yield f"{place}, column survivors: {_said(first)} and {_said(second)} given; {allowed}"


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
    return most < fewest_later or (first.day == second.day and most_later < fewest)


def _said(row: Row) -> str:
    """A row in words: its relation, count, patients and day."""
    return f"{row.relation} {row.survivors} of {row.n} on day {row.day}"


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
