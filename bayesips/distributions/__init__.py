"""What is believed about one rate: Beta mixtures and draws, under one algebra."""

from bayesips.distributions.beta_mixture import BetaMixture, robustify
from bayesips.distributions.counts import CountTable
from bayesips.distributions.points import Points

__all__ = ["BetaMixture", "CountTable", "Points", "robustify"]
