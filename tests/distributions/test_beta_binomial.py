"""Predictive counts against another library's numbers and closed forms."""

import numpy as np
import pytest
from scipy import special

from bayesips.distributions import BetaMixture
from tests.reference_cases import identified, load, mixture, published


@pytest.mark.parametrize("case", load("preddist"), ids=identified)
def test_predictive_counts_are_those_of_the_reference(case):
    given, expected = case["inputs"], case["outputs"]
    counts = mixture(given["mix"]).predictive(given["n"])
    r = np.array(given["r"])
    assert counts.pmf(r) == pytest.approx(np.array(expected["pmf"], float), rel=1e-8)
    assert counts.logpmf(r) == pytest.approx(np.array(expected["log_pmf"], float), abs=1e-8)
    assert counts.cdf(r) == pytest.approx(np.array(expected["cdf"], float), rel=1e-8)
    # The reference subtracts its cdf from 1: its tail has absolute accuracy only.
    assert counts.sf(r) == pytest.approx(np.array(expected["sf"], float), abs=1e-11)
    assert counts.mean() == pytest.approx(expected["mean"], rel=1e-9)
    assert counts.std() == pytest.approx(expected["sd"], rel=1e-8)
    assert counts.ppf(expected["p"]).tolist() == expected["quantile"]


def test_published_predictive_counts():
    placebo = BetaMixture([0.6, 0.3, 0.1], [19, 4, 1], [29, 5, 1])
    expected = np.array(published("rbest_pred_pbo")["recomputed"])
    assert placebo.predictive(20).pmf(np.arange(21)) == pytest.approx(expected, rel=1e-11)
    expected = published("phase1b_dbetabinom")["recomputed"]
    assert BetaMixture(1, 0.2, 0.4).predictive(29).pmf(2) == pytest.approx(expected, rel=1e-11)


def test_the_chance_that_a_next_trial_of_20_succeeds_after_5_of_7():
    after = BetaMixture(1, 1, 1).update(5, 7)
    successes = np.arange(21)
    won = after.update(successes, 20)  # the next trial is read together with the first
    assert won.batch_shape == (21,)
    alone = BetaMixture(1, 1, 1).update(successes + 5, 27).sf(0.3) > 0.975
    chance = after.predictive(20).pmf(successes) @ alone
    assert chance == pytest.approx(published("pred_prob_5of7_next")["recomputed"], abs=1e-12)


def test_upper_tails_keep_their_digits():
    n, a, b = 200, 2.0, 300.0
    counts = BetaMixture(1, a, b).predictive(n)
    last = np.exp(special.betaln(a + n, b) - special.betaln(a, b))
    assert counts.sf(n - 1) == pytest.approx(last, rel=1e-9)
    assert counts.logsf(n - 1) == pytest.approx(np.log(last), rel=1e-12)
    assert counts.sf(n) == 0


def test_huge_prior_samples_predict_a_binomial():
    rate, n = 0.3, 12
    size = 1e10
    counts = BetaMixture.from_mean_n(rate, size).predictive(n)
    r = np.arange(n + 1)
    binomial = special.comb(n, r) * rate**r * (1 - rate) ** (n - r)
    assert counts.pmf(r) == pytest.approx(binomial, rel=1e-7)


def test_impossible_sizes_are_refused():
    with pytest.raises(ValueError, match=r"n must be whole and at least 0, not 2\.5"):
        BetaMixture(1, 1, 1).predictive(2.5)
