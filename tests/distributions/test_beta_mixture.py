"""Beta mixtures against another library's numbers, 40-digit arithmetic and closed forms."""

import numpy as np
import pytest
from scipy import special

from bayesips.distributions import BetaMixture, robustify
from tests.reference_cases import identified, load, mixture, published

EXTREMES = load("beta_extremes")
PLACEBO = BetaMixture([0.6, 0.3, 0.1], [19, 4, 1], [29, 5, 1])


@pytest.mark.parametrize("case", load("dmix"), ids=identified)
def test_densities_are_those_of_the_reference(case):
    given = mixture(case["inputs"]["mix"])
    x, expected = case["inputs"]["x"], case["outputs"]
    assert given.pdf(x) == pytest.approx(np.array(expected["density"], float), rel=1e-8)
    assert given.logpdf(x) == pytest.approx(np.array(expected["log_density"], float), abs=1e-8)


@pytest.mark.parametrize("case", load("pmix"), ids=identified)
def test_tails_are_those_of_the_reference(case):
    given, expected = mixture(case["inputs"]["mix"]), case["outputs"]
    for name, key in (("cdf", "cdf"), ("sf", "sf"), ("logcdf", "log_cdf"), ("logsf", "log_sf")):
        found = getattr(given, name)(case["inputs"]["q"])
        assert found == pytest.approx(np.array(expected[key], float), rel=1e-8)


@pytest.mark.parametrize("case", load("qmix"), ids=identified)
def test_quantiles_are_those_of_the_reference(case):
    found = mixture(case["inputs"]["mix"]).ppf(case["inputs"]["p"])
    assert found == pytest.approx(np.array(case["outputs"]["quantile_exact"]), rel=1e-9)


@pytest.mark.parametrize("case", load("mix_moments"), ids=identified)
def test_moments_are_those_of_the_reference(case):
    given = mixture(case["inputs"]["mix"])
    assert given.mean() == pytest.approx(case["outputs"]["mean"], rel=1e-12)
    assert given.std() == pytest.approx(case["outputs"]["sd"], rel=1e-10)


@pytest.mark.parametrize("case", load("mn2beta") + load("ms2beta"), ids=identified)
def test_a_beta_is_known_by_its_mean_and_n_or_sd(case):
    given = case["inputs"]
    made = (
        BetaMixture.from_mean_n(given["m"], given["n"])
        if "n" in given
        else BetaMixture.from_mean_sd(given["m"], given["s"])
    )
    assert made.a[0] == pytest.approx(case["outputs"]["a"], rel=1e-9)
    assert made.b[0] == pytest.approx(case["outputs"]["b"], rel=1e-9)


@pytest.mark.parametrize("case", load("postmix"), ids=identified)
def test_posteriors_are_those_of_the_reference(case):
    given, expected = case["inputs"], case["outputs"]
    posterior = mixture(given["prior"]).update(given["r"], given["n"])
    assert np.log(posterior.weights) == pytest.approx(np.array(expected["log_w"], float), abs=1e-8)
    assert posterior.a == pytest.approx(np.array(expected["post"]["a"], float), rel=1e-12)
    assert posterior.b == pytest.approx(np.array(expected["post"]["b"], float), rel=1e-12)
    assert posterior.mean() == pytest.approx(expected["mean"], rel=1e-9)
    assert posterior.std() == pytest.approx(expected["sd"], rel=1e-8)
    assert posterior.cdf(0.3) == pytest.approx(expected["cdf_at_0.3"], rel=1e-8)
    assert posterior.sf(0.3) == pytest.approx(expected["sf_at_0.3"], rel=1e-8)


@pytest.mark.parametrize("case", load("robustify"), ids=identified)
def test_robust_mixtures_are_those_of_the_reference(case):
    given, expected = case["inputs"], case["outputs"]["mix"]
    robust = robustify(mixture(given["mix"]), given["weight"], given["mean"], given["n"])
    assert robust.weights == pytest.approx(np.array(expected["w"]), rel=1e-9)
    assert robust.a == pytest.approx(np.array(expected["a"]), rel=1e-12)
    assert robust.b == pytest.approx(np.array(expected["b"]), rel=1e-12)


@pytest.mark.parametrize("row", EXTREMES["tails"], ids=str)
def test_log_tails_keep_their_digits_where_the_probability_underflows(row):
    given = BetaMixture(1, row["a"], row["b"])
    mirrored = BetaMixture(1, row["b"], row["a"])
    assert given.logcdf(row["x"]) == pytest.approx(row["logcdf"], rel=1e-10, abs=1e-9)
    assert given.logsf(row["x"]) == pytest.approx(row["logsf"], rel=1e-9)
    assert given.logpdf(row["x"]) == pytest.approx(row["logpdf"], rel=1e-10, abs=1e-9)
    if 1 - (1 - row["x"]) == row["x"]:
        assert mirrored.logsf(1 - row["x"]) == pytest.approx(row["logcdf"], rel=1e-10, abs=1e-9)


@pytest.mark.parametrize("row", EXTREMES["quantiles"], ids=str)
def test_quantiles_keep_their_digits_down_to_the_smallest_rates(row):
    given = BetaMixture(row["w"], row["a"], row["b"])
    assert given.ppf(row["q"]) == pytest.approx(row["x"], rel=1e-10, abs=0)


def test_the_edges_are_those_of_a_distribution():
    given = BetaMixture([0.5, 0.5], [0.5, 3], [0.5, 1])
    assert given.cdf([-1, 0, 1, 2]).tolist() == [0, 0, 1, 1]
    assert given.sf([-1, 0, 1, 2]).tolist() == [1, 1, 0, 0]
    assert given.pdf([-1, 2]).tolist() == [0, 0]
    assert given.pdf(0) == np.inf
    assert given.ppf([0, 1]).tolist() == [0, 1]
    assert np.isnan(given.ppf([-0.1, 1.1, np.nan])).all()
    assert np.isnan([given.cdf(np.nan), given.pdf(np.nan), given.sf(np.nan)]).all()


def test_a_mixture_of_placebo_arms_is_updated_as_published():
    expected = published("rbest_post_pbo")["recomputed"]
    posterior = PLACEBO.update(3, 20)
    assert posterior.weights == pytest.approx(np.array(expected["w"]), rel=1e-10)
    assert posterior.mean() == pytest.approx(expected["mean"], rel=1e-10)
    assert posterior.std() == pytest.approx(expected["sd"], rel=1e-10)
    assert posterior.ppf([0.025, 0.5, 0.975]) == pytest.approx(np.array(expected["q"]), rel=1e-9)
    assert posterior.cdf([0.2, 0.3, 0.4]) == pytest.approx(np.array(expected["cdf"]), rel=1e-9)


def test_the_posterior_of_a_published_trial():
    case = published("nct03377023_armA_final")
    given = case["inputs"]
    posterior = BetaMixture([1.0], *([shape] for shape in given["prior"]))
    found = float(posterior.update(given["x"], given["n"]).sf(given["p0"]))
    assert found == pytest.approx(case["recomputed"], abs=1e-12)
    assert found == pytest.approx(case["expected"], abs=case["tolerance"])


def test_a_robust_prior_of_5_survivors_among_7_is_updated_as_published():
    expected = published("rbest_rmap_5of7")["recomputed"]
    posterior = robustify(BetaMixture(1, 15, 5), 0.2).update(5, 7)
    assert posterior.weights == pytest.approx(np.array(expected["w"]), rel=1e-10)
    assert posterior.mean() == pytest.approx(expected["mean"], rel=1e-10)
    assert posterior.ppf([0.025, 0.5, 0.975]) == pytest.approx(np.array(expected["q"]), rel=1e-9)


def test_posterior_weights_and_probabilities_of_oncology_examples():
    case = published("phase1b_postweights")
    weights = np.array([0.6, 0.4, 0.5]) / 1.5
    posterior = BetaMixture(weights, [1, 3, 10], [2, 4, 10]).update(16, 23)
    assert posterior.weights == pytest.approx(np.array(case["recomputed"]), rel=1e-10)
    case = published("phase1b_postprob_vector")
    every = BetaMixture(1, 0.6, 0.4).update(np.arange(24), 23)
    assert every.sf(0.6) == pytest.approx(np.array(case["expected"]), rel=1e-9)
    case = published("phase1b_postprob_mix")
    posterior = BetaMixture([0.5, 0.5], [0.6, 1], [0.4, 1]).update(10, 23)
    assert posterior.sf(0.6) == pytest.approx(case["recomputed"], rel=1e-9)
    given = BetaMixture([0.6, 0.4], [0.2, 1], [0.4, 1])
    expected = published("phase1b_betamix")["recomputed"]
    assert given.cdf(0.3) == pytest.approx(expected["pbetaMix_0.3"], rel=1e-10)
    assert given.ppf(0.6) == pytest.approx(expected["qbetaMix_0.6"], rel=1e-10)
    assert given.predictive(29).pmf(2) == pytest.approx(expected["dbetabinomMix_2_29"], rel=1e-10)


SHAPES = [(0.01, 0.01), (0.01, 1e6), (1e6, 3), (1e6, 1e6), (0.5, 0.5), (0.05, 5), (1, 1), (60, 1e5)]


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_expectations_of_powers_are_the_closed_form(a, b):
    given = BetaMixture([0.7, 0.3], [a, 4], [b, 2])
    for power in (0, 1, 2, 5):
        closed = np.array(
            [special.poch(s, power) / special.poch(s + t, power) for s, t in [(a, b), (4, 2)]]
        )
        found = given.expect(lambda rate, power=power: rate**power)
        assert found == pytest.approx(given.weights @ closed, rel=1e-11)


def test_expectations_of_a_kinked_function_are_exact_when_told_of_the_kink():
    given, kink = BetaMixture([0.5, 0.5], [2, 30], [3, 5]), 0.37
    found = given.expect(lambda rate: np.maximum(rate - kink, 0), breaks=[kink])
    # rate x Beta(a, b) density = mean x Beta(a + 1, b) density
    above = 0.5 * 2 / 5 * special.betaincc(3, 3, kink) + 0.5 * 30 / 35 * special.betaincc(
        31, 5, kink
    )
    assert found == pytest.approx(above - kink * given.sf(kink), rel=1e-11)


def test_a_batch_is_its_members():
    batch = PLACEBO.update(np.arange(21), 20)
    assert batch.batch_shape == (21,)
    one = PLACEBO.update(7, 20)
    x = np.array([0.1, 0.4, 0.9])
    assert batch[:, None].cdf(x)[7] == pytest.approx(one.cdf(x), rel=1e-14)
    assert batch[:, None].ppf(x)[7] == pytest.approx(one.ppf(x), rel=1e-11)
    assert batch[..., None].batch_shape == (21, 1)
    assert batch.mean()[7] == pytest.approx(one.mean(), rel=1e-14)
    assert batch.expect(np.log)[7] == pytest.approx(one.expect(np.log), rel=1e-11)
    assert batch[:, None].update(np.arange(4), 3).batch_shape == (21, 4)
    assert batch.mix(PLACEBO, np.linspace(0, 1, 21))[20].mean() == pytest.approx(PLACEBO.mean())


def test_draws_follow_the_mixture():
    draws = PLACEBO.rvs(40_000, rng=3)
    standard_error = PLACEBO.std() / 200
    assert draws.mean() == pytest.approx(PLACEBO.mean(), abs=4 * standard_error)
    assert (draws <= 0.4).mean() == pytest.approx(PLACEBO.cdf(0.4), abs=0.01)
    assert PLACEBO.update([1, 2], 5).rvs((3, 4), rng=1).shape == (3, 4, 2)


@pytest.mark.parametrize(
    ("successes", "n", "message"),
    [
        (8, 7, "8 successes among 7 patients"),
        (-1, 7, "successes must be whole and at least 0, not -1"),
        (2.5, 7, "not 2.5"),
        (2, 7.5, "n must be whole and at least 0, not 7.5"),
        ([1, 9], 7, "9 successes among 7 patients"),
        (np.nan, 7, "not nan"),
    ],
)
def test_impossible_counts_are_refused_by_their_value(successes, n, message):
    with pytest.raises(ValueError, match=message):
        PLACEBO.update(successes, n)


def test_impossible_parameters_are_refused_by_their_value():
    with pytest.raises(ValueError, match="sum to 1"):
        BetaMixture([0.5, 0.4], [1, 1], [1, 1])
    with pytest.raises(ValueError, match="shape a of a Beta must be positive, not -1"):
        BetaMixture(1, -1, 1)
    with pytest.raises(ValueError, match="shape b"):
        BetaMixture(1, 1, np.inf)
    with pytest.raises(ValueError, match=r"between 0 and 1, not 1\.5"):
        PLACEBO.mix(PLACEBO, 1.5)
    with pytest.raises(ValueError, match="sd below"):
        BetaMixture.from_mean_sd(0.5, 0.6)
    assert BetaMixture([0.5, 0.5000001], [1, 2], [1, 1]).weights.sum() == pytest.approx(
        1, abs=1e-15
    )
