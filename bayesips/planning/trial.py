"""One candidate of a plan: a monitored design asked about true rates of both arms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from numpy.typing import ArrayLike, NDArray

from bayesips.designs.calibration import calibrate
from bayesips.designs.looks import MonitoredDesign
from bayesips.designs.rule import Rule
from bayesips.designs.sequential import TWO_ARMS, SequentialDesign, as_looks, boundary_rows
from bayesips.designs.worst_case import WorstCase, worst_case


@dataclass(frozen=True, eq=False)
class Trial:
    """A trial as it would be run, with the name it has in the plan.

    Parameters
    ----------
    label : str
    design : MonitoredDesign
        Who is looked at when, and what the looks decide.
    null : float
        One arm: the rate at which there is no effect.
    stop : Rule or None
        At the end: stop, where it is met and the rule is not; else consider. None: whatever does
        not go stops.
    """

    label: str
    design: MonitoredDesign
    null: float
    stop: Rule | None = None

    @property
    def looks(self) -> tuple[tuple[int, ...], ...]:
        """Patients at each look, (n,) or (treated, control); the last is the whole trial."""
        return self.design.looks

    @property
    def rule(self) -> Rule:
        """Success at the end."""
        return self.design.rule

    @property
    def probability_asked(self) -> float:
        """Posterior probability that the first criterion asks for."""
        return self.rule.criteria[0].probability

    @property
    def sequential(self) -> SequentialDesign:
        """Stopping sets and exact operating characteristics."""
        return self.design.sequential

    @cached_property
    def stops(self) -> tuple[NDArray, ...]:
        """Outcomes that stop: for futility at an interim look, by the stop rule at the end."""
        *early, last = self.sequential.futility
        if self.stop is not None:
            last = last & self.design.analysis.decisions(self.looks[-1], self.stop)
        return (*early, last)

    def boundaries(self) -> list[dict[str, Any]]:
        """Rows of the protocol's table, with whether the look is the `end`."""
        looks = zip(self.looks, self.stops, self.sequential.efficacy, strict=True)
        rows = [row for look in looks for row in boundary_rows(*look)]
        return [{"end": as_looks([row["n"]])[0] == self.looks[-1], **row} for row in rows]

    @property
    def success_table(self) -> NDArray:
        """P(success is claimed | outcome of the last look, had everyone been treated)."""
        return self.design.success_table

    @property
    def two_arms(self) -> bool:
        """Whether there are concurrent controls."""
        return len(self.looks[-1]) == TWO_ARMS

    @property
    def patients(self) -> int:
        """Patients of the whole trial, all arms together."""
        return sum(self.looks[-1])

    @property
    def margin(self) -> float | None:
        """Edge of the null: of one arm a rate, of two arms no effect."""
        return None if self.two_arms else self.null

    def rates(self, treated: ArrayLike, control: ArrayLike) -> tuple[ArrayLike, ...]:
        """True rates as the design takes them: one arm has no control."""
        return (treated, control) if self.two_arms else (treated,)

    @cached_property
    def overruled(self) -> Trial:
        """The trial in which nobody obeys a stop for futility: errors are those of this one."""
        if self.design.futility is None:
            return self
        return replace(self, design=replace(self.design, futility=None))

    def type1(self, control: ArrayLike) -> NDArray:
        """P(success is claimed) without any effect, at true control rates; futility overruled."""
        return self.overruled.power(control, control)

    def power(self, treated: ArrayLike, control: ArrayLike) -> NDArray:
        """P(success is claimed) at true rates."""
        return self.design.power(*self.rates(treated, control))

    def worst(self, level: float | None = None) -> WorstCase:
        """Certified largest type I error, futility overruled; one arm: over rates up to `null`."""
        return self.overruled.worst_obeyed(level)

    def worst_obeyed(self, level: float | None = None) -> WorstCase:
        """The same if every stop for futility is obeyed."""
        return worst_case(self.success_table, self.margin, self.rule.scale, level=level)

    def calibrated(self, alpha: float, history: float | None = None) -> Trial:
        """The trial with its error kept at alpha: at a control rate, or over the whole null."""
        kept = calibrate(self.overruled.design, alpha, self.margin, history=history).design
        return replace(self, design=self.design.with_rule(kept.rule))

    def with_looks(self, looks: tuple[tuple[int, ...], ...]) -> Trial:
        """The trial with other numbers of patients at its looks."""
        return replace(self, design=replace(self.design, looks=looks))

    def numerical_error(self) -> float:
        """Largest error of a posterior probability at the last look."""
        return self.design.analysis.numerical_error(self.looks[-1], self.rule)

    def criteria_held(self, successes: tuple[int, ...], n: tuple[int, ...]) -> tuple[float, ...]:
        """Posterior probability of each criterion after these counts."""
        tables = self.design.analysis.above(n, self.rule)
        pairs = zip(self.rule.criteria, tables, strict=True)
        return tuple(float(each.probability_held(table[successes])) for each, table in pairs)
