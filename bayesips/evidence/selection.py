"""Historical evidence: load a file, check it whole, select a control set; no patient twice."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from bayesips.endpoints.patient_times import PatientArm
from bayesips.errors import near_miss
from bayesips.evidence.arm import Arm
from bayesips.evidence.checks import by_label, contradictions, mixed, twice
from bayesips.evidence.rows import EvidenceError, Row, read_rows

RECALLED_IDENTIFIERS = "identifiers recalled, not verified"


@dataclass(frozen=True)
class Evidence:
    """Rows of an evidence file, and the arms they make.

    Attributes
    ----------
    rows : tuple of Row
        The rows, in the file's order.
    file : Path
        Where they come from.
    known_sets : tuple of str
        Every control set the file names.
    """

    rows: tuple[Row, ...]
    file: Path
    known_sets: tuple[str, ...]

    @property
    def arms(self) -> tuple[Arm, ...]:
        """One arm per group of patients that has counts; its rows are one likelihood."""
        return tuple(_arm(rows) for rows in by_label(self.rows).values() if rows[0].counted)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels of the arms, in order."""
        return tuple(label for label, rows in by_label(self.rows).items() if rows[0].counted)

    def select(self, *control_sets: str) -> "Evidence":
        """Rows that belong to any of `control_sets`.

        Raises
        ------
        EvidenceError
            For a set that the file does not name, or when a group of patients and a part of it
            would both be selected.
        """
        for name in control_sets:
            if name not in self.known_sets:
                allowed = ", ".join(self.known_sets) or "none"
                near = near_miss(name, self.known_sets)
                fault = f"control_set {name!r} is not in the file; it names {allowed}{near}"
                raise EvidenceError(self.file, [fault])
        rows = tuple(row for row in self.rows if set(control_sets) & set(row.control_sets))
        faults = [*twice(rows, self.rows), *mixed(rows)]
        if faults:
            raise EvidenceError(self.file, faults)
        return replace(self, rows=rows)

    def without(self, name: str) -> "Evidence":
        """The evidence less one arm (by its label) or one study (by its name).

        Raises
        ------
        KeyError
            If there is no such arm or study.
        """
        rows = tuple(row for row in self.rows if name not in (row.label, row.study))
        if len(rows) == len(self.rows):
            raise KeyError(f"no arm or study {name!r}{near_miss(name, self.labels)}")
        return replace(self, rows=rows)

    def records(self) -> list[Mapping[str, str]]:
        """The rows as written, column by column: what an evidence table prints."""
        return [row.text for row in self.rows]


def load_evidence(path: str | Path) -> Evidence:
    """Evidence from a file of comma-separated values, one row for each group of patients and day.

    Rows with the same study and arm are the same patients. Required are the columns ``study``,
    ``successes`` and ``n``; docs/evidence.md says what every other holds. Lines above the header
    that begin with # are remarks.

    Raises
    ------
    EvidenceError
        One message with all faults of the file, each with its row and column.
    """
    return evidence_of(read_rows(Path(path)), Path(path))


def evidence_of(rows: tuple[Row, ...], path: Path) -> Evidence:
    """Rows that do not contradict each other; EvidenceError where they do."""
    faults = list(contradictions(rows))
    if faults:
        raise EvidenceError(path, faults)
    sets = dict.fromkeys(name for row in rows for name in row.control_sets)
    return Evidence(rows, path, tuple(sets))


def without_bounds(arms: tuple[Arm, ...]) -> tuple[Arm, ...]:
    """The arms less every bound: arms of bounds alone are dropped, others keep their counts."""
    kept = (arm if isinstance(arm, PatientArm) else _counts_of(arm) for arm in arms)
    return tuple(arm for arm in kept if arm is not None)


def _counts_of(arm: Arm) -> Arm | None:
    """The arm's rows that are counts; None where all are bounds."""
    rows = tuple(row for row in arm.rows if row[1] == "=")
    return _with_rows(arm, rows) if rows else None


def _arm(rows: list[Row]) -> Arm:
    """The arm that a group of rows makes."""
    first, *further = rows
    assert first.successes is not None and first.n is not None  # `arms` takes counted rows
    return Arm(
        first.label,
        first.successes,
        first.n,
        day=first.day,
        relation=first.relation,
        observations=tuple((row.day, row.relation, row.successes) for row in further),
        source=_source(first),
        note=first.cell("note") or None,
        flags=tuple(dict.fromkeys((*_doubts(first), *(d for row in rows for d in row.doubts)))),
        covariates=tuple({name: value for row in rows for name, value in row.covariates}.items()),
    )


def _source(row: Row) -> str | None:
    """Citation and identifiers; recalled ones are shown as unverified."""
    parts = [row.cell("source")]
    parts += [f"{name}:{row.cell(name)}" for name in ("doi", "pmid") if row.cell(name)]
    if row.cell("identifiers") == "recalled":
        parts.append(f"({RECALLED_IDENTIFIERS})")
    return " ".join(part for part in parts if part) or None


def _doubts(row: Row) -> Iterator[str]:
    """Reasons to doubt the row's count or its identifiers."""
    if row.cell("count_basis") == "derived":
        yield "count derived, not reported"
    if row.cell("checked_in") == "recalled":
        yield "recalled, not checked in the paper"
    if row.cell("identifiers") == "recalled":
        yield RECALLED_IDENTIFIERS


def _with_rows(arm: Arm, rows: tuple[tuple, ...]) -> Arm:
    """The arm with these rows only, the first of them its own."""
    (day, relation, successes), *further = rows
    return replace(
        arm, day=day, relation=relation, successes=successes, observations=tuple(further)
    )
