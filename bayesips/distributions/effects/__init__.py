"""The effect of one rate over another: difference, ratio, odds ratio."""

from bayesips.distributions.effects.probability import effect_cdf, prob_greater, prob_greater_error
from bayesips.distributions.effects.summaries import (
    NumberNeeded,
    effect_mean,
    effect_ppf,
    effect_std,
    number_needed_to_treat,
)

__all__ = [
    "NumberNeeded",
    "effect_cdf",
    "effect_mean",
    "effect_ppf",
    "effect_std",
    "number_needed_to_treat",
    "prob_greater",
    "prob_greater_error",
]
