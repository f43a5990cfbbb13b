"""Sensitivity: all defensible analyses at once, and the smallest change that flips the answer."""

from bayesips.sensitivity.multiverse import share_supported, vary
from bayesips.sensitivity.power_scaling import power_scaling, prior_against_posterior
from bayesips.sensitivity.reverse_bayes import Sceptic, sceptical_prior, scepticism_limit
from bayesips.sensitivity.tipping_point import exact_tipping_rate, tipping_point
from bayesips.sensitivity.tipping_table import lost_to_follow_up, tipping_table

__all__ = [
    "Sceptic",
    "exact_tipping_rate",
    "lost_to_follow_up",
    "power_scaling",
    "prior_against_posterior",
    "sceptical_prior",
    "scepticism_limit",
    "share_supported",
    "tipping_point",
    "tipping_table",
    "vary",
]
