"""bayesips explore: the evidence behind a model, every row with its doubts."""

from __future__ import annotations

from bayesips.cli.options import DEFAULT_MODEL, Model


def explore(model: Model = DEFAULT_MODEL) -> None:
    """Print the evidence of a model: rows, sets, doubts."""
    from bayesips.declare.model import load_model
    from bayesips.evidence.selection import load_evidence

    declared = load_model(model)
    if declared.evidence is None:
        _show_arms(declared)
    else:
        _show_file(load_evidence(declared.evidence.file), declared)


def _show_arms(declared) -> None:
    """The arms that a model file gives in place."""
    from bayesips.answer.assessment.history import rows_in_words
    from bayesips.cli.output.tables import console, empty_table

    table = empty_table(f"Arms of {declared.name}", "arm", "rows", "source", "doubts")
    for arm in declared.history:
        doubts = "; ".join(arm.flags)
        table.add_row(arm.label, rows_in_words(arm), arm.source or "", doubts)
    console().print(table)


def _show_file(evidence, declared) -> None:
    """Every row of the file, those in use marked; then the control sets."""
    from bayesips.cli.output.tables import console, empty_table

    used = {row.line for row in declared.evidence.rows}
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
    for name in evidence.known_sets:
        arms = evidence.select(name).arms
        chosen.add_row(name, str(len(arms)), str(sum(int(arm.n) for arm in arms)))
    out.print(chosen)


def _count(row) -> str:
    """The count as reported: a count, a bound, or a rate without counts."""
    if not row.counted:
        return f"{row.cell('reported')} %"
    bound = "" if row.relation == "=" else f"{row.relation} "
    return f"{bound}{row.successes} of {row.n}"


def _day(row) -> str:
    """When they were counted."""
    if row.day is None:
        return ""
    return row.day if isinstance(row.day, str) else f"{row.day:g}"
