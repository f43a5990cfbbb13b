"""bayesips explore: the evidence behind a model, every row with its doubts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bayesips.cli.options import DEFAULT_MODEL, Json, Model

if TYPE_CHECKING:
    from bayesips.declare.model import Model as Declared
    from bayesips.evidence.rows import Row
    from bayesips.evidence.selection import Evidence

ROW = ("day", "relation", "successes")


def explore(model: Model = DEFAULT_MODEL, as_json: Json = False) -> None:
    """Print the evidence of a model: rows, sets, doubts."""
    from bayesips.cli.output.json_text import plain_text
    from bayesips.declare.model import load_model
    from bayesips.evidence.selection import load_evidence

    declared = load_model(model)
    evidence = None if declared.evidence is None else load_evidence(declared.evidence.file)
    if as_json:
        found = _arms_object(declared) if evidence is None else _file_object(evidence, declared)
        print(plain_text({"model": declared.name, **found}))
    elif evidence is None:
        _show_arms(declared)
    else:
        _show_file(evidence, declared)


def _arms_object(declared: Declared) -> dict[str, Any]:
    """The arms that a model file gives in place."""
    arms = [
        {
            "arm": arm.label,
            "n": arm.n,
            "rows": [dict(zip(ROW, row, strict=True)) for row in arm.rows],
            "source": arm.source,
            "doubts": arm.flags,
        }
        for arm in declared.history
    ]
    return {"evidence": None, "arms": arms}


def _show_arms(declared: Declared) -> None:
    """The arms that a model file gives in place."""
    from bayesips.answer.assessment.history import rows_in_words
    from bayesips.cli.output.tables import console, empty_table

    table = empty_table(f"Arms of {declared.name}", "arm", "rows", "source", "doubts")
    for arm in declared.history:
        doubts = "; ".join(arm.flags)
        table.add_row(arm.label, rows_in_words(arm), arm.source or "", doubts)
    console().print(table)


def _used(declared: Declared) -> set[int]:
    """Rows of the evidence file that the model uses."""
    return {row.line for row in declared.evidence.rows} if declared.evidence else set()


def _sets(evidence: Evidence) -> list[tuple[str, int, int]]:
    """Control sets of the file: name, arms, patients."""
    chosen = [(name, evidence.select(name).arms) for name in evidence.known_sets]
    return [(name, len(arms), sum(int(arm.n) for arm in arms)) for name, arms in chosen]


def _file_object(evidence: Evidence, declared: Declared) -> dict[str, Any]:
    """Every row of the file, and the control sets."""
    used, doubts = _used(declared), {arm.label: arm.flags for arm in evidence.arms}
    rows = [
        {
            "row": row.line,
            "used": row.line in used,
            "arm": row.label,
            "successes": row.successes,
            "n": row.n,
            "relation": row.relation,
            "day": row.day,
            "control_sets": row.control_sets,
            "doubts": doubts.get(row.label, ()),
        }
        for row in evidence.rows
    ]
    names = ("set", "arms", "patients")
    sets = [dict(zip(names, each, strict=True)) for each in _sets(evidence)]
    return {"evidence": str(evidence.file), "rows": rows, "control_sets": sets}


def _show_file(evidence: Evidence, declared: Declared) -> None:
    """Every row of the file, those in use marked; then the control sets."""
    from bayesips.cli.output.tables import console, empty_table

    used = _used(declared)
    doubts = {arm.label: "; ".join(arm.flags) for arm in evidence.arms}
    table = empty_table(
        f"Evidence ({evidence.file.name}); * used by {declared.name}",
        "", "arm", "count", "day", "control sets", "doubts",
    )  # fmt: skip
    for row in evidence.rows:
        mark = "*" if row.line in used else ""
        sets = ", ".join(row.control_sets)
        table.add_row(mark, row.label, _count(row), _day(row), sets, doubts.get(row.label, ""))
    out = console()
    out.print(table)
    chosen = empty_table("Control sets", "set", "arms", "patients")
    for each in _sets(evidence):
        chosen.add_row(*map(str, each))
    out.print(chosen)


def _count(row: Row) -> str:
    """The count as reported: a count, a bound, or a rate without counts."""
    if not row.counted:
        return f"{row.cell('reported')} %"
    bound = "" if row.relation == "=" else f"{row.relation} "
    return f"{bound}{row.successes} of {row.n}"


def _day(row: Row) -> str:
    """When they were counted."""
    return str(row.day or "") if row.known_day is None else f"{row.known_day:g}"
