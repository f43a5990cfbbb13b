"""The benchmark that a trial's sponsor set beside it, where the model's evidence names one."""

from __future__ import annotations

from bayesips.borrowing.benchmark import Benchmark
from bayesips.declare.model import Model
from bayesips.evidence.selection import Evidence, load_evidence

CONTROL_SET = "benchmark"
PERCENT = 100


def benchmark(model: Model) -> tuple[float, str] | None:
    """Rate and source of the benchmark: the method's own, else a row without counts."""
    row = None if model.evidence is None else _row(load_evidence(model.evidence.file))
    if isinstance(model.method, Benchmark):
        return float(model.method.rate), row[1] if row else "the model's own rate"
    return row


def control_sets(model: Model) -> tuple[str, ...]:
    """Names of the control sets whose rows are all among the model's."""
    if model.evidence is None:
        return ()
    whole = load_evidence(model.evidence.file)
    chosen = {row.line for row in model.evidence.rows}
    rows = {
        name: {r.line for r in whole.rows if name in r.control_sets} for name in whole.known_sets
    }
    return tuple(name for name, lines in rows.items() if lines <= chosen)


def _row(evidence: Evidence) -> tuple[float, str] | None:
    """The file's benchmark row, if it has one: a reported percentage."""
    for row in evidence.rows:
        if CONTROL_SET in row.control_sets and not row.counted and row.cell("reported"):
            return float(row.cell("reported")) / PERCENT, row.cell("source") or row.label
    return None
