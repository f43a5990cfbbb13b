"""The evidence table: every arm as reported, as read, shrunken, and against the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bayesips.answer.assessment import patients, predictive_checks
from bayesips.answer.assessment.analysis import Analysis
from bayesips.answer.assessment.distribution import TAILS
from bayesips.answer.assessment.landmark_reading import LandmarkReading
from bayesips.answer.table import Table
from bayesips.borrowing.method import arms_needed
from bayesips.distributions.conflict import box_p_value
from bayesips.endpoints.counts import BOUND_READ
from bayesips.endpoints.patient_times import PatientArm
from bayesips.engine import exact
from bayesips.errors import NotSettled
from bayesips.evidence.arm import Arm, Day

RAW = ("successes", "n", "raw", "raw_low", "raw_high")
# A tail is wanted to a few digits only.
TOLERANCE = 1e-6
DISCHARGE = "discharge"  # a day known by its occasion
NO_OTHERS = "the method does not predict one arm from the others"
NOT_COUNTS = "this engine predicts no arm from the others at its own days"


def evidence(analysis: Analysis) -> Table:
    """Every historical arm: what was reported, how it was used, and how it sits with the others."""
    arms, raw = analysis.arms, analysis.model.history
    found = [patients.reported(arm, analysis.model.landmark_day) for arm in arms]
    texts = {
        "day": [_day(each["day"]) for each in found],
        "relation": ["=" if arm.followed else arm.relation for arm in raw],
        "rows": [rows_in_words(arm) for arm in raw],
        "source": [arm.source or "" for arm in raw],
        "note": [arm.note or "" for arm in raw],
        "flags": ["; ".join(arm.flags) for arm in arms],
        "used_as": [_used_as(analysis, arm) for arm in arms],
    }
    numbers = {name: np.array([each[name] for each in found]) for name in RAW}
    numbers |= _shrunken(analysis)
    conflict, reason = _conflict(analysis)
    columns = {name: ("arm", np.array(text, dtype=str)) for name, text in texts.items()}
    columns |= {name: ("arm", values) for name, values in numbers.items()}
    columns["is_bound"] = ("arm", np.array([is_bound(arm) for arm in arms], dtype=bool))
    columns["followed"] = ("arm", np.array([arm.followed for arm in raw], bool))
    columns["conflict"] = ("arm", conflict)
    labels = np.array([arm.label for arm in arms], dtype=str)
    return Table.of(columns, coords={"arm": labels}, attrs={"no_conflict_because": reason})


def rows_in_words(arm: Arm | PatientArm) -> str:
    """All rows of an arm: "day 56: at least 9 of 18; day 100: at most 9 of 18"."""
    if isinstance(arm, PatientArm):
        return patients.in_words(arm)
    said = {"=": "", ">=": "at least ", "<=": "at most "}
    return "; ".join(
        f"{day_in_words(day)}: {said[relation]}{count} of {arm.n}"
        for day, relation, count in arm.rows
    )


def day_in_words(day: Day) -> str:
    """When survivors were counted."""
    if day is None:
        return "at the landmark"
    return f"at {day}" if day == DISCHARGE else f"day {_day(day)}"


def is_bound(arm: Arm | PatientArm) -> bool:
    """Whether the row in use is a bound, or a bound that is read as a count."""
    bound = arm.relation != "=" or any(flag.startswith(BOUND_READ) for flag in arm.flags)
    return bound and not arm.followed


def _day(day: Day) -> str:
    """The day as text; empty where none is given."""
    return "" if day is None else f"{day:g}" if isinstance(day, float | int) else str(day)


def _used_as(analysis: Analysis, arm: Arm | PatientArm) -> str:
    """How the arm enters the likelihood, in words."""
    if arm.followed:
        return "every patient's own follow-up"
    if not analysis.is_binary:
        return "all rows, as reported"
    at = "" if analysis.model.landmark_day is None else f" at day {analysis.model.landmark_day:g}"
    return f"{arm.successes} of {arm.n}{at}"


def _shrunken(analysis: Analysis) -> dict[str, np.ndarray]:
    """Each arm's own rate after learning from the other arms; NaN where the method has none."""
    found, chains = np.full((3, len(analysis.arms)), np.nan), analysis.chains_of_history
    if analysis.landmark is not None and chains is None:
        for place in range(len(analysis.arms)):
            points = analysis.landmark.fine_arm(place)
            if points is not None:
                found[:, place] = points.band(
                    analysis.landmark.endpoint, analysis.landmark.endpoint.day
                )
    elif chains is None:
        posteriors = exact.arm_posteriors(
            analysis.in_use.method, list(analysis.arms), endpoint=analysis.model.endpoint
        )
        for place, arm in enumerate(analysis.arms):
            if arm.label in posteriors:
                own = posteriors[arm.label]
                found[:, place] = [float(own.mean()), *own.ppf(np.array(TAILS))]
    elif "arm_rate" in chains["posterior"]:
        rates = chains["posterior"]["arm_rate"].to_numpy().reshape(-1, len(analysis.arms))
        found = np.vstack([rates.mean(axis=0), np.quantile(rates, TAILS, axis=0)])
    return dict(zip(("shrunken", "shrunken_low", "shrunken_high"), found, strict=True))


def _conflict(analysis: Analysis) -> tuple[np.ndarray, str]:
    """Leave-one-out predictive tail of every arm, or NaN and why there is none."""
    arms, method = analysis.arms, analysis.in_use.method
    none = np.full(len(arms), np.nan)
    fewest = arms_needed(method)[0]
    if not fewest or len(arms) - 1 < fewest:
        return none, NO_OTHERS
    if analysis.landmark is not None:
        return _landmark_conflict(analysis.landmark)
    try:
        prior = exact.solve(
            method, left_out(arms), endpoint=analysis.model.endpoint, tolerance=TOLERANCE
        )
    except NotSettled as error:
        return none, str(error)
    tails = [box_p_value(prior[j], arm.successes, arm.n) for j, arm in enumerate(arms)]
    return np.array(tails, dtype=float), ""


def _landmark_conflict(reading: LandmarkReading) -> tuple[np.ndarray, str]:
    """The smallest tail among an arm's rows, each predicted from the other arms."""
    checks = predictive_checks.checks(reading)
    if checks is None or (reading.chains is not None and reading.exact is None):
        return np.full(len(reading.arms), np.nan), NOT_COUNTS
    tails = checks["others_tail"].to_numpy()
    owner = checks["arm"].to_numpy()
    return np.array([np.min(tails[owner == arm.label]) for arm in reading.arms]), ""


def left_out(arms: Sequence[Arm]) -> list[Arm]:
    """The arms as a batch: its j-th cell has all of them but the j-th."""
    kept = ~np.eye(len(arms), dtype=bool)
    return [replace(arm, included=kept[:, j]) for j, arm in enumerate(arms)]
