"""The effect of a treated rate over an independent control rate, on a declared scale."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.effects.probability import effect_cdf, prob_greater, prob_greater_error
from bayesips.distributions.effects.scales import scale_named
from bayesips.distributions.effects.summaries import effect_mean, effect_ppf, effect_std
from bayesips.distributions.rule import Rule


@dataclass(frozen=True, eq=False)
class Effect:
    """Two independent rates and the scale on which they are compared.

    Attributes
    ----------
    treated, control : distributions of a rate
        Their batch shapes broadcast against each other.
    scale : {"difference", "ratio", "odds_ratio"}
    """

    treated: Distribution
    control: Distribution
    scale: str = "difference"

    @property
    def none(self) -> float:
        """The value that is no effect: 0 for a difference, 1 for a ratio."""
        return float(scale_named(self.scale).no_effect)

    def probability(self, margin: ArrayLike) -> NDArray:
        """P(effect > margin)."""
        return np.asarray(prob_greater(self.treated, self.control, margin, self.scale))

    def error(self, margin: ArrayLike) -> NDArray:
        """Numerical error of `probability`: its own quadrature's, and the control's."""
        own = prob_greater_error(self.treated, self.control, margin, self.scale)
        return np.asarray(own) + float(getattr(self.control, "error", 0.0))

    def probabilities(self, rule: Rule) -> NDArray:
        """What each criterion of a rule looks at, P(effect > or <= margin), (*batch, criteria)."""
        held = [one.probability_held(self.probability(one.threshold)) for one in rule.criteria]
        return np.stack(held, axis=-1)

    def errors(self, rule: Rule) -> NDArray:
        """Numerical errors of `probabilities`, shape (*batch, criteria)."""
        return np.stack([self.error(margin) for margin in rule.margins], axis=-1)

    def met(self, rule: Rule) -> NDArray:
        """Whether each criterion of a rule is met, shape (*batch, criteria)."""
        return rule.enough(self.probabilities(rule))

    def cdf(self, effect: ArrayLike) -> NDArray:
        """P(effect <= value)."""
        return np.asarray(effect_cdf(self.treated, self.control, effect, self.scale))

    def ppf(self, q: ArrayLike) -> NDArray:
        """Quantiles of the effect."""
        return np.asarray(effect_ppf(self.treated, self.control, q, self.scale))

    def mean(self) -> float:
        """Mean of the effect."""
        return float(effect_mean(self.treated, self.control, self.scale))

    def std(self) -> float:
        """Standard deviation of the effect."""
        return float(effect_std(self.treated, self.control, self.scale))
