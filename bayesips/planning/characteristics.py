"""Operating characteristics of a plan's candidates, as Datasets over `design`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesips.designs.analyses import TwoArms
from bayesips.designs.at_effect import power_at_effect
from bayesips.designs.binomial import table_expectation
from bayesips.designs.borrowing_gain import rates_above_zero
from bayesips.designs.estimation import expected_borrowing
from bayesips.designs.three_way import VERDICTS
from bayesips.distributions.effects.scales import scale_named
from bayesips.planning.plan_file import Plan
from bayesips.planning.trial import Trial

if TYPE_CHECKING:
    import xarray as xr

DRIFT_RATES = 201
SURFACE_RATES = 51
HIGH = 0.975  # upper end of history's 95 % interval


def labels(plan: Plan) -> list[str]:
    """Labels of the candidates."""
    return [trial.label for trial in plan.trials]


def overview(plan: Plan) -> xr.Dataset:
    """Sizes, type I error along the control rate and at worst, power, expected size."""
    return _over_designs(plan, [_overview(plan, trial) for trial in plan.trials])


def _overview(plan: Plan, trial: Trial) -> dict[str, float]:
    """One candidate's row."""
    truth, worst = plan.truth, trial.worst()
    null = trial.rates(plan.history_rate, plan.history_rate)
    planned = trial.rates(truth.treated, truth.control)
    return {
        "n_treated": trial.looks[-1][0],
        "n_control": trial.looks[-1][1] if trial.two_arms else 0,
        "patients": trial.patients,
        "looks": len(trial.looks),
        "power": float(trial.power(truth.treated, truth.control)),
        **errors(plan, trial),
        "type1_as_planned": float(trial.type1(truth.control)),
        "worst": worst.attained,
        "worst_bound": worst.bound,
        "worst_obeyed": trial.worst_obeyed().bound,
        "worst_at_treated": worst.rate_treated,
        "worst_at_control": np.nan if worst.rate_control is None else worst.rate_control,
        "expected_n_without_effect": float(trial.sequential.expected_n(*null)),
        "expected_n_as_planned": float(trial.sequential.expected_n(*planned)),
        "early_stop_without_effect": float(trial.sequential.early_stop(*null)),
        "borrowed_patients": _borrowed(plan, trial),
        "numerical_error": trial.numerical_error(),
    }


def errors(plan: Plan, trial: Trial) -> dict[str, float]:
    """Type I error along the control rate: at history's mean and upper end, and where it is kept.

    `type1_at_high` at the upper end of history's 95 % interval, `share_above_alpha` of its
    distribution exceeds alpha (nan without history); up to `kept_up_to` no rate does.
    """
    history = plan.history
    spots = rates_above_zero(lambda rates: trial.type1(rates) - plan.goals.alpha)
    found = {
        "type1_at_history": float(trial.type1(plan.history_rate)),
        "kept_up_to": spots[0][0] if spots else 1.0,
        "type1_at_high": np.nan,
        "share_above_alpha": np.nan,
    }
    if history is not None:
        found["type1_at_high"] = float(trial.type1(history.ppf(HIGH)))
        share = sum(history.cdf(high) - history.cdf(low) for low, high in spots)
        found["share_above_alpha"] = float(share)
    return found


def _borrowed(plan: Plan, trial: Trial) -> float:
    """Patients that history is expected to be worth at the end, where it is right."""
    analysis = trial.design.analysis
    if not isinstance(analysis, TwoArms):
        return np.nan
    final = analysis.design(trial.looks[-1], trial.rule)
    return float(expected_borrowing(final, plan.history_rate))


def _over_designs(plan: Plan, rows: list[dict[str, float]]) -> xr.Dataset:
    """Rows as one Dataset over the candidates."""
    import xarray as xr

    columns = {name: ("design", np.array([row[name] for row in rows])) for name in rows[0]}
    return xr.Dataset(columns, coords={"design": labels(plan)})


def looks(plan: Plan) -> xr.Dataset:
    """P(success claimed), P(failure) at each look, without effect and as planned; nan past the end.

    Scenario "no effect" is both arms at the history rate.
    """
    import xarray as xr

    count = max(len(trial.looks) for trial in plan.trials)
    scenarios = ("no effect", "as planned")
    shape = (len(plan.trials), count, len(scenarios))
    found = {name: np.full(shape, np.nan) for name in ("efficacy", "futility")}
    patients = np.full(shape[:2], np.nan)
    for row, trial in enumerate(plan.trials):
        treated = np.array([plan.history_rate, plan.truth.treated])
        control = np.array([plan.history_rate, plan.truth.control])
        rates, here = trial.rates(treated, control), slice(len(trial.looks))
        found["efficacy"][row, here] = trial.sequential.efficacy_probabilities(*rates)
        found["futility"][row, here] = trial.sequential.futility_probabilities(*rates)
        patients[row, here] = [sum(sizes) for sizes in trial.looks]
    dims = ("design", "look", "scenario")
    columns = {name: (dims, values) for name, values in found.items()}
    return xr.Dataset(
        {**columns, "patients": (dims[:2], patients)},
        coords={"design": labels(plan), "look": 1 + np.arange(count), "scenario": list(scenarios)},
    )


def boundaries(plan: Plan) -> xr.Dataset:
    """The protocol's table: a row for every look (and, with controls, every control outcome).

    At an interim look: stop for futility at `stop_at_most` treated successes or fewer, claim at
    `claim_at_least` or more, else continue. At the `end`: stop, go, else consider. -1 where no
    outcome does. `expected` are the rows nearest to the control rate planned for.
    """
    import xarray as xr

    rows = [(trial, row) for trial in plan.trials for row in trial.boundaries()]
    sizes = [np.atleast_1d(row["n"]).tolist() for _, row in rows]
    columns: dict[str, list] = {
        "design": [trial.label for trial, _ in rows],
        "end": [int(row["end"]) for _, row in rows],
        "n_treated": [each[0] for each in sizes],
        "n_control": [each[1] if len(each) > 1 else 0 for each in sizes],
        "control_successes": [row.get("control_successes", -1) for _, row in rows],
        "stop_at_most": [_or_none(row["stop_at_most"]) for _, row in rows],
        "claim_at_least": [_or_none(row["claim_at_least"]) for _, row in rows],
        "monotone": [int(row["monotone"]) for _, row in rows],
    }
    nearest = np.floor(plan.truth.control * np.array(columns["n_control"]) + 0.5)
    successes = np.array(columns["control_successes"])
    columns["expected"] = ((successes < 0) | (successes == nearest)).astype(int).tolist()
    return xr.Dataset({name: ("row", values) for name, values in columns.items()})


def _or_none(count: int | None) -> int:
    """A count, or -1 where no outcome does it."""
    return -1 if count is None else count


def drift(plan: Plan) -> xr.Dataset:
    """Type I error, and power at the planned effect, along the true control rate.

    `drift` is the true control rate less the mean of history.
    """
    import xarray as xr

    rates = np.linspace(0, 1, DRIFT_RATES)
    effect = planned_effect(plan)
    error = [trial.type1(rates) for trial in plan.trials]
    power = [power_at_effect(trial, rates, effect) for trial in plan.trials]
    both = ("design", "control_rate")
    return xr.Dataset(
        {"type1": (both, np.array(error)), "power": (both, np.array(power))},
        coords={
            "design": labels(plan),
            "control_rate": rates,
            "drift": ("control_rate", rates - plan.history_rate),
        },
        attrs={"effect": effect, "history": plan.history_rate, "alpha": plan.goals.alpha},
    )


def planned_effect(plan: Plan) -> float:
    """The effect planned for, on the plan's scale."""
    return scale_named(plan.scale).effect(plan.truth.treated, plan.truth.control)


def surface(plan: Plan) -> xr.Dataset:
    """P(success) over the true rates of both arms (of one arm, whatever the control)."""
    import xarray as xr

    rates = np.linspace(0, 1, SURFACE_RATES)
    grids = [
        np.broadcast_to(trial.power(rates[:, None], rates), (SURFACE_RATES,) * 2)
        for trial in plan.trials
    ]
    return xr.Dataset(
        {"success": (("design", "treated_rate", "control_rate"), np.array(grids))},
        coords={"design": labels(plan), "treated_rate": rates, "control_rate": rates},
    )


def verdicts(plan: Plan) -> xr.Dataset:
    """P(go), P(consider), P(stop) along the true treated rate, controls as planned for."""
    import xarray as xr

    rates = np.linspace(0, 1, DRIFT_RATES)
    found = np.array([_verdicts(trial, rates, plan.truth.control) for trial in plan.trials])
    return xr.Dataset(
        {"probability": (("design", "verdict", "treated_rate"), found)},
        coords={"design": labels(plan), "verdict": list(VERDICTS), "treated_rate": rates},
        attrs={"control_rate": plan.truth.control, "stop_declared": int(plan.stop is not None)},
    )


def _verdicts(trial: Trial, treated: NDArray, control: float) -> NDArray:
    """One candidate: a claim at any look is go; futility, or the stop rule at the end, is stop."""
    rates = trial.rates(treated, control)
    pairs = zip(trial.sequential.reached, trial.stops, strict=True)
    stop = sum(table_expectation(reached * stops, *rates) for reached, stops in pairs)
    go = trial.power(treated, control)
    return np.stack([go, np.clip(1 - go - stop, 0, 1), stop])
