"""Rates of the groups themselves: against sums over a grid where the hierarchy is known."""

import numpy as np
import pytest
from scipy import special, stats

import bayesips as bips
from bayesips.errors import Refused

BASKETS = [bips.Arm("lung", 2, 15), bips.Arm("colon", 6, 14), bips.Arm("skin", 9, 12)]


def test_each_group_has_the_rate_of_a_known_hierarchy():
    known = bips.Map(mu=("fixed", -0.5), tau=("fixed", 0.8))
    found = bips.group_rates(BASKETS, known, seed=20261128)
    log_odds = np.linspace(-8, 8, 4001)
    rate = special.expit(log_odds)
    assert list(found) == ["lung", "colon", "skin"]
    for arm in BASKETS:
        mass = stats.norm.pdf(log_odds, -0.5, 0.8) * stats.binom.pmf(arm.successes, arm.n, rate)
        mean = mass @ rate / mass.sum()
        sd = np.sqrt(mass @ (rate - mean) ** 2 / mass.sum())
        assert float(found[arm.label].mean()) == pytest.approx(mean, abs=5 * sd / np.sqrt(1000))
        assert float(found[arm.label].std()) == pytest.approx(sd, rel=0.1)


def test_a_method_without_rates_of_groups_is_refused():
    with pytest.raises(Refused, match="'pooled' gives groups no rates of their own"):
        bips.group_rates(BASKETS, "pooled", draws=10)
