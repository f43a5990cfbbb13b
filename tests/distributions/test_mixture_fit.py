"""Fitted mixtures are at the maximum, near their target, and refused where there is none."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.optimize import minimize
from scipy.special import betaln, expit
from scipy.stats import beta as beta_distribution

from bayesips.distributions import BetaMixture, Points
from bayesips.distributions.convert import as_density
from bayesips.distributions.density import Density
from bayesips.distributions.link import CLOGLOG
from bayesips.distributions.mixture_fit import fit_beta_mixture

REFERENCE = json.loads((Path(__file__).parents[1] / "reference" / "mixture_fits.json").read_text())
CASES = {case["id"]: case for case in REFERENCE["cases"]}
SAMPLES = {name: np.array(draws) for name, draws in REFERENCE["samples"].items()}
AS = BetaMixture([0.632647, 0.367353], [17.345587, 3.405231], [52.635744, 9.115046])
VAGUE = BetaMixture([1.0], [1.0], [1.0])
ROUNDING = 1e-8  # of a log-likelihood of some thousands


def log_likelihood(mixture, draws):
    """By scipy's own beta densities."""
    each = [
        np.log(w) + beta_distribution.logpdf(draws, a, b)
        for w, a, b in zip(mixture.weights, mixture.a, mixture.b, strict=True)
    ]
    return np.logaddexp.reduce(each, axis=0).sum()


@pytest.mark.parametrize("identity", CASES)
def test_the_likelihood_is_not_below_the_polished_maximum_of_the_peer(identity):
    case = CASES[identity]
    draws = SAMPLES[case["sample"]]
    fit = fit_beta_mixture(draws, case["components"])
    assert_allclose(log_likelihood(fit.mixture, draws), fit.log_likelihood, rtol=1e-10)
    assert fit.log_likelihood >= case["mle_polished"] - ROUNDING


@pytest.mark.parametrize("identity", [k for k in CASES if CASES[k]["shapes_at_least_1"]])
def test_nor_is_it_with_all_shapes_at_least_1(identity):
    case = CASES[identity]
    fit = fit_beta_mixture(SAMPLES[case["sample"]], case["components"], least_shape=1.0)
    assert min(fit.mixture.a.min(), fit.mixture.b.min()) >= 1
    assert fit.log_likelihood >= case["mle_polished"] - ROUNDING


def test_one_beta_is_where_a_general_optimiser_ends():
    draws = SAMPLES["beta09_30_n1000"]
    statistics = np.log(draws).mean(), np.log1p(-draws).mean()

    def loss(log_shapes):
        a, b = np.exp(log_shapes)
        return betaln(a, b) - (a - 1) * statistics[0] - (b - 1) * statistics[1]

    best = minimize(loss, [0.0, 3.0], method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-14})
    mixture = fit_beta_mixture(draws, 1).mixture
    assert_allclose([mixture.a[0], mixture.b[0]], np.exp(best.x), rtol=1e-5)


def test_more_components_are_never_less_likely():
    draws = SAMPLES["tri_n1000"]
    values = [fit_beta_mixture(draws, k).log_likelihood for k in (1, 2, 3, 4)]
    assert values == sorted(values)


def test_three_components_are_chosen_where_the_peer_stops_early_and_takes_two():
    fit = fit_beta_mixture(SAMPLES["as_map_hn1_n4000"])
    assert fit.components == 3
    assert min(fit.aic, key=fit.aic.get) == 3
    assert fit.aic[3] == pytest.approx(6 * 8 - 2 * fit.log_likelihood)
    assert np.isnan(fit.kl)
    assert fit.cdf_error < 0.01


def test_the_penalty_of_the_aic_is_the_callers():
    light = fit_beta_mixture(SAMPLES["as2rob20_quantiles_n1000"], penalty=2.0)
    heavy = fit_beta_mixture(SAMPLES["as2rob20_quantiles_n1000"], penalty=6.0)
    assert (light.components, heavy.components) == (3, 2)


def test_equal_inputs_give_equal_outputs():
    draws = SAMPLES["as2_n1000"]
    first, second = (fit_beta_mixture(order, 3).mixture for order in (draws, draws[::-1]))
    assert np.array_equal(first.a, second.a)
    assert np.array_equal(first.weights, second.weights)


def test_draws_of_no_weight_do_not_count():
    draws = SAMPLES["as2_n1000"]
    weights = np.arange(len(draws)) < 700
    weighted = fit_beta_mixture(Points(draws, weights), 2)
    assert_allclose(weighted.mixture.a, fit_beta_mixture(draws[:700], 2).mixture.a, rtol=1e-6)
    assert weighted.log_likelihood == pytest.approx(
        log_likelihood(weighted.mixture, draws[:700]), rel=1e-9
    )


@pytest.mark.parametrize("target", [
    AS, AS.mix(VAGUE, 0.2), BetaMixture([1.0], [0.5], [0.5]), BetaMixture([1.0], [1.1], [11.0]),
], ids=["two", "robust", "jeffreys", "near 1"])  # fmt: skip
def test_a_mixture_is_its_own_best_fit(target):
    fit = fit_beta_mixture(target)
    assert fit.components == target.a.shape[-1]
    assert fit.kl < 1e-12
    assert fit.cdf_error < 1e-6
    assert_allclose(np.sort(fit.mixture.a), np.sort(target.a), rtol=1e-3)


@pytest.mark.parametrize("target", [
    as_density(AS).shift(0.4, 0.15), as_density(AS, CLOGLOG), as_density(AS.mix(VAGUE, 0.2)),
    as_density(AS).shift(0.4, 0.5).update(5, 7),
], ids=["shifted", "cloglog", "robust", "posterior"])  # fmt: skip
def test_a_density_is_met_within_the_stated_divergence(target):
    fit = fit_beta_mixture(target)
    assert fit.kl < 1e-4
    assert fit.components <= 3
    rates = np.linspace(0.01, 0.99, 197)
    assert np.max(np.abs(fit.mixture.cdf(rates) - target.cdf(rates))) <= fit.cdf_error + 1e-6
    assert_allclose(fit.mixture.mean(), target.mean(), atol=2e-4)


def test_the_divergence_is_that_of_its_definition():
    target = as_density(AS).shift(-1.0, 1.0)
    fit = fit_beta_mixture(target, 2)
    log_odds = np.linspace(-16, 12, 20001)
    rate = expit(log_odds)
    log_ratio = target.logpdf(rate) - fit.mixture.logpdf(rate)
    direct = np.trapezoid(target.pdf(rate) * log_ratio * rate * (1 - rate), log_odds)
    assert_allclose(fit.kl, direct, rtol=1e-6)


def test_the_fewest_components_are_taken():
    target = as_density(AS).shift(0.4, 0.15)
    fit = fit_beta_mixture(target)
    assert fit_beta_mixture(target, fit.components - 1).kl >= 1e-4


@pytest.mark.parametrize("ties", [2, 20])
def test_no_component_collapses_onto_repeated_draws(ties):
    draws = np.concatenate([SAMPLES["as2_n1000"], np.full(ties, 0.345678)])
    mixture = fit_beta_mixture(draws, 4).mixture
    mean = mixture.a / (mixture.a + mixture.b)
    sd = np.sqrt(mean * (1 - mean) / (mixture.a + mixture.b + 1))
    assert sd.min() >= 0.02 * draws.std() * (1 - 1e-6)


@pytest.mark.parametrize(("given", "said"), [
    ([0.2, np.nan] * 50, "50 of 100 draws are NaN"),
    ([0.2, 0.0] * 50, "strictly between 0 and 1; 50 of 100"),
    ([0.2, 1.2] * 50, "between 0 and 1"),
    ([0.2, 0.3, 0.4], "at least 110 draws"),
    ([0.2] * 500, "not all equal"),
    (np.full((10, 10), 0.5), "list of numbers"),
])  # fmt: skip
def test_draws_that_cannot_be_fitted_are_refused(given, said):
    with pytest.raises(ValueError, match=said):
        fit_beta_mixture(given)


def test_a_rate_known_exactly_has_no_mixture():
    with pytest.raises(ValueError, match=r"on the rate 0\.245"):
        fit_beta_mixture(Density.point(0.245))


def test_a_batch_is_refused():
    with pytest.raises(ValueError, match="batch of shape"):
        fit_beta_mixture(AS.update([1, 2], 7))


def test_no_components_are_refused():
    with pytest.raises(ValueError, match="at least 1"):
        fit_beta_mixture(AS, 0)
