"""Exact tests beside a plan's candidates: what a planner would use without history."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from bayesips.designs.fisher import FisherDesign
from bayesips.designs.unconditional import UnconditionalDesign, barnard, boschloo
from bayesips.designs.worst_case import worst_case
from bayesips.planning.characteristics import labels
from bayesips.planning.plan_file import Plan

if TYPE_CHECKING:
    import xarray as xr

Test = FisherDesign | UnconditionalDesign
TESTS: dict[str, Callable[[int, int, float], Test]] = {
    "Fisher": FisherDesign,
    "Boschloo": boschloo,
    "Barnard": barnard,
}


def exact_tests(plan: Plan) -> xr.Dataset:
    """Exact tests at the same one-sided level and final size, without history or looks."""
    import xarray as xr

    truth, expected = (plan.truth.treated, plan.truth.control), (plan.history_rate,) * 2
    tests = [
        [make(treated, control, plan.goals.alpha) for make in TESTS.values()]
        for treated, control in (trial.looks[-1] for trial in plan.trials)
    ]
    columns = {
        "power": [[float(test.power(*truth)) for test in row] for row in tests],
        "type1_at_history": [[float(test.power(*expected)) for test in row] for row in tests],
        "worst": [[worst_case(test.decisions()).bound for test in row] for row in tests],
    }
    return xr.Dataset(
        {name: (("design", "test"), np.array(values)) for name, values in columns.items()},
        coords={"design": labels(plan), "test": list(TESTS)},
    )
