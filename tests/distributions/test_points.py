"""Draws under the verbs of a distribution."""

import numpy as np
import pytest
from scipy import special

from bayesips.distributions import BetaMixture, Points
from bayesips.distributions.convert import as_density
from bayesips.distributions.effects import prob_greater
from bayesips.distributions.link import CLOGLOG, LOGIT

THREE = Points([0.5, 0.1, 0.3], [1, 2, 1])


def test_draws_are_a_distribution_by_their_weights():
    assert THREE.cdf([0, 0.1, 0.2, 0.3, 0.5]).tolist() == [0, 0.5, 0.5, 0.75, 1]
    assert THREE.sf([0, 0.1, 0.2, 0.3, 0.5]).tolist() == [1, 0.5, 0.5, 0.25, 0]
    assert THREE.ppf([0, 0.5, 0.51, 0.75, 1]).tolist() == [0.1, 0.1, 0.3, 0.3, 0.5]
    assert THREE.mean() == pytest.approx(0.25)
    assert THREE.std() == pytest.approx(np.sqrt(0.5 * 0.15**2 + 0.25 * 0.05**2 + 0.25 * 0.25**2))
    assert THREE.expect(np.square) == pytest.approx(0.5 * 0.01 + 0.25 * 0.09 + 0.25 * 0.25)
    assert set(THREE.rvs(100, rng=1)) == {0.1, 0.3, 0.5}


def test_updating_is_reweighting_by_the_likelihood():
    posterior = THREE.update(2, 3)
    likelihood = np.array([0.1**2 * 0.9 * 2, 0.3**2 * 0.7, 0.5**2 * 0.5])
    assert posterior.weights == pytest.approx(likelihood / likelihood.sum())
    batch = THREE.update(np.arange(4), 3)
    assert batch.batch_shape == (4,)
    assert batch[2].weights == pytest.approx(posterior.weights)
    assert batch.cdf(0.3)[2] == pytest.approx(posterior.cdf(0.3))
    assert batch.ppf(0.5)[2] == posterior.ppf(0.5)


def test_weights_do_not_underflow_with_many_patients():
    posterior = Points([0.2, 0.4]).update(3000, 10_000)
    logs = 3000 * np.log([0.2, 0.4]) + 7000 * np.log([0.8, 0.6])
    assert np.log(posterior.weights[0]) == pytest.approx(
        logs[0] - special.logsumexp(logs), rel=1e-9
    )


def test_predictive_counts_are_averaged_binomials():
    counts = THREE.predictive(2).pmf([0, 1, 2])
    assert counts[2] == pytest.approx(0.5 * 0.01 + 0.25 * 0.09 + 0.25 * 0.25)
    assert counts.sum() == pytest.approx(1)


def test_many_draws_are_close_to_what_they_are_drawn_from():
    prior = BetaMixture([0.5, 0.5], [3, 8], [5, 2])
    draws = Points(prior.rvs(50_000, rng=2))
    posterior, exact = draws.update(4, 6), prior.update(4, 6)
    assert posterior.mean() == pytest.approx(exact.mean(), abs=0.005)
    assert posterior.ppf([0.1, 0.9]) == pytest.approx(exact.ppf([0.1, 0.9]), abs=0.01)


def test_mixing_and_shifting_draws():
    mixed = THREE.mix(Points([0.2]), 0.4)
    assert mixed.mean() == pytest.approx(0.6 * 0.25 + 0.4 * 0.2)
    assert THREE.shift(0.5, 0).rates == pytest.approx(
        special.expit(special.logit(THREE.rates) + 0.5)
    )
    spread = Points([0.5]).shift(0.3, 0.7)
    assert spread.expect(special.logit) == pytest.approx(0.3)
    assert spread.expect(lambda rate: special.logit(rate) ** 2) == pytest.approx(0.3**2 + 0.7**2)


@pytest.mark.parametrize("link", [None, LOGIT, CLOGLOG], ids=["mixture", "logit", "cloglog"])
@pytest.mark.parametrize("draws_first", [True, False])
def test_draws_and_curves_mix_by_their_shares(link, draws_first):
    beta = BetaMixture([0.3, 0.7], [2, 8], [5, 3])
    curve = beta if link is None else as_density(beta, link)
    mixed = THREE.mix(curve, 0.4) if draws_first else curve.mix(THREE, 0.6)
    rates, outcomes = np.linspace(0.01, 0.99, 43), np.arange(8)
    assert mixed.cdf(rates) == pytest.approx(0.6 * THREE.cdf(rates) + 0.4 * beta.cdf(rates))
    assert mixed.mean() == pytest.approx(0.6 * THREE.mean() + 0.4 * beta.mean())
    shares = [0.6 * THREE.predictive(7).pmf(3), 0.4 * beta.predictive(7).pmf(3)]
    means = [THREE.update(3, 7).mean(), beta.update(3, 7).mean()]
    assert mixed.update(3, 7).mean() == pytest.approx(np.dot(shares, means) / sum(shares))
    pmf = 0.6 * THREE.predictive(7).pmf(outcomes) + 0.4 * beta.predictive(7).pmf(outcomes)
    assert mixed.predictive(7).pmf(outcomes) == pytest.approx(pmf)


def test_quantiles_of_thousands_of_draws_beside_a_curve_are_where_the_cdf_crosses():
    draws, curve = Points(np.random.default_rng(3).beta(2, 5, 3000)), BetaMixture(1, 4, 2)
    mixed, q = draws.mix(curve, 0.3), np.linspace(0.005, 0.995, 199)
    rates = mixed.ppf(q)
    assert np.all(0.7 * draws.cdf(rates) + 0.3 * curve.cdf(rates) >= q - 1e-12)
    just_below = np.maximum(rates - 1e-9, 0)
    assert np.all(0.7 * draws.cdf(just_below) + 0.3 * curve.cdf(just_below) <= q + 1e-12)


def test_an_effect_against_draws_beside_a_curve_is_the_shares_of_both():
    curve, other = BetaMixture(1, 4, 2), BetaMixture(1, 3, 3)
    mixed = Points([0.2, 0.45, 0.7], [1, 1, 8]).mix(curve, 0.9)
    # the draws by hand: P(draw > other + .1)
    by_draw = np.dot([0.1, 0.1, 0.8], other.cdf(np.array([0.1, 0.35, 0.6])))
    expected = 0.1 * by_draw + 0.9 * prob_greater(curve, other, 0.1)
    assert prob_greater(mixed, other, 0.1) == pytest.approx(expected, abs=1e-11)


def test_a_batch_of_shares_mixes_draws_with_a_curve():
    mixed = THREE.mix(BetaMixture(1, 1, 1), np.array([0.0, 0.5]))
    assert mixed.mean() == pytest.approx([0.25, 0.375])
    assert mixed.ppf(0.75) == pytest.approx([0.3, 0.5])


def test_what_is_not_draws_of_a_rate_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        Points([0.5, 1.2])
    with pytest.raises(ValueError, match="at least 0"):
        Points([0.5, 0.2], [1, -1])
    with pytest.raises(ValueError, match="no draw"):
        Points([0.0]).update(1, 2)


def test_draws_of_chains_are_grouped_by_stretches_of_each_chain():
    rates = np.linspace(0.1, 0.9, 200).reshape(2, 100)
    points = Points.of_chains(rates)
    assert np.array_equal(points.rates, rates.ravel())
    assert np.array_equal(points.groups, np.repeat(np.arange(40), 5))


def test_groups_follow_their_draws_through_updates_shifts_and_mixtures():
    points = Points([0.5, 0.2, 0.8], groups=[0, 1, 1])
    assert points.update(1, 2).groups.tolist() == [1, 0, 1]
    assert points.shift(0.3, 0.1).groups.tolist().count(0) == 15  # every draw, spread over nodes
    assert sorted(points.mix(Points([0.3, 0.3]), 0.5).groups.tolist()) == [0, 1, 1, 2, 2]


def test_a_known_part_learns_as_the_mixture_does_and_keeps_its_share():
    vague, prior = BetaMixture([1.0], [1.0], [1.0]), BetaMixture([1.0], [8.0], [24.0])
    robust = Points(prior.ppf((np.arange(8000) + 0.5) / 8000)).mix(
        Points.of_mixture(vague, 8000), 0.2
    )
    assert robust.known_share() == pytest.approx(0.2)
    learned, exact = robust.update([2, 9], 12), prior.mix(vague, 0.2).update([2, 9], 12)
    assert np.array_equal(learned.known.a.ravel(), [3, 10])
    assert learned.known_share() == pytest.approx(exact.weights[:, 1], rel=1e-3)
    assert learned[1].known.b.tolist() == [4]


def test_two_known_parts_are_known_together():
    parts = BetaMixture([1.0], [1.0], [1.0]), BetaMixture([1.0], [4.0], [2.0])
    first, second = (Points.of_mixture(part, 50) for part in parts)
    joined = first.mix(second, 0.25)
    assert joined.known.weights.tolist() == [0.75, 0.25]
    assert joined.known_share() == pytest.approx(1)
    assert joined.shift(0.5, 0.2).known is None  # a shifted Beta is none
    assert joined.shift(0.5, 0.2).known_share() == 0


@pytest.mark.parametrize("groups", [[0, 1], [0, 1, -2], [0, 0.5, 1]])
def test_groups_that_are_no_whole_numbers_for_each_draw_are_refused(groups):
    with pytest.raises(ValueError, match="whole numbers from -1, one for each of 3"):
        Points([0.1, 0.2, 0.3], groups=groups)


def test_draws_of_chains_are_a_table():
    with pytest.raises(ValueError, match="table"):
        Points.of_chains([0.1, 0.2])
