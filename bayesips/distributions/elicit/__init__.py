"""Priors of a rate from what experts say: quantiles, moments, counts in bins, several experts."""

from bayesips.distributions.elicit.elicited import Elicited
from bayesips.distributions.elicit.one_expert import (
    from_mean_sd,
    from_median,
    from_quantiles,
    from_roulette,
)
from bayesips.distributions.elicit.pools import linear_pool, logarithmic_pool

__all__ = [
    "Elicited",
    "from_mean_sd",
    "from_median",
    "from_quantiles",
    "from_roulette",
    "linear_pool",
    "logarithmic_pool",
]
