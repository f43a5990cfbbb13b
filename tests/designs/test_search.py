"""Sample size with the saw's teeth, and the trade-off between candidates."""

import numpy as np
import pytest
from scipy import stats

from bayesips.designs.analyses import OneArm
from bayesips.designs.fisher import FisherDesign
from bayesips.designs.looks import PredictiveBelow, sequential_design
from bayesips.designs.rule import Criterion, Rule
from bayesips.designs.search import Goals, sample_size, trade_off, two_arm_candidates
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.distributions import BetaMixture
from tests.reference_cases import load

UNIFORM = BetaMixture(1, 1, 1)
PUBLISHED = {case["id"]: case for case in load("published_designs")}


def one_arm(probability):
    rule = Rule([Criterion(0.3, probability)])
    return lambda n: SingleArmDesign(n, UNIFORM, rule)


def test_the_first_size_of_the_exact_test():
    goals = Goals(0.025, 0.8, (0.7, 0.25), null=(0.25, 0.25))
    found = sample_size(lambda n: FisherDesign(n, n), goals, 30)
    assert found.first == 23


def test_single_stage_designs_of_the_peer():
    class Binomial(SingleArmDesign):
        """Success where more than r succeed: the least r that keeps the error."""

        def decisions(self):
            counts = np.arange(self.n + 1)
            return stats.binom.sf(counts - 1, self.n, 0.4) <= 0.1

        def power(self, rate):
            return self.expectation(self.decisions().astype(float), rate)

    case = PUBLISHED["clinfun_vignette_ph2single"]
    rule = Rule([Criterion(0.4, 0.9)])
    goals = Goals(0.1, 0.9, (0.6,), null=(0.4,))
    found = sample_size(lambda n: Binomial(n, UNIFORM, rule), goals, 49)
    met = found.table.isel(candidate=np.flatnonzero(found.table.met))
    assert met.n.values.tolist() == [row[0] for row in case["expected"]]
    assert met.type1.values == pytest.approx([row[2] for row in case["expected"]], abs=1e-7)
    assert found.first == 41
    assert found.settled == 49


def test_from_the_settled_size_on_every_larger_one_does():
    found = sample_size(one_arm(0.95), Goals(0.05, 0.8, (0.5,), margin=0.3), 80)
    met = found.table.met.values
    n = found.table.n.values
    assert met[n == found.first].all()
    assert not met[n < found.first].any()
    assert found.settled is None or met[n >= found.settled].all()
    assert found.settled is None or not met[n == found.settled - 1].any()


def test_assurance_can_be_the_goal():
    goals = Goals(0.1, 0.6, (BetaMixture(1, 12, 8),), margin=0.3)
    found = sample_size(one_arm(0.95), goals, 60)
    chosen = SingleArmDesign(found.first, UNIFORM, Rule([Criterion(0.3, 0.95)]))
    assert chosen.assurance(BetaMixture(1, 12, 8)) >= 0.6


def test_sequential_designs_are_searched_alike():
    rule = Rule([Criterion(0.2, 0.95)])

    def make(n):
        looks = (max(n // 2, 1), n)
        return sequential_design(OneArm(UNIFORM), looks, rule, None, PredictiveBelow(0.1))

    found = sample_size(make, Goals(0.05, 0.8, (0.45,), margin=0.2), 50, n_min=6)
    design = make(found.first)
    assert design.power(0.2) <= 0.05
    assert design.power(0.45) >= 0.8


def met_by_counting(n):
    """Whether P(rate > .3) > .95 errs at most 5 % of the time at .3, with power .55 at .5."""
    counts = np.arange(n + 1)
    met = stats.beta.sf(0.3, counts + 1, n - counts + 1) > 0.95
    error, power = (stats.binom.pmf(counts, n, rate) @ met for rate in (0.3, 0.5))
    return error <= 0.05 and power >= 0.55


def test_a_search_without_a_design_names_the_nearest():
    first = next(n for n in range(11, 41) if met_by_counting(n))
    with pytest.raises(ValueError, match=rf"no n up to 10 .* nearest that has is n = {first}$"):
        sample_size(one_arm(0.95), Goals(0.05, 0.55, (0.5,), margin=0.3), 10)
    with pytest.raises(ValueError, match=r"nor has any up to 20; the nearest is n"):
        sample_size(one_arm(0.5), Goals(0.05, 0.9, (0.5,), margin=0.3), 5)


def test_no_candidate_on_the_front_is_beaten():
    rules = {str(p): Rule([Criterion(0, p)]) for p in (0.95, 0.975, 0.99)}
    designs = two_arm_candidates(range(24, 49, 6), [(1, 1), (2, 1)], UNIFORM, UNIFORM, rules)
    table = trade_off(designs, Goals(0.06, 0.8, (0.6, 0.2)))
    assert set(table.allocation.values) == {"1:1", "2:1"}
    kept = table.isel(candidate=np.flatnonzero(table.type1 <= 0.06))
    front = table.isel(candidate=np.flatnonzero(table.front))
    assert len(front.candidate) > 2
    for size, power in zip(front.patients.values, front.power.values, strict=True):
        assert not ((kept.patients <= size) & (kept.power > power)).any()
        assert not ((kept.patients < size) & (kept.power >= power)).any()


def test_goals_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="alpha"):
        Goals(0.0, 0.8, (0.5,))
