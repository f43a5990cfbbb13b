"""When no candidate meets the goals as declared: what would, or how close one can come."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesips.planning.plan_file import Plan
from bayesips.planning.routes import calibrations
from bayesips.planning.trial import Trial

if TYPE_CHECKING:
    import xarray as xr

GROWTH = 1.25  # from one size looked at to the next, until one is enough
MOST_PATIENTS = 400  # a disease with 100 cases a year has no larger trials
SLACK = 1e-9  # of an error that was calibrated to be at most alpha
KINDS = ("as declared", "calibrated", "enlarged", "none")


def nearest(plan: Plan) -> xr.Dataset:
    """The design nearest to the declared ones that keeps error and power as asked.

    The error is the certified worst case. Tried in turn: the candidates as declared; those with
    the probability asked for calibrated; the largest candidate's allocation enlarged, in steps of
    a quarter, then by bisection (power climbs like a saw: a smaller size may happen to do as
    well). The attribute `kind` says which it is; `none` is the best of all that were tried.
    """
    import xarray as xr

    kind, trial = _found(plan)
    return xr.Dataset(
        {
            "n_treated": trial.looks[-1][0],
            "n_control": trial.looks[-1][1] if trial.two_arms else 0,
            "power": plan.goals.success(trial.design),
            "worst": trial.worst().bound,
            "probability": trial.probability_asked,
        },
        attrs={"kind": kind, "label": trial.label, "most_patients": MOST_PATIENTS},
    )


def _found(plan: Plan) -> tuple[str, Trial]:
    """The first that is good enough, the smallest of its kind, and which kind it is."""
    by_size = sorted(plan.trials, key=lambda trial: trial.patients)
    tuned = [calibrations(plan, trial)[-1] for trial in by_size]
    for kind, trials in zip(KINDS, (by_size, tuned), strict=False):
        for trial in trials:
            if _good(plan, trial):
                return kind, trial
    return _enlarged(plan, by_size[-1])


def _enlarged(plan: Plan, like: Trial) -> tuple[str, Trial]:
    """The smallest larger size that is good enough; the best one where none is."""
    allocation = tuple(int(n) for n in np.array(like.looks[-1]) // np.gcd.reduce(like.looks[-1]))
    low = like.patients // sum(allocation)
    most = MOST_PATIENTS // sum(allocation)
    sizes = _growing(low, most)
    tried = []
    for place, units in enumerate(sizes):
        tried.append(_of_size(plan, like, allocation, units))
        if _good(plan, tried[-1]):
            below = sizes[place - 1] if place else low
            return "enlarged", _bisected(plan, like, allocation, (below, units))
    return "none", max(tried, key=lambda trial: plan.goals.success(trial.design))


def _growing(low: int, most: int) -> list[int]:
    """Sizes by steps of a quarter, the largest allowed one last."""
    sizes = [low]
    while sizes[-1] < most:
        sizes.append(min(most, int(np.ceil(sizes[-1] * GROWTH))))
    return sizes


def _bisected(
    plan: Plan, like: Trial, allocation: tuple[int, ...], between: tuple[int, int]
) -> Trial:
    """A smallest good size between one that is not and one that is."""
    low, high = between
    best = _of_size(plan, like, allocation, high)
    while high - low > 1:
        middle = (low + high) // 2
        trial = _of_size(plan, like, allocation, middle)
        if _good(plan, trial):
            high, best = middle, trial
        else:
            low = middle
    return best


def _of_size(plan: Plan, like: Trial, allocation: tuple[int, ...], units: int) -> Trial:
    """A single-look trial of so many units of the allocation, calibrated in the worst case."""
    looks = (tuple(units * share for share in allocation),)
    label = " + ".join(str(n) for n in looks[0])
    return plan.trial(label, looks, like.design.analysis).calibrated(plan.goals.alpha)


def _good(plan: Plan, trial: Trial) -> bool:
    """Whether a trial has the error and the power asked for."""
    if plan.goals.success(trial.design) < plan.goals.power:
        return False
    return trial.worst(level=plan.goals.alpha).bound <= plan.goals.alpha + SLACK
