"""Reverse Bayes against its definition and published numbers."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special

import bayesips as bips
from bayesips.distributions.rule import Criterion
from bayesips.sensitivity import sceptical_prior, scepticism_limit


def against(rate, probability, successes=5):
    """`successes` of 7 against a known rate."""
    model = bips.load_model("hlc001-benchmark")
    return replace(
        model,
        method=bips.Benchmark(rate),
        treated=bips.Arm("New", successes, 7),
        decisions=(Criterion(0.0, probability),),
    )


def test_sceptic_of_five_of_seven_against_twenty_per_cent():
    sceptic = sceptical_prior(against(0.2, 0.95))
    assert sceptic.n == pytest.approx(17.1221, abs=5e-5)
    assert special.betaincc(5 + sceptic.a, 2 + sceptic.b, 0.2) == pytest.approx(0.95, abs=1e-10)


def test_a_smaller_sceptic_is_convinced():
    model = against(0.2, 0.95)
    n = sceptical_prior(model).n
    for size in np.linspace(0.01, 0.999, 20) * n:
        assert special.betaincc(5 + 0.2 * size, 2 + 0.8 * size, 0.2) > 0.95


def test_without_a_claim_there_is_nothing_to_remove():
    sceptic = sceptical_prior(against(0.6, 0.95))
    assert np.isnan(sceptic.n)
    assert sceptic.text == "no claim to remove"


def test_under_an_uncertain_control_the_sceptic_sits_at_its_mean():
    model = replace(bips.load_model("hlc001-binary"), decisions=(Criterion(0.0, 0.9),))
    sceptic = sceptical_prior(model)
    control = bips.control_prior(
        bips.binary_reading(model.history, 56), model.method, robust=model.robust
    )
    assert sceptic.mean == pytest.approx(control.mean(), abs=1e-12)
    treated = bips.BetaMixture([1.0], [sceptic.a + 5], [sceptic.b + 2])
    assert bips.prob_greater(treated, control, 0) == pytest.approx(0.9, abs=1e-9)


def test_scepticism_limit_of_matthews():
    """Held, Matthews, Ott & Pawel 2022: odds ratio 1.2 to 3.5."""
    assert scepticism_limit(np.log(1.2), np.log(3.5)) == pytest.approx(0.599393941665904, abs=1e-12)


def test_the_scepticism_limit_just_removes_significance():
    """A Normal prior with 95 % range +-SL leaves a posterior whose lower limit is 0."""
    low, high = 0.3, 2.0
    limit = scepticism_limit(low, high)
    prior, data = (limit / 1.96) ** 2, ((high - low) / 2 / 1.96) ** 2
    variance = 1 / (1 / prior + 1 / data)
    lower = (low + high) / 2 * variance / data - 1.96 * np.sqrt(variance)
    assert lower == pytest.approx(0, abs=1e-12)


def test_an_interval_that_holds_no_effect_has_no_scepticism_limit():
    with pytest.raises(ValueError, match="no claim to remove"):
        scepticism_limit(-0.1, 1.0)
