"""Power scaling, and prior against posterior, on results of the exact engine."""

from dataclasses import replace

import pytest

import bayesips as bips
from bayesips.sensitivity import power_scaling, prior_against_posterior


def assessed(a, b):
    """5 of 7 against a known rate, under a Beta(a, b) prior."""
    model = bips.load_model("hlc001-benchmark")
    return bips.assess(replace(model, treated_prior=bips.BetaMixture([1.0], [a], [b])))


def test_a_strong_prior_against_the_data_is_seen():
    strong, weak = power_scaling(assessed(4.0, 30.0)), power_scaling(assessed(1.2, 1.2))
    assert strong.loc["treated_rate", "prior"] > 0.05 > weak.loc["treated_rate", "prior"]
    assert strong.loc["treated_rate", "prior"] > 5 * weak.loc["treated_rate", "prior"]


def test_a_flat_prior_has_nothing_to_scale():
    with pytest.raises(ValueError, match="nothing to scale"):
        power_scaling(assessed(1.0, 1.0))


def test_prior_and_posterior_of_a_flat_start():
    beside = prior_against_posterior(assessed(1.0, 1.0))
    variance = 6 * 3 / (9**2 * 10)
    assert float(beside.contraction) == pytest.approx(1 - variance * 12, abs=0.02)
    assert float(beside["shift"]) == pytest.approx((6 / 9 - 0.5) * 12**0.5, abs=0.05)
