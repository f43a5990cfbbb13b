"""Effects of one rate over another against a second library, exact sums and published trials."""

import numpy as np
import pytest
from scipy import special

from bayesips.distributions import BetaMixture, Points
from bayesips.distributions.effects import (
    effect_cdf,
    effect_mean,
    effect_ppf,
    effect_std,
    number_needed_to_treat,
    prob_greater,
    prob_greater_error,
)
from tests.reference_cases import identified, load, mixture, published

TREATED = BetaMixture([0.7, 0.3], [8, 2.5], [5, 3.5])
CONTROL = BetaMixture([0.6, 0.3, 0.1], [19, 4, 3], [29, 5, 2.5])


@pytest.mark.parametrize("case", load("pmixdiff"), ids=identified)
def test_differences_are_those_of_the_reference(case):
    x, y = mixture(case["inputs"]["mix1"]), mixture(case["inputs"]["mix2"])
    margins = case["inputs"]["q"]
    below, above = np.array(case["outputs"]["cdf"]), np.array(case["outputs"]["sf"])
    assert effect_cdf(x, y, margins) == pytest.approx(below, abs=1e-10)
    assert prob_greater(x, y, margins) == pytest.approx(above, abs=1e-10)
    assert np.all(prob_greater_error(x, y, margins) < 1e-11)


@pytest.mark.parametrize("case", load("pmixdiff_link"), ids=identified)
def test_ratios_and_odds_ratios_are_those_of_the_reference(case):
    given = case["inputs"]
    scale = {"log": "ratio", "logit": "odds_ratio"}[given["link"]]
    found = effect_cdf(mixture(given["mix1"]), mixture(given["mix2"]), np.exp(given["q"]), scale)
    assert found == pytest.approx(np.array(case["outputs"]["cdf"]), abs=1e-10)


@pytest.mark.parametrize("row", load("beta_extremes")["prob_greater"], ids=str)
def test_tiny_probabilities_keep_their_digits(row):
    x, y = BetaMixture(1, *row["x"]), BetaMixture(1, *row["y"])
    digits = 1e-8 if row["p"] > 1e-40 else 1e-3
    assert prob_greater(x, y) == pytest.approx(row["p"], rel=digits, abs=0)
    assert effect_cdf(y, x, 0.0) == pytest.approx(row["p"], rel=digits, abs=0)


def test_secukinumab_against_placebo_and_its_history():
    expected = published("secukinumab_baeten2013")["expected"]
    active, placebo = BetaMixture(1, 0.5, 1).update(14, 23), BetaMixture(1, 11, 32).update(1, 6)
    assert prob_greater(active, placebo) == pytest.approx(expected["p_sup"], abs=1e-8)
    quantiles = effect_ppf(active, placebo, [0.025, 0.5, 0.975])
    assert quantiles == pytest.approx([0.1156, 0.3496, 0.5630], abs=1e-4)


def test_published_probabilities_of_a_difference_between_mixtures():
    prior = BetaMixture([0.5, 0.5], [0.6, 1], [0.4, 1])
    expected = published("phase1b_postprobDist_mix")["recomputed"]
    assert prob_greater(prior.update(10, 23), prior, 0.1) == pytest.approx(expected, abs=1e-7)
    control = BetaMixture([0.3, 0.7], [0.6, 1], [0.4, 1])
    case = published("phase1b_postprobDist_wmix")
    found = prob_greater(prior.update(case["inputs"]["x"], 23), control, 0.1)
    assert found == pytest.approx(np.array(case["expected"]), abs=case["tolerance"])


def test_uniform_rates_differ_by_a_triangle():
    uniform = BetaMixture(1, 1, 1)
    margins = np.array([-1.5, -0.4, 0, 0.25, 0.8, 1, 2])
    triangle = [1, 1 - 0.6**2 / 2, 0.5, 0.75**2 / 2, 0.2**2 / 2, 0, 0]
    assert prob_greater(uniform, uniform, margins) == pytest.approx(triangle, abs=1e-14)
    ratios = np.array([0, 0.25, 1, 4])
    assert prob_greater(uniform, uniform, ratios, "ratio") == pytest.approx([1, 0.875, 0.5, 0.125])


@pytest.mark.parametrize("scale", ["difference", "ratio", "odds_ratio"])
def test_a_known_control_rate_is_a_threshold(scale):
    margin = {"difference": 0.1, "ratio": 1.5, "odds_ratio": 2.0}[scale]
    threshold = {"difference": 0.4, "ratio": 0.45, "odds_ratio": 0.6 / 0.7 / (1 + 0.6 / 0.7)}[scale]
    found = prob_greater(TREATED, Points([0.3]), margin, scale)
    assert found == pytest.approx(TREATED.sf(threshold), rel=1e-12)
    # and a known treated rate one for the control
    found = prob_greater(Points([threshold]), CONTROL, margin, scale)
    assert found == pytest.approx(CONTROL.cdf(0.3), rel=1e-10)


def test_draws_of_both_rates_are_counted_in_pairs():
    x, y = Points([0.2, 0.5]), Points([0.1, 0.5, 0.4])
    assert prob_greater(x, y) == pytest.approx(3 / 6)
    assert prob_greater(x, y, 0.15) == pytest.approx(1 / 6)


def test_no_effect_is_the_default_on_every_scale():
    plain = prob_greater(TREATED, CONTROL)
    assert prob_greater(TREATED, CONTROL, 0.0) == plain
    for scale in ("ratio", "odds_ratio"):
        assert prob_greater(TREATED, CONTROL, 1.0, scale) == pytest.approx(plain, rel=1e-12)


def test_a_table_of_outcomes_is_its_cells():
    treated = TREATED.update(np.arange(8), 7)[:, None]
    control = CONTROL.update(np.arange(6), 5)[None, :]
    table = prob_greater(treated, control, 0.1)
    assert table.shape == (8, 6)
    one = prob_greater(TREATED.update(5, 7), CONTROL.update(2, 5), 0.1)
    assert table[5, 2] == pytest.approx(one, rel=1e-11)
    margins = np.array([0.0, 0.1, 0.2, 0.1, 0.0, -0.1])
    assert prob_greater(treated, control, margins)[5, 3] == pytest.approx(table[5, 3], rel=1e-11)


@pytest.mark.parametrize("scale", ["difference", "ratio", "odds_ratio"])
def test_quantiles_of_the_effect_invert_its_cdf(scale):
    levels = np.array([1e-6, 0.025, 0.5, 0.9])
    quantiles = effect_ppf(TREATED, CONTROL, levels, scale)
    assert effect_cdf(TREATED, CONTROL, quantiles, scale) == pytest.approx(levels, rel=1e-9)


@pytest.mark.parametrize("scale", ["difference", "ratio", "odds_ratio"])
def test_mean_and_sd_of_the_effect_are_those_of_its_draws(scale):
    x, y = TREATED.rvs(400_000, rng=1), CONTROL.rvs(400_000, rng=2)
    draws = {"difference": x - y, "ratio": x / y, "odds_ratio": x / (1 - x) * (1 - y) / y}[scale]
    assert effect_mean(TREATED, CONTROL, scale) == pytest.approx(draws.mean(), rel=0.02)
    assert effect_std(TREATED, CONTROL, scale) == pytest.approx(draws.std(), rel=0.25)


def test_a_ratio_to_a_control_that_may_be_zero_has_no_mean():
    assert effect_mean(TREATED, BetaMixture(1, 1, 1), "ratio") == np.inf
    assert effect_std(TREATED, BetaMixture(1, 2, 1), "ratio") == np.inf
    assert effect_mean(TREATED, BetaMixture(1, 2, 1), "ratio") == pytest.approx(2 * TREATED.mean())


def test_the_number_needed_to_treat_is_infinite_for_the_share_without_benefit():
    needed = number_needed_to_treat(TREATED, CONTROL, [0.1, 0.5, 0.99])
    assert needed.no_benefit == pytest.approx(1 - prob_greater(TREATED, CONTROL), abs=1e-13)
    assert prob_greater(TREATED, CONTROL, 1 / needed.quantiles[0]) == pytest.approx(0.1, rel=1e-9)
    assert needed.quantiles[2] == np.inf


def test_impossible_scales_and_margins_are_refused():
    with pytest.raises(ValueError, match="difference, ratio, odds_ratio"):
        prob_greater(TREATED, CONTROL, scale="log")
    with pytest.raises(ValueError, match=r"margin -0\.5 is not possible for a ratio"):
        prob_greater(TREATED, CONTROL, -0.5, "ratio")
    with pytest.raises(ValueError, match="margin nan"):
        prob_greater(TREATED, CONTROL, np.nan)
    with pytest.raises(ValueError, match="inside"):
        effect_ppf(TREATED, CONTROL, [0, 0.5])


@pytest.mark.parametrize(
    ("a", "b", "c", "d"),
    [(12, 274, 356, 36), (5, 400, 700, 3), (1, 300, 300, 1), (3, 80, 200, 9), (20, 150, 150, 20)],
)
def test_a_probability_far_below_the_smallest_that_matters_keeps_its_digits(a, b, c, d):
    # P(X > Y) of two Betas, a whole, is a finite sum: 1e-51 to 1e-299 here
    k = np.arange(a)
    terms = special.betaln(c + k, b + d) - np.log(b + k) - special.betaln(1 + k, b)
    exact = np.exp(special.logsumexp(terms - special.betaln(c, d)))
    x, y = BetaMixture(1, a, b), BetaMixture(1, c, d)
    assert prob_greater(x, y) == pytest.approx(exact, rel=1e-9, abs=0)
    assert effect_cdf(y, x, 0.0) == pytest.approx(exact, rel=1e-9, abs=0)
