"""A declared trial: read from TOML and checked, or refused in one message; nothing is computed."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from bayesips.declare.table import Table
from bayesips.declare.toml_file import DeclarationError, declared, shipped_with
from bayesips.designs.accrual import Accrual
from bayesips.designs.analyses import AgainstHistory, Analysis, OneArm, TwoArms
from bayesips.designs.arm_analysis import Prior
from bayesips.designs.looks import MonitoredDesign, Stop
from bayesips.designs.rule import SCALES, Rule, Scale
from bayesips.designs.search import Goals
from bayesips.distributions import BetaMixture
from bayesips.distributions.any_distribution import Distribution
from bayesips.planning.context import (
    PhaseTwo,
    Truth,
    read_accrual,
    read_allocations,
    read_goals,
    read_phase_two,
    read_safety,
    read_truth,
)
from bayesips.planning.control_belief import ControlBelief
from bayesips.planning.sections import (
    IN_PLACE,
    Size,
    by_rate,
    read_analysis_prior,
    read_belief,
    read_interim,
    read_rule,
    read_sizes,
)
from bayesips.planning.trial import Trial

KEYS = (
    "name", "question", "scale", "model", "treated", "design", "decision", "stop", "interim",
    "truth", "goals", "assurance", "accrual", "safety", *IN_PLACE,
)  # fmt: skip


class PlanError(DeclarationError):
    """A plan file that cannot be used; `file` and `faults` say which and why."""

    kind: ClassVar[str] = "plan file"
    noun: ClassVar[str] = "plan"


@dataclass(frozen=True, eq=False)
class Plan:
    """A follow-on trial as declared: candidates, rules, and what is known beforehand.

    Attributes
    ----------
    name, question : str
    scale : {"difference", "ratio", "odds_ratio"}
        Of the effect.
    prior_treated : BetaMixture
        Of the treated rate in the analysis.
    belief : ControlBelief or None
        History of the controls; None where one arm is held against a fixed rate.
    sizes : tuple of Size
        The candidates.
    rule, stop : Rule
        Go; and stop, if declared: what is neither is "consider".
    efficacy, futility : stopping rules of interim looks, or None
    truth : Truth
        True rates the trial is planned for.
    goals : Goals
        One-sided type I error, over the whole null, and power at the true rates.
    allocations : tuple of (int, int)
        Further ones that sizes are searched for.
    phase_two : PhaseTwo or None
        What the assurance starts from.
    accrual : tuple of Accrual
    safety : dict or None
    fixed_rate : float or None
        One arm: the rate it is held against, where it is fixed.
    """

    name: str
    question: str
    scale: Scale
    prior_treated: BetaMixture
    belief: ControlBelief | None
    sizes: tuple[Size, ...]
    rule: Rule
    stop: Rule | None
    efficacy: Stop | None
    futility: Stop | None
    truth: Truth
    goals: Goals
    allocations: tuple[tuple[int, int], ...]
    phase_two: PhaseTwo | None
    accrual: tuple[Accrual, ...]
    safety: dict[str, Any] | None
    fixed_rate: float | None
    path: Path = Path()
    digest: str = ""

    @property
    def two_arms(self) -> bool:
        """Whether the trial has concurrent controls."""
        return len(self.sizes[0].looks[0]) > 1

    @property
    def null(self) -> float:
        """One arm: the rate at which there is no effect."""
        return self.truth.control if self.fixed_rate is None else self.fixed_rate

    @cached_property
    def history_rate(self) -> float:
        """Mean of the control rate by history alone; without history the rate planned for."""
        return self.null if self.history is None else float(self.history.mean())

    @cached_property
    def history(self) -> Distribution | None:
        """The control rate by history alone, without the vague part; None without history."""
        if self.belief is None or self.belief.learns or not self.belief.borrows:
            return None
        return self.belief.alone

    def analysis(self, control: Prior | None = None) -> OneArm | AgainstHistory | TwoArms:
        """How the trial is analysed; `control` in place of the declared prior of two arms."""
        if self.fixed_rate is not None or self.belief is None:
            return OneArm(self.prior_treated)
        if not self.two_arms:
            return AgainstHistory(self.prior_treated, self.belief.prior)
        return TwoArms(self.prior_treated, self.belief.analysis if control is None else control)

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """The candidates, all under one analysis."""
        analysis = self.analysis()
        return tuple(self.trial(size.label, size.looks, analysis) for size in self.sizes)

    def trial(self, label: str, looks: tuple[tuple[int, ...], ...], analysis: Analysis) -> Trial:
        """One candidate under an analysis."""
        stops = (self.efficacy, self.futility) if len(looks) > 1 else (None, None)
        design = MonitoredDesign(analysis, looks, self.rule, *stops)
        return Trial(label, design, self.null, self.stop)


def load_plan(path: str | Path) -> Plan:
    """The plan of a file, or of a shipped plan by its bare name.

    Parameters
    ----------
    path : str or Path
        A path, or a bare name such as "followon-rct" (no folder, no suffix).

    Raises
    ------
    PlanError
        Naming the file and, for every fault at once, the table, the key, what was given and what
        is allowed.
    """
    file, raw, parts = declared(path, shipped_plans(), PlanError, _parts)
    return Plan(**parts, path=file, digest=hashlib.sha256(raw).hexdigest())


def shipped_plans() -> tuple[str, ...]:
    """Bare names of the shipped plans."""
    return shipped_with(design=True)


def _parts(top: Table, folder: Path) -> dict[str, Any]:
    """Every part of the plan, faults added to the table's."""
    top.allow(*KEYS)
    scale: Any = top.choice("scale", tuple(SCALES), "difference") or "difference"
    sizes = read_sizes(top)
    one_arm = not sizes or len(sizes[0].looks[0]) == 1
    about = ("margin", "rate") if one_arm else ("margin",)
    rule = read_rule(top, "decision", scale, about)
    stop = read_rule(top, "stop", scale, about) if "stop" in top.content else None
    efficacy, futility = read_interim(top, rule)
    fixed = rule.criteria[0].threshold if rule and one_arm and by_rate(top) else None
    truth = read_truth(top)
    parts = {
        "name": top.text("name"),
        "question": top.text("question"),
        "scale": scale,
        "prior_treated": read_analysis_prior(top),
        "belief": read_belief(top, folder),
        "sizes": sizes,
        "rule": rule,
        "stop": stop,
        "efficacy": efficacy,
        "futility": futility,
        "truth": truth,
        "goals": read_goals(top, truth, _null(truth, fixed) if one_arm else None),
        "allocations": () if one_arm else read_allocations(top),
        "phase_two": read_phase_two(top, folder),
        "accrual": read_accrual(top),
        "safety": read_safety(top),
        "fixed_rate": fixed,
    }
    if not top.faults:
        _check_together(top, parts)
    return parts


def _null(truth: Truth | None, fixed: float | None) -> float | None:
    """One arm: the rate at which there is no effect."""
    return fixed if fixed is not None or truth is None else truth.control


def _check_together(top: Table, parts: dict[str, Any]) -> None:
    """Faults that show only when the tables are seen together."""
    belief, fixed = parts["belief"], parts["fixed_rate"]
    one_arm = len(parts["sizes"][0].looks[0]) == 1
    if fixed is None and belief is None:
        top.add_fault(
            "model", "margins are over a control, so history is needed: a model, or tables"
        )
    if fixed is None and one_arm and belief is not None and belief.learns:
        top.add_fault("model", "its method learns from concurrent controls; one arm has none")
    several = any(len(size.looks) > 1 for size in parts["sizes"])
    if several and parts["efficacy"] is parts["futility"] is None:
        top.add_fault("interim", "designs with several looks need efficacy, futility or both")
    if parts["truth"].treated <= parts["truth"].control:
        top.add_fault(
            "truth", "treated must be above control: power is asked where there is an effect"
        )
