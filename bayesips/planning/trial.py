"""One candidate of a plan: its looks and rules, read as a sequential design, and calibrated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesips.designs.looks import AgainstHistory, OneArm, Stop, TwoArms, sequential_design
from bayesips.designs.rule import TIE, Rule
from bayesips.designs.sequential import SequentialDesign
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.worst_case import WorstCase, worst_case
from bayesips.distributions.effects.scales import scale_named

BOTH_ARMS = 2


@dataclass(frozen=True, eq=False)
class Trial:
    """A trial as it would be run: who is looked at when, and what the looks decide.

    Parameters
    ----------
    label : str
    looks : tuple of tuple of int
        Patients at each look, (n,) or (treated, control); the last is the whole trial.
    analysis : OneArm, AgainstHistory or TwoArms
    rule : Rule
        Success at the end.
    efficacy, futility : stopping rules of the interim looks, optional
    null : float, optional
        One arm: the rate at which there is no effect.
    """

    label: str
    looks: tuple[tuple[int, ...], ...]
    analysis: OneArm | AgainstHistory | TwoArms
    rule: Rule
    efficacy: Stop | None = None
    futility: Stop | None = None
    null: float | None = None

    @property
    def two_arms(self) -> bool:
        """Whether there are concurrent controls."""
        return len(self.looks[-1]) == BOTH_ARMS

    @property
    def patients(self) -> int:
        """Patients of the whole trial, all arms together."""
        return sum(self.looks[-1])

    @cached_property
    def design(self) -> SequentialDesign:
        """The trial as an exact sequential design, of one look or more."""
        return sequential_design(self.analysis, self.looks, self.rule, self.efficacy, self.futility)

    def rates(self, treated: Any, control: Any) -> tuple[Any, ...]:
        """True rates as the design takes them: one arm has no control."""
        return (treated, control) if self.two_arms else (treated,)

    def type1(self, control: Any) -> NDArray:
        """P(success is claimed) without any effect, at true control rates."""
        return self.design.power(*self.rates(control, control))

    def power(self, treated: Any, control: Any) -> NDArray:
        """P(success is claimed) at true rates."""
        return self.design.power(*self.rates(treated, control))

    def worst(self, level: float | None = None) -> WorstCase:
        """Certified largest type I error; of one arm over all rates up to `null`."""
        margin = None if self.two_arms else self.null
        return worst_case(self.design.success_table, margin, self.rule.scale, level=level)

    def asking(self, probability: float) -> Trial:
        """The same trial, the rule's first criterion asking for another probability."""
        first, *rest = self.rule.criteria
        rule = Rule((replace(first, probability=probability), *rest), self.rule.scale)
        return replace(self, rule=rule)

    def with_control(self, analysis: Any) -> Trial:
        """The same trial under another analysis."""
        return replace(self, analysis=analysis)

    def calibrated(self, alpha: float, error: Callable[[Trial], float]) -> Trial:
        """The trial that asks for the least probability at which `error` is at most alpha.

        Bisection over the probabilities that can occur at the last look; each one asked for
        excludes itself.
        """
        held = self.rule.criteria[0].probability_held(self._tables(self.looks[-1])[0])
        values = np.unique(np.concatenate([[0.0], held.ravel(), [1.0]]))
        low, high = 0, len(values) - 1
        while low < high:
            middle = (low + high) // 2
            if error(self.asking(float(values[middle]))) <= alpha + TIE:
                high = middle
            else:
                low = middle + 1
        return self.asking(float(values[low]))

    def numerical_error(self) -> float:
        """Largest error of a posterior probability at the last look."""
        if isinstance(self.analysis, TwoArms):
            return self.analysis.design(self.looks[-1], self.rule).numerical_error
        if isinstance(self.analysis, AgainstHistory):
            design = self.analysis.two_arms.design((*self.looks[-1], 0), self.rule)
            return design.numerical_error
        return 0.0

    def criteria_held(self, successes: tuple[int, ...], n: tuple[int, ...]) -> tuple[float, ...]:
        """Posterior probability of each criterion after these counts."""
        tables = self._tables(n)
        pairs = zip(self.rule.criteria, tables, strict=True)
        return tuple(float(each.probability_held(table[successes])) for each, table in pairs)

    def _tables(self, n: tuple[int, ...]) -> list[NDArray]:
        """P(quantity > threshold) of each criterion for every outcome of so many patients."""
        if isinstance(self.analysis, TwoArms):
            return [table.above for table in self.analysis.design(n, self.rule).tables]
        if isinstance(self.analysis, AgainstHistory):
            design = self.analysis.two_arms.design((*n, 0), self.rule)
            return [table.above[:, 0] for table in design.tables]
        return list(SingleArmDesign(n[0], self.analysis.prior, self.rule).probabilities)


def with_effect(control: Any, effect: float, scale: str) -> NDArray:
    """Treated rates that have the effect over true control rates; nan where none can have it."""
    moved = np.asarray(scale_named(scale).threshold(np.asarray(control, float), effect))
    return np.where((moved >= 0) & (moved <= 1), moved, np.nan)
