"""The trial's own controls: their counts, what was learned from them, conflict with history."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesips.answer.assessment.analysis import Analysis
from bayesips.answer.assessment.chains import OF_HISTORY
from bayesips.answer.assessment.distribution import summary
from bayesips.answer.conflict_of_controls import conflict_of_controls
from bayesips.answer.information import realised_ess
from bayesips.answer.learned import learned_table
from bayesips.answer.table import Table
from bayesips.borrowing import method_name
from bayesips.distributions.exact_binomial import clopper_pearson
from bayesips.engine.control_rate import vague_rate
from bayesips.errors import NotSettled, Refused
from bayesips.evidence.arm import Arm

MOMENTS = ("mean", "std", "low", "high")
CONFLICT = ("conflict", "conflict_mid_p", "conflict_power", "drift_down", "drift_up")
NO_UNKNOWNS = "the method has no unknowns of its own"


def own_controls(analysis: Analysis) -> Table | None:
    """The group of the trial's own controls; None in a trial without them."""
    own = analysis.model.concurrent
    if own is None:
        return None
    low, high = clopper_pearson(own.successes, own.n)
    borrowed = realised_ess(analysis.control, own.n, "moment")
    values: dict[str, Any] = {
        "successes": own.successes,
        "n": own.n,
        "raw": own.successes / own.n,
        "exact_low": float(low),
        "exact_high": float(high),
        "weight": float(analysis.model.adapted.weight),
        "vague_weight": _vague_weight(analysis, own),
        "realised_ess": float(borrowed),
        "realised_ess_error": float(borrowed.error),
    }
    conflict, about = _conflict(analysis, own)
    found, reason = _learned(analysis, own)
    attrs = {"label": own.label, "source": own.source or "", **about, "adapted": _adapted(analysis),
             "nothing_learned_because": reason}  # fmt: skip
    columns = {name: ("unknown", found[name]) for name in ("mean", "sd", "error")}
    learned = {f"learned_{name}": column for name, column in columns.items()}
    return Table.of(
        {**values, **_before(analysis), **conflict, **learned},
        {"unknown": np.array(list(found["unknown"]), dtype=str)},
        attrs,
    )


def _before(analysis: Analysis) -> dict[str, float]:
    """The control rate before these controls; NaN where no engine gives it."""
    none = dict.fromkeys(MOMENTS, np.nan)
    found = none if analysis.before is None else summary(analysis.before)
    return {f"before_{name}": found[name] for name in MOMENTS}


def _adapted(analysis: Analysis) -> str:
    """What an adaptive method became; empty for others."""
    if not analysis.model.borrowing.learns:
        return ""
    used = analysis.in_use
    words, robust = method_name(used.method), used.robust
    return words if robust is None else f"{words} with a vague part of {robust.weight:.3g}"


def _vague_weight(analysis: Analysis, own: Arm) -> float:
    """Probability, after these controls, that the control is not comparable with history."""
    robust = analysis.in_use.robust
    if robust is None or not robust.weight:
        return 0.0
    if analysis.chains is not None:
        return float(1 - analysis.chains["posterior"][OF_HISTORY].mean())
    share = 1 - float(robust.weight)
    history = analysis.in_use.borrowing.history()
    of_history, of_vague = (
        float(each.predictive(own.n).pmf(own.successes)) for each in (history, vague_rate(robust))
    )
    return (1 - share) * of_vague / (share * of_history + (1 - share) * of_vague)


def _conflict(analysis: Analysis, own: Arm) -> tuple[dict[str, float], dict[str, str]]:
    """How these controls sit with history, or why that is not known."""
    try:
        found = conflict_of_controls(analysis.model, own.successes, own.n)
    except NotSettled as error:
        return dict.fromkeys(CONFLICT, np.nan), {"history": "", "no_conflict_because": str(error)}
    numbers = (found.tail, found.mid_p, found.power, *found.detectable_drift)
    values = dict(zip(CONFLICT, map(float, numbers), strict=True))
    return values, {"history": found.history, "no_conflict_because": ""}


def _learned(analysis: Analysis, own: Arm) -> tuple[dict[str, Any], str]:
    """What the method learned of its own unknowns, or why that is not known."""
    model = analysis.model
    nothing: dict[str, Any] = {name: [] for name in ("unknown", "mean", "sd", "error")}
    if model.borrowing.learns:
        return nothing, ""
    if model.bias or (model.robust is not None and model.robust.weight):
        return nothing, "bias or a vague part stands between history and these controls"
    try:
        found = learned_table(list(model.arms), model.method, own, model.endpoint)
    except (NotSettled, Refused) as error:
        return nothing, str(error)
    return found, "" if len(found["unknown"]) else NO_UNKNOWNS
