"""Effective sample sizes of draws against those of what they were drawn from."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.special import expit

from bayesips import Arm, Map, control_prior
from bayesips.answer.information import ess, ess_error, ess_reason
from bayesips.distributions import BetaMixture, Points
from tests.answer.test_information import normal_on_log_odds

CLEARLY = 1.15
REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "effective_sample_sizes.json").read_text()
)
# Every reference case whose shapes are clearly above 1: else draws do not show a tail's shape.
SMOOTH = {
    case["name"]: case
    for case in REFERENCE["cases"] + REFERENCE["published"]
    if min(case["a"] + case["b"]) > CLEARLY and case["elir"] is not None
}
BETAS = [(2, 8), (6, 14), (1.5, 10), (50, 90), (11, 4), (3, 3), (200, 20)]
VAGUE = BetaMixture([1.0], [1.0], [1.0])
AS = [(23, 107), (12, 44), (19, 51), (9, 39), (39, 139), (6, 20), (9, 78), (10, 35)]


def mixture(case):
    """The mixture of a reference case."""
    return BetaMixture(case["weights"], case["a"], case["b"])


def single(a, b):
    """One Beta."""
    return BetaMixture([1.0], [float(a)], [float(b)])


def draws(distribution, n=4000, seed=1):
    """Independent draws."""
    return Points(distribution.rvs(n, rng=seed))


def assert_within(found, error, exact, part):
    """Within four standard errors, and within that part of the exact figure."""
    assert np.all(error > 0)
    assert np.all(np.abs(found - exact) < 4 * error), (found, error, exact)
    assert_allclose(found, exact, rtol=part)


@pytest.mark.parametrize(("a", "b"), BETAS)
def test_draws_of_a_beta_are_worth_a_plus_b(a, b):
    points = draws(single(a, b))
    assert_within(ess(points), ess_error(points), a + b, 0.1)


@pytest.mark.parametrize("name", SMOOTH)
def test_draws_of_a_mixture_have_its_elir(name):
    points = draws(mixture(SMOOTH[name]))
    assert_within(ess(points), ess_error(points), SMOOTH[name]["elir"], 0.15)


@pytest.mark.parametrize("method", ["moment", "morita"])
@pytest.mark.parametrize(("a", "b"), [(6, 14), (50, 90), (11, 4)])
def test_draws_of_a_beta_have_its_moment_and_morita_figures(a, b, method):
    points = draws(single(a, b))
    assert_within(ess(points, method), ess_error(points, method), ess(single(a, b), method), 0.3)


@pytest.mark.parametrize("case", REFERENCE["normal_on_log_odds"][:3], ids=lambda c: c["elir"])
def test_draws_whose_log_odds_are_normal(case):
    normal = np.random.default_rng(3).normal(case["mean"][0], case["sd"][0], 4000)
    points = Points(expit(normal))
    assert_within(ess(points), ess_error(points), case["elir"], 0.1)


def test_draws_of_a_map_prior_have_the_information_of_the_exact_density():
    arms = [Arm(f"study {k}", r, n) for k, (r, n) in enumerate(AS)]
    exact = control_prior(arms, Map())
    points = Points(exact.rvs(4000, rng=5))
    assert_within(ess(points), ess_error(points), ess(exact), 0.1)
    assert abs(ess(points, "morita") - ess(exact, "morita")) < 4 * ess_error(points, "morita")


def test_the_error_falls_as_the_root_of_the_number_of_draws():
    few, many = (ess_error(draws(single(6, 14), n, 2)) for n in (1000, 16000))
    assert few / many == pytest.approx(4, rel=0.5)


def test_a_vague_part_that_is_known_leaves_a_figure():
    history = single(15, 5)
    robust = draws(history).mix(Points.of_mixture(VAGUE, 4000), 0.2)
    exact = history.mix(VAGUE, 0.2)
    assert_within(ess(robust), ess_error(robust), ess(exact), 0.1)
    found, error = ess(robust, "morita"), ess_error(robust, "morita")
    assert abs(found - ess(exact, "morita")) < 4 * error


def test_draws_learn_as_the_mixture_that_they_are_of_does():
    history = single(8, 24)
    robust = draws(history, 8000).mix(Points.of_mixture(VAGUE, 4000), 0.2).update([4, 9], 20)
    exact = history.mix(VAGUE, 0.2).update([4, 9], 20)
    assert_within(ess(robust), ess_error(robust), ess(exact), 0.1)


def test_a_vague_part_that_was_drawn_is_not_known_from_a_singular_one():
    points = draws(single(15, 5).mix(VAGUE, 0.2))
    assert np.isnan(ess(points))
    assert np.isnan(ess_error(points))
    assert "shapes above 1" in ess_reason(points)
    assert ess_reason(points, "moment") is None


@pytest.mark.slow
@pytest.mark.parametrize("shape", [0.9, 1.0])
def test_few_of_many_samples_with_a_vague_part_of_shape_1_or_below_get_a_number(shape):
    wholly = single(15, 5).mix(single(shape, shape), 0.2)
    found = [ess(draws(wholly, 1000, seed)) for seed in range(60)]
    assert np.mean(np.isnan(found)) > 0.85


@pytest.mark.parametrize("n", [1000, 4000, 20000])
@pytest.mark.parametrize(("a", "b"), [(0.7, 9), (0.9, 9), (1, 9), (0.5, 0.5), (1, 1)])
def test_a_shape_of_1_or_below_never_gives_a_number(a, b, n):
    points = draws(single(a, b), n, 4)
    assert np.isnan(ess(points))
    assert "infinite" in ess_reason(points)


def test_a_shape_barely_above_1_is_not_settled():
    barely = next(case for case in REFERENCE["cases"] if case["name"] == "low")
    assert "shapes above 1" in ess(draws(mixture(barely), seed=2)).reason


def test_a_shape_that_is_surely_below_1_is_said_to_be():
    points = draws(single(0.5, 9), 20000)
    assert "show a shape below 1" in ess_reason(points)


@pytest.mark.parametrize(("rates", "said"), [
    ([0.3] * 5000, "known exactly"),
    ([0.2, 0.3, 0.4] * 2000, "known exactly"),
    (np.r_[[0.245] * 500, np.random.default_rng(1).beta(6, 14, 4000)], "known exactly"),
    (np.r_[0.0, np.random.default_rng(1).beta(6, 14, 4000)], "exactly 0 or 1"),
    (np.r_[1.0, np.random.default_rng(1).beta(6, 14, 4000)], "exactly 0 or 1"),
    (np.random.default_rng(1).beta(6, 14, 300), "fewer than 400"),
])  # fmt: skip
@pytest.mark.parametrize("method", ["elir", "morita"])
def test_draws_that_are_of_no_density_are_refused_in_words(rates, said, method):
    points = Points(rates)
    assert np.isnan(ess(points, method))
    assert np.isnan(ess_error(points, method))
    assert said in ess_reason(points, method)


def test_few_draws_have_a_moment_figure_with_its_error():
    # Delta method by hand: var of m (1 - m) / s2 - 1 from the draws' own moments.
    x = np.random.default_rng(2).beta(6, 14, 300)
    m, s2 = x.mean(), x.var()
    influence = (1 - 2 * m) / s2 * (x - m) - m * (1 - m) / s2**2 * ((x - m) ** 2 - s2)
    error = ess_error(Points(x), "moment")
    assert_allclose(error, influence.std(ddof=1) / np.sqrt(300), rtol=1e-9)


def test_heavy_weights_leave_too_few_draws():
    points = Points(np.random.default_rng(1).beta(6, 14, 4000)).update(160, 200)
    assert "fewer than 400" in ess_reason(points)


def test_a_component_on_a_chance_cluster_of_draws_gives_no_number():
    # Beta(2, 8) is worth 10; 2 % of these draws are taken for a spike, worth 258 +- 268.
    assert "detail of their density" in ess(draws(single(2, 8), 1000, 1)).reason


def test_weights_are_counted():
    # Draws of Beta(4, 10), weighed to Beta(6, 14); the spread over seeds is what the error is of.
    weighed = [draws(single(4, 10), 2000, seed).update(2, 6) for seed in range(25)]
    found, errors = np.array([(ess(each), ess_error(each)) for each in weighed]).T
    assert abs(found.mean() - 20) < 4 * found.std() / 5
    assert found.std() / errors.mean() == pytest.approx(1, abs=0.45)  # 25 seeds: sd of 0.15


def test_draws_of_zero_weight_do_not_matter():
    rates = np.random.default_rng(1).beta(6, 14, 4000)
    more = Points(np.r_[0.0, rates, 1.0], np.r_[0.0, np.ones(4000), 0.0])
    assert ess(more) == pytest.approx(ess(Points(rates)), rel=1e-9)


def test_draws_that_repeat_each_other_count_once():
    x = np.random.default_rng(1).beta(6, 14, 2000)
    assert ess_error(Points(np.repeat(x, 2))) == pytest.approx(ess_error(Points(x)), rel=1e-3)


def test_a_chain_that_moves_slowly_has_a_larger_error():
    normal = np.random.default_rng(6).normal(size=(4, 3000))
    slow = np.empty_like(normal)
    slow[:, 0] = normal[:, 0]
    for k in range(1, 3000):  # autocorrelation 0.8: a variance of means 9 times as large
        slow[:, k] = 0.8 * slow[:, k - 1] + 0.6 * normal[:, k]
    fast, dependent = (Points.of_chains(expit(0.35 * x - 1.1)) for x in (normal, slow))
    assert 1.3 < ess_error(dependent) / ess_error(fast) < 4
    assert_within(ess(dependent), ess_error(dependent), 45.28832622407875, 0.15)
    assert ess_error(fast) == pytest.approx(ess_error(Points(fast.rates)), rel=0.3)


@pytest.mark.parametrize("method", ["elir", "moment", "morita"])
def test_a_batch_of_draws_is_its_members_one_by_one(method):
    batch = draws(single(5, 12), 6000).update([1, 3], 6)
    alone = [ess(batch[k], method) for k in range(2)]
    assert_allclose(ess(batch, method), alone, rtol=1e-12)
    assert ess_error(batch, method).shape == (2,)


def test_a_batch_has_numbers_beside_a_member_without():
    x = np.random.default_rng(1).beta(6, 14, 4000)
    batch = Points(x, np.stack([np.ones(4000), x == x[0]]))
    assert np.array_equal(np.isnan(ess(batch)), [False, True])
    assert "known exactly" in ess_reason(batch)


def test_mirrored_draws_are_worth_the_same():
    x = np.random.default_rng(1).beta(6, 14, 4000)
    assert_allclose(ess(Points(1 - x)), ess(Points(x)), rtol=1e-6)


def test_exact_distributions_have_no_error_of_draws():
    assert ess_error(single(6, 14)) == 0
    assert ess_error(normal_on_log_odds([1.0], [0.0], [0.5]), "morita") == 0
    assert np.isnan(ess_error(single(0.5, 3)))
    with pytest.raises(ValueError, match="elir, moment, morita"):
        ess_error(single(6, 14), "elirr")


def test_a_mixture_that_stands_for_all_points_is_answered_by_itself():
    points = Points.of_mixture(single(6, 14), 100)
    assert ess(points) == 20
    assert ess_error(points) == 0
    assert ess_error(points, "moment") == 0


@pytest.mark.slow
@pytest.mark.parametrize("n", [1000, 4000])
@pytest.mark.parametrize("distribution", [
    single(2, 8), single(50, 90), mixture(SMOOTH["rbest_ess_sam"]), mixture(SMOOTH["as2"]),
], ids=["skewed", "narrow", "sam", "as"])  # fmt: skip
def test_the_stated_error_covers(distribution, n):
    # Two stated errors cover about 95 % of a Normal; 100 seeds leave 2.2 % of noise.
    exact, points = ess(distribution), [draws(distribution, n, seed) for seed in range(100)]
    found = np.array([(ess(each), ess_error(each)) for each in points])
    found = found[np.isfinite(found[:, 0])]
    apart = np.abs(found[:, 0] - exact) / found[:, 1]
    assert len(found) >= 60
    assert np.mean(apart < 2) > 0.85
    assert np.mean(apart < 4) >= 0.98  # few draws may hide that there are two components
    assert abs(found[:, 0].mean() / exact - 1) < 0.05
