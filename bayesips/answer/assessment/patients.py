"""Patients followed in time, as tables and figures show them; likelihoods use their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from bayesips.answer.table import Table
from bayesips.distributions.exact_binomial import clopper_pearson
from bayesips.endpoints.kaplan_meier import estimate, leavers, steps
from bayesips.endpoints.patient_times import PatientArm
from bayesips.evidence.arm import Arm


def reported(arm: Arm | PatientArm, asked: float | None) -> dict[str, Any]:
    """What a table shows of an arm: day, count, rate and its 95 % limits.

    Of patients followed in time: the Kaplan-Meier estimate at the day asked about, or at the end
    of a shorter follow-up; the count is of those seen alive then.
    """
    if isinstance(arm, PatientArm):
        day = arm.day if asked is None else min(asked, arm.day)
        found = estimate(arm, day)
        alive, (rate, low, high) = arm.alive_between(day)[0], (found.rate, found.low, found.high)
    else:
        day, alive, rate = arm.day, int(arm.successes), arm.successes / max(arm.n, 1)
        low, high = map(float, clopper_pearson(arm.successes, arm.n))
    counts = {"successes": alive, "n": int(arm.n)}
    return {
        "day": day,
        **counts,
        "raw": float(rate),
        "raw_low": float(low),
        "raw_high": float(high),
    }


def in_words(arm: PatientArm) -> str:
    """A group's follow-up in one line."""
    died = sum(part.deaths for part in arm.intervals)
    left = sum(leavers(arm)[:-1])
    before = f", {left} last seen before" if left else ""
    return f"{arm.n} patients followed to day {arm.day:g}: {died} died{before}"


def curves(arms: Sequence[Arm | PatientArm]) -> Table | None:
    """Kaplan-Meier curve of every group followed in time, one after another; None without any."""
    followed = [arm for arm in arms if isinstance(arm, PatientArm)]
    if not followed:
        return None
    found = [steps(arm) for arm in followed]
    labels = [arm.label for arm, curve in zip(followed, found, strict=True) for _ in curve.day]
    sizes = [arm.n for arm, curve in zip(followed, found, strict=True) for _ in curve.day]
    columns = {
        "arm": np.array(labels, dtype=str),
        "n": np.array(sizes),
        "day": np.concatenate([curve.day for curve in found]),
        "rate": np.concatenate([curve.rate for curve in found]),
        "left": np.concatenate([curve.left for curve in found]),
    }
    return Table.of({name: ("step", values) for name, values in columns.items()})
