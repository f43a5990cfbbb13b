"""One arm, one analysis: decisions for every outcome, exact power, assurance, estimation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.binomial import check_size, expectation
from bayesips.designs.rule import Rule
from bayesips.designs.tails import upper_tails
from bayesips.distributions import BetaMixture
from bayesips.distributions.any_distribution import Distribution
from bayesips.words.shown import Shown


@dataclass(frozen=True, repr=False)
class SingleArmDesign(Shown):
    """A trial of one treated arm, analysed once, its rate held against fixed thresholds.

    Against an uncertain historical rate use TwoArmDesign with no controls.

    Parameters
    ----------
    n : int
        Patients.
    prior : distribution
        Of the rate in the analysis.
    rule : Rule
        On the rate.

    Raises
    ------
    Refused
        If n is not a whole number above 0.
    """

    n: int
    prior: Distribution
    rule: Rule

    def __post_init__(self) -> None:
        check_size(self.n, "n", 1)

    def facts(self) -> dict[str, str]:
        """Size, prior and what is enough."""
        met = _met_in_words(self._decisions)
        return {"n": str(self.n), "prior": repr(self.prior), "met with": met}

    @property
    def outcomes(self) -> NDArray:
        """Numbers of successes that can be seen, 0..n."""
        return np.arange(self.n + 1)

    @cached_property
    def posteriors(self) -> Distribution:
        """Posterior of the rate for each outcome, batch shape (n + 1,)."""
        return self.prior.update(self.outcomes, self.n)

    @cached_property
    def probabilities(self) -> NDArray:
        """P(rate > threshold) of each criterion for each outcome, shape (criteria, n + 1)."""
        thresholds = np.array([criterion.threshold for criterion in self.rule.criteria])
        inside = np.clip(thresholds, 0.0, 1.0)
        if isinstance(self.prior, BetaMixture):
            with np.errstate(divide="ignore"):
                above = upper_tails(self.prior, self.n, np.log(inside), np.log1p(-inside)).T
        else:
            above = np.stack([self.posteriors.sf(threshold) for threshold in inside])
        return np.where(thresholds[:, None] < 0, 1.0, above)

    @property
    def above(self) -> list[NDArray]:
        """P(rate > threshold) of each criterion, one array of shape (n + 1,) each."""
        return list(self.probabilities)

    @cached_property
    def _decisions(self) -> NDArray:
        """The decisions, computed once."""
        met = self.rule.met(self.above)
        met.setflags(write=False)
        return met

    def decisions(self) -> NDArray:
        """Whether the rule is met after 0..n successes: bool, shape (n + 1,), read-only."""
        return self._decisions

    @property
    def success_table(self) -> NDArray:
        """The decisions as probabilities of success, 0 or 1."""
        return self._decisions.astype(float)

    def power(self, rate: ArrayLike) -> NDArray:
        """P(rule met) at the true rate, any shape, by the sum over all outcomes."""
        return self.expectation(self._decisions, rate)

    def expectation(self, values: NDArray, rate: ArrayLike) -> NDArray:
        """E[values[Y]] at the true rate; `values` has one entry per outcome."""
        return expectation(values, rate)

    def assurance(self, distribution: Distribution) -> float:
        """Expected power over a design prior of the true rate."""
        return float(distribution.predictive(self.n).pmf(self.outcomes) @ self._decisions)

    def bias(self, rate: ArrayLike) -> NDArray:
        """Expected posterior mean minus the true rate."""
        return self.expectation(self.posteriors.mean(), rate) - np.asarray(rate, float)

    def mean_squared_error(self, rate: ArrayLike) -> NDArray:
        """Of the posterior mean about the true rate."""
        rate, estimate = np.asarray(rate, float), self.posteriors.mean()
        first, second = self.expectation(estimate, rate), self.expectation(estimate**2, rate)
        return second - 2 * rate * first + rate**2

    def interval(self, probability: float) -> NDArray:
        """Equal-tailed posterior interval after each outcome, shape (n + 1, 2)."""
        tail = (1 - probability) / 2
        return np.stack([self.posteriors.ppf(tail), self.posteriors.ppf(1 - tail)], axis=-1)

    def coverage(self, rate: ArrayLike, probability: float = 0.95) -> NDArray:
        """P(the equal-tailed posterior interval holds the true rate) at that rate."""
        rate, interval = np.asarray(rate, float), self.interval(probability)
        pmf = np.stack([self.expectation(row, rate) for row in np.eye(self.n + 1)], axis=-1)
        held = (interval[:, 0] <= rate[..., None]) & (rate[..., None] <= interval[:, 1])
        return (pmf * held).sum(axis=-1)

    def boundary(self) -> list[dict[str, Any]]:
        """The table for the protocol: successes, posterior mean, each probability, verdict."""
        means = np.asarray(self.posteriors.mean())
        return [
            {
                "successes": int(y),
                "n": self.n,
                "mean": float(means[y]),
                "probabilities": [
                    float(criterion.probability_held(above[y]))
                    for criterion, above in zip(self.rule.criteria, self.probabilities, strict=True)
                ],
                "met": bool(self._decisions[y]),
            }
            for y in self.outcomes
        ]

    def with_rule(self, rule: Rule) -> SingleArmDesign:
        """The trial under another rule."""
        return replace(self, rule=rule)

    def success_under(self, rule: Rule) -> NDArray:
        """Decisions under a rule that differs in the probabilities asked for, as 0 or 1."""
        return rule.met(self.above).astype(float)


def _met_in_words(decisions: NDArray) -> str:
    """From how many successes on the rule is met."""
    met = np.flatnonzero(decisions)
    if not met.size:
        return "no count"
    return f"{met[0]} or more" if met[-1] == decisions.size - 1 else f"{met[0]} to {met[-1]}"
