"""A running trial under its plan: what to do now, what is next, how likely success has become.

Interim data may come at a planned look or at any other number of patients: a look that came early
or late is judged by the same rules at the numbers actually seen, and its operating
characteristics are those of the plan with that look in place of the planned one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bayesips.designs.arm_analysis import ArmAnalysis, Prior
from bayesips.designs.looks_seen import looks_seen
from bayesips.designs.sequential import SequentialDesign, boundary_rows
from bayesips.distributions.any_distribution import Distribution
from bayesips.errors import Refused, listed
from bayesips.planning.context_tables import histories
from bayesips.planning.plan_file import Plan
from bayesips.planning.trial import Trial

ARMS = ("treated", "control")
COUNT = re.compile(r"\s*(\w+)\s*=\s*(\d+)\s*/\s*(\d+)\s*")
MOST_PATIENTS = 2000


@dataclass(frozen=True)
class Status:
    """Where a trial stands.

    Attributes
    ----------
    design : str
        The candidate that is being run.
    successes, n : tuple of int
        So far, (treated,) or (treated, control).
    look : {"planned", "early", "late", "other split", "unplanned", "final", "beyond the end"}
        What the data are to the plan. A plan without interim looks has none to stop at.
    action : str
        At a look "claim", "continue" or "stop for futility"; at the end "go", "consider" or "stop".
    probabilities : tuple of float
        Posterior probability of each criterion now.
    predictive : float
        P(rule met at the end | data) if no look stopped the trial before.
    predictive_with_looks : float
        P(success | data), the remaining looks stopping the trial.
    conditional_power : float
        P(success | data) at the rates planned for.
    conditional_assurance : dict
        P(success | data) under each pair of design priors of the plan.
    next_look : tuple of int or None
        Patients at the next look.
    boundary : tuple of dict
        Of the next look, at the counts still possible: with `control_successes` (None for one
        arm), `stop_at_most` and `claim_at_least` treated successes, None where no count does.
    type1_at_history, power : float
        Of the plan with this look in place of the planned one.
    planned_looks, judged_looks : tuple of tuple of int
        Looks of the plan, and those that it is judged by with the look that was taken.
    """

    design: str
    successes: tuple[int, ...]
    n: tuple[int, ...]
    look: str
    action: str
    probabilities: tuple[float, ...]
    predictive: float
    predictive_with_looks: float
    conditional_power: float
    conditional_assurance: Mapping[str, float]
    next_look: tuple[int, ...] | None
    boundary: tuple[Mapping[str, Any], ...]
    type1_at_history: float
    power: float
    planned_looks: tuple[tuple[int, ...], ...]
    judged_looks: tuple[tuple[int, ...], ...]


def parse_counts(text: str) -> dict[str, tuple[int, int]]:
    """Read "treated=12/20,control=5/10".

    Raises
    ------
    Refused
        Unreadable text, an arm unknown or given twice, more successes than patients.
    """
    found: dict[str, tuple[int, int]] = {}
    for part in text.split(","):
        match = COUNT.fullmatch(part)
        if match is None or match[1] not in ARMS or match[1] in found:
            raise Refused(
                f"--data {text!r}: {part.strip()!r} cannot be read; write "
                "treated=12/20,control=5/10 (successes/patients), each arm once"
            )
        successes, n = int(match[2]), int(match[3])
        if successes > n or n > MOST_PATIENTS:
            raise Refused(f"--data {part.strip()}: {successes} successes among {n} patients")
        found[match[1]] = (successes, n)
    return found


def monitor(plan: Plan, data: Mapping[str, tuple[int, int]], design: str | None = None) -> Status:
    """Where a running trial stands, and what is next.

    Parameters
    ----------
    plan : Plan
    data : mapping of arm to (successes, n)
        "treated" and, with controls, "control".
    design : str, optional
        Label of the candidate that is being run; default the last of the file.

    Raises
    ------
    Refused
        If an arm is missing or too many, or the label is unknown.
    """
    trial = _chosen(plan, design)
    successes, n = _counts(trial, data)
    look, looks = looks_seen(trial.looks, n)
    running = trial.with_looks(looks)
    action, done = _action(running, successes, n)
    rest = None if n == running.looks[-1] else _remaining(running, successes, n)
    truth = trial.rates(plan.truth.treated, plan.truth.control)
    met = float(action in ("claim", "go"))
    analysed = [] if rest is None else _updated(running.design.analysis.priors, successes, n)
    going = None if done else rest
    return Status(
        design=trial.label,
        successes=successes,
        n=n,
        look=look,
        action=action,
        probabilities=running.criteria_held(successes, n),
        predictive=met if rest is None else _last_only(rest).assurance(*analysed),
        predictive_with_looks=met if going is None else going.assurance(*analysed),
        conditional_power=met if going is None else float(going.power(*truth)),
        conditional_assurance=_assurances(plan, going, successes, n),
        next_look=None if going is None else running.looks[-len(going.looks)],
        boundary=() if going is None else _boundary(running, len(going.looks), successes, n),
        type1_at_history=float(running.type1(plan.history_rate)),
        power=float(running.sequential.power(*truth)),
        planned_looks=trial.looks,
        judged_looks=running.looks,
    )


def _chosen(plan: Plan, label: str | None) -> Trial:
    """The candidate that is being run."""
    by_label = {trial.label: trial for trial in plan.trials}
    if label is None:
        return plan.trials[-1]
    if label not in by_label:
        raise Refused(f"no design {label!r}; allowed are {listed(by_label)}")
    return by_label[label]


def _counts(
    trial: Trial, data: Mapping[str, tuple[int, int]]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Successes and patients in the order of the arms."""
    arms = ARMS if trial.two_arms else ARMS[:1]
    if set(data) != set(arms):
        raise Refused(f"--data has {listed(data)}; this design has {listed(arms)}")
    return tuple(data[arm][0] for arm in arms), tuple(data[arm][1] for arm in arms)


def _action(trial: Trial, successes: tuple[int, ...], n: tuple[int, ...]) -> tuple[str, bool]:
    """What the rules say now, and whether the trial is over."""
    if n not in trial.looks:
        return "continue", False
    at = trial.looks.index(n)
    claimed, stopped = (sets[at][successes] for sets in (trial.sequential.efficacy, trial.stops))
    if n == trial.looks[-1]:
        return ("go" if claimed else "stop" if stopped else "consider"), True
    if claimed or stopped:
        return ("claim" if claimed else "stop for futility"), True
    return "continue", False


def _remaining(trial: Trial, successes: tuple[int, ...], n: tuple[int, ...]) -> SequentialDesign:
    """The looks still to come, as a design of the patients still to come."""
    places = [k for k, look in enumerate(trial.looks) if sum(look) > sum(n)]
    further = [
        tuple(size - seen for size, seen in zip(trial.looks[k], n, strict=True)) for k in places
    ]
    windows = [_possible(successes, more) for more in further]
    pairs = list(zip(places, windows, strict=True))
    return SequentialDesign(
        further,
        [trial.sequential.efficacy[k][window] for k, window in pairs],
        [trial.sequential.futility[k][window] for k, window in pairs],
    )


def _possible(successes: tuple[int, ...], more: tuple[int, ...]) -> tuple[slice, ...]:
    """Outcomes that can still occur with so many more patients."""
    return tuple(slice(y, y + m + 1) for y, m in zip(successes, more, strict=True))


def _last_only(rest: SequentialDesign) -> SequentialDesign:
    """The design without its interim looks."""
    return SequentialDesign(rest.looks[-1:], rest.efficacy[-1:], rest.futility[-1:])


def _updated(
    priors: tuple[Prior, ...], successes: tuple[int, ...], n: tuple[int, ...]
) -> list[Distribution]:
    """Beliefs after the data, one rate at a time."""
    arms = zip(priors, successes, n, strict=True)
    return [ArmAnalysis(prior, size).posteriors[y] for prior, y, size in arms]


def _assurances(
    plan: Plan, rest: SequentialDesign | None, successes: tuple[int, ...], n: tuple[int, ...]
) -> dict[str, float]:
    """P(success | data) under each pair of design priors."""
    if rest is None or plan.phase_two is None:
        return {}
    earlier, found = plan.phase_two, {}
    treated = earlier.prior.update(earlier.successes, earlier.n)
    for name, control in histories(plan, earlier).items():
        priors = (treated, control) if plan.two_arms else (treated,)
        found[name] = rest.assurance(*_updated(priors, successes, n))
    return found


def _boundary(
    trial: Trial, left: int, successes: tuple[int, ...], n: tuple[int, ...]
) -> tuple[dict[str, Any], ...]:
    """Rows of the next of so many looks left, counted from the start of the trial."""
    more = tuple(size - seen for size, seen in zip(trial.looks[-left], n, strict=True))
    window = _possible(successes, more)
    stop, claim = (each[-left][window] for each in (trial.stops, trial.sequential.efficacy))
    return tuple(
        {
            "control_successes": _counted(row.get("control_successes"), successes[-1]),
            "stop_at_most": _counted(row["stop_at_most"], successes[0]),
            "claim_at_least": _counted(row["claim_at_least"], successes[0]),
        }
        for row in boundary_rows(more, stop, claim)
    )


def _counted(further: int | None, so_far: int) -> int | None:
    """Successes from the start of the trial, from those still to come; None where there is none."""
    return None if further is None else so_far + further
