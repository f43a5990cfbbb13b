"""What is believed about one rate: Beta mixtures and draws, under one algebra."""

from bayesips.distributions.beta_mixture import BetaMixture, robustify

__all__ = ["BetaMixture", "robustify"]
