"""Elicited priors: closed quantiles, the formulas of the pools, and lines that can be pasted."""

import tomllib

import numpy as np
import pytest
from scipy import integrate, stats

import bayesips as bips
from bayesips import BetaMixture, elicit
from bayesips.declare.sections import read_prior
from bayesips.declare.table import Table
from bayesips.errors import Refused

# Quantile functions in closed form: Beta(1, b), Beta(a, 1) and the arcsine law.
CLOSED = {
    (1, 7.5): lambda p: 1 - (1 - p) ** (1 / 7.5),
    (1, 0.2): lambda p: 1 - (1 - p) ** (1 / 0.2),
    (4.2, 1): lambda p: p ** (1 / 4.2),
    (300, 1): lambda p: p ** (1 / 300),
    (1, 1): lambda p: p,
    (0.5, 0.5): lambda p: np.sin(np.pi * p / 2) ** 2,
}
BETAS = [BetaMixture(1, 3, 9), BetaMixture(1, 12, 8), BetaMixture(1, 2, 2)]
MIXED = [BetaMixture([0.3, 0.7], [2, 9], [5, 4]), BetaMixture(1, 3, 9)]


def shapes(found):
    """Both shapes of a single Beta."""
    return float(found.prior.a[0]), float(found.prior.b[0])


def pasted(found):
    """The prior that a model file has from the line."""
    faults = []
    prior = read_prior(Table(tomllib.loads(found.toml), "treated", faults))
    assert faults == []
    return prior


@pytest.mark.parametrize("ab", CLOSED, ids=str)
@pytest.mark.parametrize("levels", [(0.05, 0.95), (0.25, 0.5), (0.6, 0.99), (0.001, 0.2)], ids=str)
def test_two_quantiles_give_back_the_beta_that_has_them_in_closed_form(ab, levels):
    quantile = CLOSED[ab]
    found = elicit.from_quantiles({p: float(quantile(p)) for p in levels})
    assert shapes(found) == pytest.approx(ab, rel=1e-7)


@pytest.mark.parametrize("ab", [(2, 30), (80, 3), (900, 400), (0.3, 4), (40000, 60000)], ids=str)
def test_two_quantiles_give_back_any_beta(ab):
    law = stats.beta(*ab)
    found = elicit.from_quantiles({0.1: law.ppf(0.1), 0.8: law.ppf(0.8)})
    assert shapes(found) == pytest.approx(ab, rel=1e-6)
    assert all(own == pytest.approx(stated, abs=1e-12) for _, stated, own in found.asked)


def test_a_median_and_a_bound_on_either_side_are_two_quantiles():
    above = elicit.from_median(0.3, 0.5, probability=0.9).prior
    assert above.cdf([0.3, 0.5]) == pytest.approx([0.5, 0.9], abs=1e-12)
    below = elicit.from_median(0.3, 0.1).prior
    assert below.sf([0.3, 0.1]) == pytest.approx([0.5, 0.95], abs=1e-12)


def test_mean_and_sd_are_those_of_the_beta():
    found = elicit.from_mean_sd(0.25, np.sqrt(3 / 16 / 13))
    assert shapes(found) == pytest.approx((3, 9), rel=1e-12)


def test_chips_laid_as_a_beta_lies_give_it_back():
    edges = np.linspace(0, 1, 11)
    found = elicit.from_roulette(edges, 1e4 * np.diff(stats.beta(3, 9).cdf(edges)))
    assert shapes(found) == pytest.approx((3, 9), rel=1e-5)


def test_chips_on_three_bins_are_two_quantiles():
    by_chips = elicit.from_roulette([0, 0.2, 0.35, 1], [5, 10, 5])
    by_quantiles = elicit.from_quantiles({0.25: 0.2, 0.75: 0.35})
    assert shapes(by_chips) == pytest.approx(shapes(by_quantiles), rel=1e-5)


def test_a_roulette_says_where_one_beta_cannot_follow_the_chips():
    found = elicit.from_roulette(np.linspace(0, 1, 6), [8, 1, 0, 1, 8])
    assert "share below 0.2: 0.4444 stated" in str(found)
    assert max(abs(stated - own) for _, stated, own in found.asked) < 0.05
    twin_peaks = elicit.from_roulette(np.linspace(0, 1, 11), [0, 2, 9, 2, 0, 0, 2, 9, 2, 0])
    assert max(abs(stated - own) for _, stated, own in twin_peaks.asked) > 0.1


def test_the_linear_pool_is_the_weighted_mean_of_the_densities():
    pooled = elicit.linear_pool([*BETAS, MIXED[0]], [1, 2, 3, 4]).prior
    x = np.linspace(0.01, 0.99, 25)
    parts = [stats.beta(3, 9), stats.beta(12, 8), stats.beta(2, 2)]
    density = 0.1 * parts[0].pdf(x) + 0.2 * parts[1].pdf(x) + 0.3 * parts[2].pdf(x)
    density += 0.4 * (0.3 * stats.beta(2, 5).pdf(x) + 0.7 * stats.beta(9, 4).pdf(x))
    assert pooled.pdf(x) == pytest.approx(density, rel=1e-12)


def test_the_logarithmic_pool_of_betas_has_the_mean_shapes():
    found = elicit.logarithmic_pool(BETAS, [2, 1, 1])
    expected = (3 / 2 + 12 / 4 + 2 / 4, 9 / 2 + 8 / 4 + 2 / 4)
    assert shapes(found) == pytest.approx(expected, rel=1e-15)


def test_the_logarithmic_pool_is_the_normalised_product_of_powers():
    pooled = elicit.logarithmic_pool(MIXED, [3, 1]).prior

    def product(x):
        first = 0.3 * stats.beta(2, 5).pdf(x) + 0.7 * stats.beta(9, 4).pdf(x)
        return first**0.75 * stats.beta(3, 9).pdf(x) ** 0.25

    total = integrate.quad(product, 0, 1, epsabs=1e-13)[0]
    x = np.linspace(0.02, 0.98, 13)
    assert pooled.pdf(x) == pytest.approx(product(x) / total, rel=1e-8)


def test_pooling_and_updating_go_in_either_order_for_the_logarithmic_pool():
    first = elicit.logarithmic_pool(MIXED).prior.update(3, 8)
    second = elicit.logarithmic_pool([expert.update(3, 8) for expert in MIXED]).prior
    x = np.linspace(0.05, 0.95, 10)
    assert first.cdf(x) == pytest.approx(second.cdf(x), abs=1e-9)


def test_experts_may_be_elicited_priors_and_one_alone_stays_as_it_is():
    one = elicit.from_quantiles({0.05: 0.1, 0.95: 0.4})
    for pool in (elicit.linear_pool, elicit.logarithmic_pool):
        assert shapes(pool([one])) == pytest.approx(shapes(one), rel=1e-14)
    assert elicit.linear_pool([one, one.prior]).prior.mean() == pytest.approx(one.prior.mean())


def test_what_is_printed_says_patients_and_the_line_to_paste():
    found = elicit.from_mean_sd(0.25, np.sqrt(3 / 16 / 13))
    said = str(found)
    assert "expects 5.0 of 20 new patients" in said
    assert "is worth 12.0 patients" in said
    assert said.splitlines()[-1].strip() == "prior = [3, 9]"
    assert repr(found) == said
    assert found.patients(8)[0] == pytest.approx(2, rel=1e-12)


@pytest.mark.parametrize(
    "found",
    [
        elicit.from_quantiles({0.05: 0.1, 0.95: 0.4}),
        elicit.linear_pool(BETAS),
        elicit.logarithmic_pool(MIXED),
    ],
    ids=["one", "linear", "logarithmic"],
)
def test_the_line_is_read_by_a_model_file_as_the_prior(found):
    x = np.linspace(0.05, 0.95, 10)
    within = 1e-8 if hasattr(found.prior, "a") else 0.01
    assert pasted(found).cdf(x) == pytest.approx(found.prior.cdf(x), abs=within)


def test_an_elicited_prior_enters_a_design():
    prior = elicit.from_median(0.3, 0.5).prior
    rule = bips.Rule([bips.Criterion(0.3, 0.9)])
    assert bips.SingleArmDesign(20, prior, rule).decisions()[-1]


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: elicit.from_quantiles({0.5: 0.2}), "1 quantiles given; two are required"),
        (lambda: elicit.from_quantiles({0.05: 0.4, 0.95: 0.1}), "the rate must rise"),
        (lambda: elicit.from_quantiles({0.05: 0.0, 0.95: 0.1}), "both must lie between 0 and 1"),
        (lambda: elicit.from_quantiles({5: 0.1, 95: 0.4}), "both must lie between 0 and 1"),
        (lambda: elicit.from_median(0.3, 0.3), "two are required|the rate must rise"),
        (lambda: elicit.from_median(0.3, 0.4, 0.4), "above 0.5"),
        (lambda: elicit.from_mean_sd(0.3, 0.6), "has an sd below"),
        (lambda: elicit.from_mean_sd(1.3, 0.1), "mean is 1.3"),
        (lambda: elicit.from_roulette([0, 0.5, 1], [1, 2]), "2 bins hold counts; 3 or more"),
        (lambda: elicit.from_roulette([0, 0.5, 1], [1, 2, 3]), "one edge more is required"),
        (lambda: elicit.from_roulette([0, 0.6, 0.5, 1], [1, 2, 3]), "rising rates"),
        (lambda: elicit.from_roulette([0, 0.5, 0.6, 1], [1, -2, 3]), "numbers of 0 or more"),
        (lambda: elicit.linear_pool([]), "no experts given"),
        (lambda: elicit.linear_pool([0.3]), "expert 1 is 0.3; a single distribution"),
        (lambda: elicit.linear_pool(BETAS, [1, 2]), r"weights \[1.0, 2.0\] for 3 experts"),
        (
            lambda: elicit.logarithmic_pool(
                [BETAS[0], bips.control_prior([], bips.Benchmark(0.3))]
            ),
            "known exactly",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(call, said):
    with pytest.raises(Refused, match=said):
        call()
