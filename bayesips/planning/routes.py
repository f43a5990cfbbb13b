"""Each candidate with its posterior read directly, and calibrated to the error asked for."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from bayesips.distributions.effects.scales import scale_named
from bayesips.planning.characteristics import errors, labels, planned_effect
from bayesips.planning.plan_file import Plan
from bayesips.planning.trial import Trial

if TYPE_CHECKING:
    import xarray as xr

ROUTES = ("read directly", "calibrated at history", "calibrated in the worst case")


def routes(plan: Plan) -> xr.Dataset:
    """The posterior read directly, and thresholds calibrated to the stated one-sided error.

    The two routes of the FDA's draft guidance on Bayesian methodology (January 2026), side by
    side; calibration both where history is right and in the certified worst case.
    """
    import xarray as xr

    found = [[_route(plan, each) for each in calibrations(plan, trial)] for trial in plan.trials]
    names = found[0][0]
    columns = {name: np.array([[cell[name] for cell in row] for row in found]) for name in names}
    both = ("design", "route")
    return xr.Dataset(
        {name: (both, values) for name, values in columns.items()},
        coords={"design": labels(plan), "route": list(ROUTES)},
        attrs={"alpha": plan.goals.alpha},
    )


@lru_cache(maxsize=64)  # asked for by several tables of one plan
def calibrations(plan: Plan, trial: Trial) -> tuple[Trial, Trial, Trial]:
    """The trial as declared, calibrated where history is right, and in the worst case."""
    alpha, history = plan.goals.alpha, plan.history_rate
    return trial, trial.calibrated(alpha, history), trial.calibrated(alpha)


def _route(plan: Plan, trial: Trial) -> dict[str, float]:
    """Threshold, errors and power of one route."""
    same_effect = scale_named(plan.scale).threshold(plan.history_rate, planned_effect(plan))
    return {
        "probability": trial.probability_asked,
        **errors(plan, trial),
        "worst": trial.worst().bound,
        "power": float(trial.power(plan.truth.treated, plan.truth.control)),
        "power_at_history": float(trial.power(min(float(same_effect), 1.0), plan.history_rate)),
    }
