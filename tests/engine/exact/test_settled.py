"""What leaves the exact engine has settled: groups that contradict each other, strata in time."""

import dataclasses

import numpy as np
import pytest
from scipy import special

import bayesips as bips
from bayesips.answer.assessment.landmark_reading import LandmarkReading
from bayesips.answer.assessment.shape_points import summary
from bayesips.endpoints import Binary
from bayesips.engine import exact
from bayesips.engine.settle import Reading, Watched, settle

APART = ((5, 200), (150, 200), (10, 40))
TAU_SCALE = 0.05


def by_plain_sums(counts, chosen):
    """Mean and sd of one group's rate under a MAP prior, by sums over mu, tau and the rates."""
    eta = np.linspace(-8.0, 8.0, 801)
    log_rate, log_miss = special.log_expit(eta), special.log_expit(-eta)
    likelihoods = np.array([r * log_rate + (n - r) * log_miss for r, n in counts])
    likelihoods = np.exp(likelihoods - likelihoods.max(axis=1, keepdims=True))
    mu = np.linspace(-6.0, 5.0, 221)
    total = first = second = 0.0
    for tau in np.linspace(0.02, 1.2, 237):
        normals = np.exp(-0.5 * ((eta - mu[:, None]) / tau) ** 2) / tau
        averaged = normals @ likelihoods.T  # (mu, groups)
        prior = np.exp(-0.5 * (mu / 2) ** 2 - 0.5 * (tau / TAU_SCALE) ** 2)
        others = prior * np.prod(np.delete(averaged, chosen, axis=1), axis=1)
        density = (others @ normals) * likelihoods[chosen]
        rate = special.expit(eta)
        total += density.sum()
        first += density @ rate
        second += density @ rate**2
    mean = first / total
    return mean, np.sqrt(second / total - mean**2)


@pytest.fixture(scope="module")
def contradicting():
    """Posteriors of three groups, one of which contradicts the others."""
    arms = [bips.Arm(name, r, n) for name, (r, n) in zip("abc", APART, strict=True)]
    method = bips.Map(tau=("half_normal", TAU_SCALE))
    return exact.arm_posteriors(method, arms, endpoint=Binary())


@pytest.mark.parametrize("place", range(3))
def test_a_group_that_contradicts_the_others_has_the_rate_of_plain_sums(contradicting, place):
    found = contradicting["abc"[place]]
    mean, sd = by_plain_sums(APART, place)
    assert float(found.mean()) == pytest.approx(mean, abs=1e-5)
    assert float(found.std()) == pytest.approx(sd, abs=1e-5)


def test_a_group_carries_the_error_to_which_it_settled(contradicting):
    assert all(0 < density.error <= exact.GROUPS_TOLERANCE for density in contradicting.values())


@pytest.mark.parametrize("share", [("beta", 1, 1), ("uniform", 0.2, 0.5)])
def test_strata_at_the_day_asked_about_are_the_control_whatever_the_prior_of_their_share(share):
    model = bips.load_model("hlc001-ventilation")
    model = dataclasses.replace(model, method=bips.Stratified(share=share))
    control, points = model.control(), LandmarkReading(model, model.arms).control()
    mean, low, high = summary(points.survival(model.endpoint, 56.0), points.weight, (0.025, 0.975))
    assert mean == pytest.approx(float(control.mean()), abs=1e-5)
    assert [low, high] == pytest.approx(control.ppf(np.array([0.025, 0.975])), abs=1e-3)


class Halving:
    """A reader whose grids are numbers: each effort halves the error; the region is ignored."""

    def region(self):
        """Anywhere."""
        return "anywhere"

    def hierarchy(self, region, effort):
        """An error."""
        return 2.0**-effort

    def widened(self, read, region):
        """Never wider."""


def test_a_quantity_that_still_moves_is_refused_with_its_change():
    quantity = Watched("a sum", lambda error: Reading(error, np.array([1 + error])))
    with pytest.raises(bips.NotSettled, match=r"a sum did not settle .* by 0\.25"):
        settle(Halving(), quantity, [1, 2], 0.1)
    found = settle(Halving(), quantity, [1, 2, 3, 4], 0.1)
    assert (found.value, found.error) == (0.0625, 0.0625)
