"""A plan beside its error and power: borrowing's worth, assurance, exact tests, time, safety."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bayesips.designs.adverse_events import (
    event_rate,
    fewest_events,
    safety_rule,
    stopping_probability,
)
from bayesips.designs.assurance import (
    fixed_rate_outcomes,
    selected_posterior,
    split_success,
    two_arm_outcomes,
)
from bayesips.designs.borrowing_gain import sweet_spot
from bayesips.designs.comparison import Comparison
from bayesips.designs.sequential import SequentialDesign
from bayesips.distributions import BetaMixture
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.density import Density
from bayesips.distributions.effects.scales import scale_named
from bayesips.planning.characteristics import labels, planned_effect
from bayesips.planning.context import PhaseTwo
from bayesips.planning.exact_tests import exact_tests
from bayesips.planning.plan_file import Plan
from bayesips.planning.routes import calibrations
from bayesips.planning.trial import Trial

if TYPE_CHECKING:
    import xarray as xr

FLAT = BetaMixture(1, 1, 1)  # the control prior of an analysis without history
CHANCES = (0.05, 0.25, 0.5, 0.75, 0.95)  # of having filled the trial
EVENT_RATES = np.linspace(0, 1, 101)
CALIBRATED_TO = ("history", "worst case")
MOST_SPOTS = 4
EVENTS = ("reactions", "serious")
SPLIT = ("success", "works", "lucky", "missed")


def tables(plan: Plan) -> dict[str, xr.Dataset]:
    """Every table that the plan declares enough for."""
    found = {}
    if plan.two_arms:
        without = [plan.trial(s.label, s.looks, plan.analysis(FLAT)) for s in plan.sizes]
        if plan.belief is not None and plan.belief.borrows:
            found["equal_error"] = equal_error(plan, without)
            found["sweet_spot"] = sweet_spots(plan, without)
        found["exact_tests"] = exact_tests(plan)
    if plan.phase_two is not None:
        found["assurance"] = assurance(plan, plan.phase_two)
    if plan.accrual:
        found["accrual"] = accrual(plan)
    if plan.safety is not None:
        found["safety"] = safety(plan, plan.safety)
    return found


def equal_error(plan: Plan, without: list[Trial]) -> xr.Dataset:
    """Power as planned with history and without, both calibrated to the same error in two ways.

    In the worst case expect little or no gain (Kopp-Schneider et al. 2020): the figures are given
    either way.
    """
    import xarray as xr

    truth = plan.truth.treated, plan.truth.control
    power = [
        [[float(each.power(*truth)) for each in calibrations(plan, trial)[1:]] for trial in pair]
        for pair in zip(plan.trials, without, strict=True)
    ]
    return xr.Dataset(
        {"power_as_planned": (("design", "borrowing", "calibrated_to"), np.array(power))},
        coords={
            "design": labels(plan),
            "borrowing": ["with history", "without"],
            "calibrated_to": list(CALIBRATED_TO),
        },
        attrs={"alpha": plan.goals.alpha, "history": plan.history_rate},
    )


def sweet_spots(plan: Plan, without: list[Trial]) -> xr.Dataset:
    """True control rates at which history gains power and the error stays within alpha."""
    import xarray as xr

    ends = np.full((len(plan.trials), MOST_SPOTS, 2), np.nan)
    effect, alpha = planned_effect(plan), plan.goals.alpha
    for row, (trial, other) in enumerate(zip(plan.trials, without, strict=True)):
        spots = sweet_spot(trial.overruled, other.overruled, effect, alpha)[:MOST_SPOTS]
        ends[row, : len(spots)] = np.reshape(spots, (-1, 2))
    both = ("design", "spot")
    return xr.Dataset(
        {"low": (both, ends[..., 0]), "high": (both, ends[..., 1])}, coords={"design": labels(plan)}
    )


def assurance(plan: Plan, earlier: PhaseTwo) -> xr.Dataset:
    """P(success) over what is believed now, split into works and lucky, under each history.

    `evidence`: the earlier trial's posterior as it stands, and the same discounted for its having
    been selected (without `least` successes there would be no next trial).
    """
    import xarray as xr

    posteriors: dict[str, Distribution] = {
        f"{earlier.successes} of {earlier.n} as read": earlier.prior.update(
            earlier.successes, earlier.n
        ),
        f"discounted: seen because {earlier.least} or more": selected_posterior(
            earlier.prior, earlier.successes, earlier.n, earlier.least
        ),
    }
    beliefs = histories(plan, earlier)
    values = np.array(
        [
            [_splits(plan, treated, control) for control in beliefs.values()]
            for treated in posteriors.values()
        ]
    )
    dims = ("evidence", "history", "design")
    return xr.Dataset(
        {name: (dims, values[..., place]) for place, name in enumerate(SPLIT)},
        coords={
            "design": labels(plan),
            "evidence": list(posteriors),
            "history": list(beliefs),
            "treated_mean": ("evidence", [float(each.mean()) for each in posteriors.values()]),
            "control_mean": ("history", [float(each.mean()) for each in beliefs.values()]),
        },
    )


def histories(plan: Plan, earlier: PhaseTwo) -> dict[str, Distribution]:
    """Design priors of the control rate by name; one arm against a fixed rate has that alone."""
    if plan.fixed_rate is not None:
        return {f"fixed {plan.fixed_rate:g}": Density.point(plan.fixed_rate)}
    beliefs = [plan.belief, *earlier.beliefs]
    return {each.label: each.prior for each in beliefs if each is not None and not each.learns}


def _splits(plan: Plan, treated: Distribution, control: Distribution) -> list[list[float]]:
    """The four probabilities of every candidate under one pair of design priors."""
    outcomes: dict[tuple[int, ...], tuple[NDArray, NDArray]] = {}
    rows = []
    for trial in plan.trials:
        size = trial.looks[-1]
        if size not in outcomes:
            outcomes[size] = _outcomes(plan, size, treated, control)
        weight, better = outcomes[size]
        split = split_success(trial.success_table.reshape(weight.shape), weight, better)
        rows.append([getattr(split, name) for name in SPLIT])
    return rows


def _outcomes(
    plan: Plan, size: tuple[int, ...], treated: Distribution, control: Distribution
) -> tuple[NDArray, NDArray]:
    """Probability of every final outcome, and that the treatment works given each."""
    if plan.fixed_rate is not None:
        return fixed_rate_outcomes(treated, size[0], plan.fixed_rate)
    comparison = Comparison(scale_named(plan.scale).no_effect, plan.scale)
    pair = (size[0], size[1] if plan.two_arms else 0)
    return two_arm_outcomes((treated, control), pair, comparison)


def accrual(plan: Plan) -> xr.Dataset:
    """Months until each candidate is full, at several chances, for every source of the speed."""
    import xarray as xr

    months = [
        [source.months(trial.patients, np.array(CHANCES)) for trial in plan.trials]
        for source in plan.accrual
    ]
    sources = [source.label for source in plan.accrual]
    return xr.Dataset(
        {
            "months": (("source", "design", "chance"), np.array(months)),
            "a_month": ("source", [source.rate for source in plan.accrual]),
            "basis": ("source", [source.basis for source in plan.accrual]),
        },
        coords={"source": sources, "design": labels(plan), "chance": list(CHANCES)},
    )


def safety(plan: Plan, known: dict[str, Any]) -> xr.Dataset:
    """Earlier reactions, and the rule for serious ones: with the earlier patients, and `alone`."""
    import xarray as xr

    size = max(trial.looks[-1][0] for trial in plan.trials)
    looks = sorted({*range(known["every"], size + 1, known["every"]), size})
    counted = known["n"], known["discount"]
    rates = {name: event_rate(known["prior"], known[name], *counted) for name in EVENTS}
    rule, alone = (
        safety_rule(looks, prior, known["limit"], known["probability"])
        for prior in (rates["serious"], known["prior"])
    )
    ends = np.array([[each.ppf(0.025), each.ppf(0.975)] for each in rates.values()], float)
    return xr.Dataset(
        {
            "seen": ("event", [known[name] for name in EVENTS]),
            "mean": ("event", [float(each.mean()) for each in rates.values()]),
            "low": ("event", ends[:, 0]),
            "high": ("event", ends[:, 1]),
            "stop_at_least": ("look", _fewest(rule)),
            "stop_at_least_alone": ("look", _fewest(alone)),
            "stopped": ("event_rate", stopping_probability(rule, EVENT_RATES)),
            "stopped_alone": ("event_rate", stopping_probability(alone, EVENT_RATES)),
            "expected_n": ("event_rate", rule.expected_n(EVENT_RATES)),
        },
        coords={"event": list(EVENTS), "look": looks, "event_rate": EVENT_RATES},
        attrs={name: known[name] for name in ("n", "discount", "limit", "probability")},
    )


def _fewest(rule: SequentialDesign) -> list[int]:
    """Fewest events that stop the trial at each look; -1 where none does."""
    return [-1 if each is None else each for each in fewest_events(rule)]
