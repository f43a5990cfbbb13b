"""Two arms, one analysis: decisions for every pair of outcomes, exact power and assurance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.arm_analysis import ArmAnalysis, Prior
from bayesips.designs.binomial import check_size, pair_expectation
from bayesips.designs.comparison import Comparison
from bayesips.designs.rule import TIE, Criterion, Rule
from bayesips.designs.superiority import SuperiorityTable, superiority_table
from bayesips.distributions.any_distribution import Distribution
from bayesips.errors import NotSettled
from bayesips.words.shown import Shown

ROUNDING = 1e-12  # a quadrature error below it cannot turn a decision that is not a tie


@dataclass(frozen=True, repr=False)
class TwoArmDesign(Shown):
    """A trial of a treated against a control arm, analysed once.

    Parameters
    ----------
    n_treated, n_control : int
        Patients; 0 controls make a single-arm trial against an uncertain historical rate.
    prior_treated : distribution
        Of the treated rate.
    prior_control : distribution, or an object with `posteriors(n_control)`
        Of the control rate: a distribution is updated by Bayes' theorem, an object such as
        `BorrowedControl` gives a posterior for each control outcome itself.
    rule : Rule
        On the effect of treated over control.

    Raises
    ------
    Refused
        If a number of patients is negative or not whole.
    """

    n_treated: int
    n_control: int
    prior_treated: Distribution
    prior_control: Prior
    rule: Rule

    def __post_init__(self) -> None:
        check_size(self.n_treated, "n_treated", 1)
        check_size(self.n_control, "n_control", 0)

    @cached_property
    def treated(self) -> ArmAnalysis:
        """The analysis of the treated arm."""
        return ArmAnalysis(self.prior_treated, self.n_treated)

    @cached_property
    def control(self) -> ArmAnalysis:
        """The analysis of the control arm."""
        return ArmAnalysis(self.prior_control, self.n_control)

    def facts(self) -> dict[str, str]:
        """Sizes, priors and what is asked."""
        return {
            "patients": f"{self.n_treated} treated, {self.n_control} controls",
            "prior treated": repr(self.prior_treated),
            "prior control": repr(self.prior_control),
            "rule": ", ".join(
                f"P({self.rule.scale} > {each.threshold:g}) > {each.probability:g}"
                for each in self.rule.criteria
            ),
        }

    @property
    def controls(self) -> Distribution:
        """Posterior of the control rate, batch shape (n_control + 1,)."""
        return self.control.posteriors

    @cached_property
    def _compared(self) -> dict[Comparison, SuperiorityTable]:
        """Tables computed so far, shared by the trial under all rules."""
        return {}

    @cached_property
    def tables(self) -> tuple[SuperiorityTable, ...]:
        """P(effect > threshold) with its error, for each criterion of the rule."""
        wanted = [Comparison(each.threshold, self.rule.scale) for each in self.rule.criteria]
        for each in wanted:
            if each not in self._compared:
                self._compared[each] = superiority_table(self.treated, self.control, each)
        return tuple(self._compared[each] for each in wanted)

    @property
    def above(self) -> list[NDArray]:
        """P(effect > threshold) of each criterion, shaped as the decisions."""
        return [table.above for table in self.tables]

    def _settled(self, criterion: Criterion, table: SuperiorityTable) -> NDArray:
        """One criterion's probabilities, refused where their error could turn a decision."""
        distance = np.abs(criterion.probability_held(table.above) - criterion.probability)
        unsettled = (table.error > ROUNDING) & (distance <= table.error + TIE)
        if unsettled.any():
            treated, control = np.argwhere(unsettled)[0].tolist()
            raise NotSettled(
                f"{treated} of {self.n_treated} against {control} of {self.n_control}: P is "
                f"{table.above[treated, control]} within {table.error[treated, control]:.1e}, "
                f"too close to {criterion.probability} to decide"
            )
        return table.above

    @cached_property
    def _decisions(self) -> NDArray:
        """The decisions, computed once."""
        pairs = zip(self.rule.criteria, self.tables, strict=True)
        return _frozen(self.rule.met([self._settled(*pair) for pair in pairs]))

    def decisions(self) -> NDArray:
        """Whether the rule is met: bool, shape (n_treated + 1, n_control + 1), read-only."""
        return self._decisions

    @property
    def success_table(self) -> NDArray:
        """The decisions as probabilities of success, 0 or 1."""
        return self._decisions.astype(float)

    @property
    def numerical_error(self) -> float:
        """Largest numerical error of any posterior probability of the decision table."""
        return max(float(table.error.max()) for table in self.tables)

    def power(self, rate_treated: ArrayLike, rate_control: ArrayLike) -> NDArray:
        """P(rule met) at true rates, by the sum over all outcomes.

        Parameters
        ----------
        rate_treated, rate_control : array_like
            True rates, broadcast against each other.

        Returns
        -------
        ndarray, the broadcast shape
        """
        return self.expectation(self._decisions, rate_treated, rate_control)

    def expectation(
        self, values: NDArray, rate_treated: ArrayLike, rate_control: ArrayLike
    ) -> NDArray:
        """E[values[Y_treated, Y_control]] at true rates; `values` as decisions() is shaped."""
        return pair_expectation(values, rate_treated, rate_control)

    def assurance(self, treated: Distribution, control: Distribution) -> float:
        """Expected power over independent design priors of the two true rates."""
        first = treated.predictive(self.n_treated).pmf(np.arange(self.n_treated + 1))
        second = control.predictive(self.n_control).pmf(np.arange(self.n_control + 1))
        return float(first @ self._decisions @ second)

    def with_rule(self, rule: Rule) -> TwoArmDesign:
        """The trial under another rule; what the two have in common is computed once."""
        other = replace(self, rule=rule)
        other.__dict__.update(treated=self.treated, control=self.control, _compared=self._compared)
        return other

    def success_under(self, rule: Rule) -> NDArray:
        """Decisions under a rule that differs in the probabilities asked for, as 0 or 1."""
        return rule.met(self.above).astype(float)


def _frozen(array: NDArray) -> NDArray:
    """The array, read-only: it is shared by every question asked of the design."""
    array.setflags(write=False)
    return array
