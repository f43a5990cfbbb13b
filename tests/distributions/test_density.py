"""Densities on panels: the same answers as closed forms, under every verb."""

import numpy as np
import pytest

import bayesips as bips
from bayesips.distributions.link import CLOGLOG, LOGIT

MIXTURE = bips.BetaMixture([0.6, 0.4], [20.0, 2.0], [50.0, 3.0])
SINGULAR = bips.BetaMixture(1.0, 0.5, 0.5)
RATES = np.linspace(0.02, 0.98, 25)


@pytest.mark.parametrize("link", [LOGIT, CLOGLOG], ids=lambda link: link.name)
@pytest.mark.parametrize("beta", [MIXTURE, SINGULAR], ids=["mixture", "jeffreys"])
def test_a_converted_mixture_keeps_its_probabilities(beta, link):
    density = bips.as_density(beta, link)
    assert density.cdf(RATES) == pytest.approx(beta.cdf(RATES), abs=1e-12)
    assert density.sf(RATES) == pytest.approx(beta.sf(RATES), rel=1e-9)
    assert density.pdf(RATES) == pytest.approx(beta.pdf(RATES), rel=1e-9)
    q = np.array([0.001, 0.025, 0.5, 0.975])
    assert density.ppf(q) == pytest.approx(beta.ppf(q), abs=1e-11)
    assert density.mean() == pytest.approx(beta.mean(), abs=1e-13)
    assert density.std() == pytest.approx(beta.std(), abs=1e-13)


@pytest.mark.parametrize("link", [LOGIT, CLOGLOG], ids=lambda link: link.name)
def test_updating_a_density_is_updating_the_mixture(link):
    posterior = bips.as_density(MIXTURE, link).update(np.array([0, 5, 70]), np.array([7, 7, 200]))
    closed = MIXTURE.update(np.array([0, 5, 70]), np.array([7, 7, 200]))
    assert posterior.mean() == pytest.approx(closed.mean(), abs=1e-11)
    assert posterior.std() == pytest.approx(closed.std(), abs=1e-11)


def test_prediction_of_a_density_is_the_beta_binomial():
    density, closed = bips.as_density(MIXTURE), MIXTURE.predictive(12)
    counts = np.arange(13)
    assert density.predictive(12).pmf(counts) == pytest.approx(closed.pmf(counts), rel=1e-10)
    assert density.predictive(12).sf(9) == pytest.approx(closed.sf(9), rel=1e-10)


@pytest.mark.parametrize(("here", "there"), [(LOGIT, CLOGLOG), (CLOGLOG, LOGIT)])
@pytest.mark.parametrize("beta", [MIXTURE, SINGULAR], ids=["mixture", "jeffreys"])
def test_a_density_is_the_same_on_another_link(beta, here, there):
    moved = bips.as_density(bips.as_density(beta, here), there)
    assert moved.cdf(RATES) == pytest.approx(beta.cdf(RATES), abs=1e-11)
    assert moved.update(0, 20).mean() == pytest.approx(beta.update(0, 20).mean(), abs=1e-11)
    assert moved.update(20, 20).mean() == pytest.approx(beta.update(20, 20).mean(), abs=1e-11)


def test_a_landmark_prior_updated_in_its_tail_keeps_its_mass():
    arms = [bips.Arm("a", 8, 40, day=28), bips.Arm("b", 20, 81, day=100)]
    prior = bips.control_prior(arms, "map", endpoint=bips.Landmark())
    posterior = prior.update(0, 20)
    assert posterior.expect(np.ones_like, refine=1) == pytest.approx(1.0, abs=1e-11)
    # by the prior's own nodes: no panel of the posterior is involved
    rate, weight = prior.nodes()
    likelihood = weight * (1 - rate) ** 20
    assert posterior.mean() == pytest.approx(likelihood @ rate / likelihood.sum(), abs=1e-9)


def test_mixing_densities_is_mixing_mixtures():
    vague = bips.BetaMixture(1.0, 1.0, 1.0)
    mixed = bips.as_density(MIXTURE).mix(vague, 0.2)
    assert mixed.cdf(RATES) == pytest.approx(MIXTURE.mix(vague, 0.2).cdf(RATES), abs=1e-12)


def test_a_point_is_its_rate_and_stays_there():
    point = bips.Density.point(0.245)
    assert point.mean() == pytest.approx(0.245)
    assert point.std() == pytest.approx(0, abs=1e-12)
    assert point.update(5, 7).ppf(0.5) == pytest.approx(0.245)
    assert point.cdf(np.array([0.2449, 0.245])).tolist() == [0.0, 1.0]
    assert point.pdf(np.array([0.1, 0.9])).tolist() == [0.0, 0.0]


def test_an_atom_in_a_mixture_takes_its_share_of_the_quantiles():
    mixed = bips.Density.point(0.3).mix(bips.BetaMixture(1.0, 1.0, 1.0), 0.5)
    # cdf: .15 just below the atom, .65 at it
    assert mixed.ppf(np.array([0.14, 0.16, 0.64, 0.66])) == pytest.approx([0.28, 0.3, 0.3, 0.32])
    assert mixed.mean() == pytest.approx(0.4)


def test_a_shift_of_the_log_odds_moves_a_point_to_a_logit_normal():
    shifted = bips.Density.point(0.245).shift(0.4, 0.15)
    logit = np.log(0.245 / 0.755)
    expected = 1 / (1 + np.exp(-(logit + 0.4 + 0.15 * np.array([-1.959963985, 0, 1.959963985]))))
    assert shifted.ppf(np.array([0.025, 0.5, 0.975])) == pytest.approx(expected, abs=1e-9)


def test_a_shift_without_spread_only_moves():
    moved = bips.as_density(MIXTURE).shift(0.4, 0.0)
    odds = np.exp(0.4) * MIXTURE.ppf(0.5) / (1 - MIXTURE.ppf(0.5))
    assert moved.ppf(0.5) == pytest.approx(odds / (1 + odds), abs=1e-11)


def test_shifting_there_and_back_adds_variances():
    both = bips.as_density(MIXTURE).shift(0.3, 0.3).shift(-0.3, 0.4)
    once = bips.as_density(MIXTURE).shift(0.0, 0.5)
    assert both.ppf(np.array([0.025, 0.5, 0.975])) == pytest.approx(
        once.ppf(np.array([0.025, 0.5, 0.975])), abs=1e-9
    )


def test_kinks_are_integrated_when_they_are_named():
    density = bips.as_density(MIXTURE)
    kinked = density.expect(lambda rate: np.maximum(rate - 0.3, 0), breaks=(0.3,))
    # E(X - c)+ of a Beta: mean * sf(a + 1, b) - c * sf(a, b)
    parts = [
        w
        * (
            a / (a + b) * bips.BetaMixture(1.0, a + 1, b).sf(0.3)
            - 0.3 * bips.BetaMixture(1.0, a, b).sf(0.3)
        )
        for w, a, b in zip(MIXTURE.weights, MIXTURE.a, MIXTURE.b, strict=True)
    ]
    assert kinked == pytest.approx(sum(parts), abs=1e-12)


def test_data_beyond_the_rounding_of_a_prior_are_refused():
    arms = [bips.Arm("a", 50, 1000), bips.Arm("b", 52, 1000)]
    prior = bips.control_prior(arms, bips.Map(tau=("fixed", 0.01)))
    with pytest.raises(ArithmeticError, match="no posterior can be trusted"):
        prior.update(400, 400)


@pytest.mark.parametrize(("successes", "n"), [(8, 7), (-1, 7), (2.5, 7)])
def test_impossible_counts_are_refused(successes, n):
    with pytest.raises(ValueError, match="successes among"):
        bips.as_density(MIXTURE).update(successes, n)


def test_no_distribution_has_a_quantile_outside_0_and_1():
    for distribution in (MIXTURE, bips.as_density(MIXTURE), bips.Points([0.2, 0.4])):
        assert np.isnan(distribution.ppf([-0.1, 0.5, 1.1])).tolist() == [True, False, True]
        assert np.isnan(distribution.predictive(4).ppf([-0.1, 0.5, 1.1])).tolist() == [
            True,
            False,
            True,
        ]
