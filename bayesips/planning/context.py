"""What a plan knows beside its designs: true rates, goals, the earlier trial, accrual, safety."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bayesips.declare.sections import read_prior
from bayesips.declare.table import Table, are_texts
from bayesips.designs.accrual import Accrual
from bayesips.designs.search import Goals
from bayesips.distributions import BetaMixture
from bayesips.distributions.ranges import INSIDE, POSITIVE, SHARE, are_numbers
from bayesips.planning.control_belief import ControlBelief
from bayesips.planning.sections import belief_of

ALLOCATION = re.compile(r"([1-9]\d?):([1-9]\d?)")


@dataclass(frozen=True)
class Truth:
    """True rates the trial is planned for."""

    treated: float
    control: float


@dataclass(frozen=True, eq=False)
class PhaseTwo:
    """The earlier trial that the assurance starts from, and the histories to see it under.

    `least` successes would have been needed for a next trial to be thought of.
    """

    prior: BetaMixture
    successes: int
    n: int
    least: int
    beliefs: tuple[ControlBelief, ...]


def read_truth(top: Table) -> Truth | None:
    """The rates planned for."""
    table = top.table("truth", "treated and control, the rates planned for")
    if table is None:
        return None
    table.allow("treated", "control")
    return Truth(table.number("treated", INSIDE), table.number("control", INSIDE))


def read_goals(top: Table, truth: Truth | None, null: float | None) -> Goals | None:
    """Error and power asked for, at the true rates; `null` is one arm's rate without effect."""
    table = top.table("goals", "alpha and power")
    if table is None:
        return None
    table.allow("alpha", "power", "allocations")
    alpha, power = table.number("alpha", INSIDE), table.number("power", INSIDE)
    if truth is None or None in (alpha, power):
        return None
    alternative = (truth.treated, truth.control) if null is None else (truth.treated,)
    return Goals(alpha, power, alternative, margin=null)


def read_allocations(top: Table) -> tuple[tuple[int, int], ...]:
    """Allocations that sizes are searched for beside the declared ones, as "2:1"."""
    table = top.table("goals") or Table({}, "goals", [])
    asked = table.content.get("allocations", [])
    found = [ALLOCATION.fullmatch(each) for each in asked] if are_texts(asked) else [None]
    ratios = [(int(each[1]), int(each[2])) for each in found if each is not None]
    if len(ratios) < len(found) or any(math.gcd(*ratio) != 1 for ratio in ratios):
        table.add_fault("allocations", 'a list of ratios in lowest terms, as ["2:1"], is required')
    return tuple(ratios)


def read_phase_two(top: Table, folder: Path) -> PhaseTwo | None:
    """The earlier trial."""
    table = top.table("assurance")
    if table is None:
        return None
    table.allow("prior", "successes", "n", "least", "models")
    before, n = len(table.faults), table.patients("n", 1)
    successes = table.patients("successes", 0, n)
    least = table.patients("least", 0, successes)
    prior, models = read_prior(table), table.content.get("models", [])
    if not are_texts(models):
        table.add_fault("models", "a list of assessment models is required")
        models = []
    found = [belief_of(table, "models", name, folder) for name in models]
    beliefs = tuple(belief for belief in found if belief is not None)
    if prior is None or len(table.faults) > before:
        return None
    return PhaseTwo(prior, successes, n, least, beliefs)


def read_accrual(top: Table) -> tuple[Accrual, ...]:
    """What is known of the speed of accrual, each with its basis."""
    if "accrual" not in top.content:
        return ()
    return tuple(
        found
        for part in top.tables("accrual", "label, basis, and patients in months, or cases a year")
        if (found := _accrual(part)) is not None
    )


def _accrual(table: Table) -> Accrual | None:
    """One source: patients seen in months, or cases a year and the share of them that joins."""
    table.allow("label", "basis", "patients", "months", "cases_a_year", "share")
    before, label, basis = len(table.faults), table.text("label"), table.text("basis")
    if "patients" in table.content:
        patients, months = table.patients("patients", 1), table.number("months", POSITIVE)
        if len(table.faults) > before:
            return None
        return Accrual.seen(label, basis, patients, months)
    cases, share = table.content.get("cases_a_year"), table.number("share", SHARE)
    low_high = cases if isinstance(cases, list) else [cases, cases]
    if not are_numbers(low_high, POSITIVE) or len(low_high) != len(("low", "high")):
        table.add_fault("cases_a_year", "a number above 0, or [low, high]")
    elif low_high[0] > low_high[1] or share == 0:
        table.add_fault("cases_a_year", "low may not exceed high, and share must be above 0")
    if len(table.faults) > before:
        return None
    return Accrual.of_cases(label, basis, tuple(low_high), share)


def read_safety(top: Table) -> dict[str, Any] | None:
    """Earlier reactions, and the rate of serious ones that stops the trial."""
    table = top.table("safety")
    if table is None:
        return None
    table.allow("prior", "n", "reactions", "serious", "discount", "limit", "probability", "every")
    n = table.patients("n", 1)
    prior = BetaMixture(1, 0.5, 0.5) if "prior" not in table.content else read_prior(table)
    return {
        "prior": prior,
        "n": n,
        "reactions": table.patients("reactions", 0, n),
        "serious": table.patients("serious", 0, n),
        "discount": table.number("discount", SHARE, 1.0),
        "limit": table.number("limit", INSIDE),
        "probability": table.number("probability", INSIDE),
        "every": table.patients("every", 1),
    }
