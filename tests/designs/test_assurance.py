"""Assurance in parts: against draws, the tower rule, and integrals."""

import numpy as np
import pytest
from scipy import integrate, stats

from bayesips.designs.assurance import conditional_assurance, selected_posterior, split_assurance
from bayesips.designs.rule import Criterion, Rule
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.distributions import BetaMixture

UNIFORM = BetaMixture(1, 1, 1)
TREATED, CONTROL = BetaMixture(1, 6, 3), BetaMixture([0.7, 0.3], [8, 2], [20, 3])
TWO = TwoArmDesign(16, 8, UNIFORM, CONTROL, Rule([Criterion(0, 0.95)]))
ONE = SingleArmDesign(20, UNIFORM, Rule([Criterion(0.35, 0.95)]))


def test_works_and_lucky_are_the_shares_among_simulated_trials():
    rng = np.random.default_rng(3)
    draws = 200_000
    treated, control = TREATED.rvs(draws, rng=rng), CONTROL.rvs(draws, rng=rng)
    met = TWO.decisions()[rng.binomial(16, treated), rng.binomial(8, control)]
    better = treated - control > 0.1
    found = split_assurance(TWO, TREATED, CONTROL, margin=0.1)
    for exact, event in (
        (found.works, met & better),
        (found.lucky, met & ~better),
        (found.missed, ~met & better),
        (found.success, met),
    ):
        assert exact == pytest.approx(event.mean(), abs=4 * event.std() / np.sqrt(draws))


def test_works_and_lucky_make_the_assurance():
    two = split_assurance(TWO, TREATED, CONTROL)
    assert two.success == pytest.approx(TWO.assurance(TREATED, CONTROL), abs=1e-12)
    one = split_assurance(ONE, TREATED, margin=0.35)
    assert one.works + one.lucky == pytest.approx(ONE.assurance(TREATED), abs=1e-12)
    assert one.works + one.missed == pytest.approx(float(TREATED.sf(0.35)), abs=1e-12)
    with pytest.raises(ValueError, match="margin"):
        split_assurance(ONE, TREATED)


def test_assurance_is_the_mean_of_what_it_will_be_at_the_interim():
    weight = TREATED.predictive(9).pmf(np.arange(10))
    later = [conditional_assurance(ONE, (y,), (9,), TREATED) for y in range(10)]
    assert weight @ later == pytest.approx(ONE.assurance(TREATED), abs=1e-12)
    weights = np.outer(
        TREATED.predictive(6).pmf(np.arange(7)), CONTROL.predictive(3).pmf(np.arange(4))
    )
    later = [
        [conditional_assurance(TWO, (y, z), (6, 3), TREATED, CONTROL) for z in range(4)]
        for y in range(7)
    ]
    assert (weights * later).sum() == pytest.approx(TWO.assurance(TREATED, CONTROL), abs=1e-12)


def test_a_result_selected_for_being_good_says_less():
    means = [float(selected_posterior(UNIFORM, 5, 7, least).mean()) for least in range(6)]
    assert means[0] == pytest.approx(6 / 9, abs=1e-9)
    assert means == sorted(means, reverse=True)

    def density(rate):
        return rate**5 * (1 - rate) ** 2 / stats.binom.sf(3, 7, rate)

    total = integrate.quad(density, 0, 1)[0]
    mean = integrate.quad(lambda rate: rate * density(rate), 0, 1)[0] / total
    assert means[4] == pytest.approx(mean, abs=1e-8)
    with pytest.raises(ValueError, match="least"):
        selected_posterior(UNIFORM, 5, 7, 6)


def test_assurance_falls_when_selection_is_admitted():
    plain = ONE.assurance(UNIFORM.update(5, 7))
    assert ONE.assurance(selected_posterior(UNIFORM, 5, 7, 4)) < plain
