"""The trial's own controls by NUTS and in PyMC."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

import bayesips as bips
from bayesips.answer.assessment.chains import Drawn
from bayesips.borrowing.biases import named
from tests.trial_texts import SMALL, SPONDYLITIS, VAGUE


def test_error_of_weighted_draws_is_that_of_independent_ones():
    rng = np.random.default_rng(3)
    rates, weight = rng.random((4, 2000)), rng.random((4, 2000))
    found = Drawn(rates, weight).error(lambda rate: rate)
    share = weight.ravel() / weight.sum()
    mean = share @ rates.ravel()
    assert found == pytest.approx(np.sqrt(np.sum(share**2 * (rates.ravel() - mean) ** 2)), rel=0.1)
    assert Drawn(rates, weight).points().mean() == pytest.approx(mean, rel=1e-12)


@pytest.mark.parametrize("weight", [0.0, VAGUE])
def test_both_engines_agree(load, weight):
    control = f'method = "map"\nrobust = {{ weight = {weight} }}'
    model = load(SPONDYLITIS, (14, 23), (1, 6), control=control)
    drawn, exact = bips.assess(model, engine="nuts", seed=7), bips.assess(model)
    for group in ("decision", "without_robust") if weight else ("decision",):
        found, error = (drawn[group][name].values for name in ("probability", "error"))
        assert np.all(np.abs(found - exact[group]["probability"].values) < 5 * error)
    gap = abs(float(drawn["control"]["mean"]) - float(exact["control"]["mean"]))
    assert gap < 5 * float(drawn["control"]["mean_error"])
    assert float(drawn["concurrent"]["vague_weight"]) == pytest.approx(
        float(exact["concurrent"]["vague_weight"]), abs=0.01
    )


def test_the_pymc_model_observes_them(load):
    biased = replace(load(SMALL, (19, 40), (4, 20)), bias=named({"era": (0.3, 0.1)}))
    model = bips.pymc_model(biased)
    point = model.initial_point()
    other = bips.pymc_model(replace(biased, concurrent=bips.Arm("Placebo", 5, 20)))
    names = [each.name for each in model.observed_RVs]
    assert "concurrent_successes" in names
    rates = _rates(model, point)
    expected = _log_mixture(rates, 5) - _log_mixture(rates, 4)
    found = other.compile_logp()(point) - model.compile_logp()(point)
    assert float(found) == pytest.approx(expected, rel=1e-9)


def _rates(model, point):
    """The rate after bias and the vague rate at a point of a model."""
    outputs = [model["control_biased"], model["vague_rate"]]
    compiled = model.compile_fn(
        model.replace_rvs_by_values(outputs), inputs=model.value_vars, on_unused_input="ignore"
    )
    return [float(value) for value in compiled(point)]


def _log_mixture(rates, successes):
    """Log likelihood of a count under both rates."""
    logs = [stats.binom.logpmf(successes, 20, rate) for rate in rates]
    return float(special.logsumexp(logs, b=[1 - VAGUE, VAGUE]))
