"""Draws under the verbs of a distribution."""

import numpy as np
import pytest
from scipy import special

from bayesips.distributions import BetaMixture, Points

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


def test_draws_and_curves_are_not_mixed_quietly():
    with pytest.raises(TypeError, match="fit a mixture"):
        THREE.mix(BetaMixture(1, 1, 1), 0.5)


def test_what_is_not_draws_of_a_rate_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        Points([0.5, 1.2])
    with pytest.raises(ValueError, match="at least 0"):
        Points([0.5, 0.2], [1, -1])
    with pytest.raises(ValueError, match="no draw"):
        Points([0.0]).update(1, 2)
