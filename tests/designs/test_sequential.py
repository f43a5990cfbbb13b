"""Looks: forward recursion against all paths, published boundaries, predictive probability."""

from itertools import product

import numpy as np
import pytest

from bayesips.designs.analyses import OneArm, TwoArms
from bayesips.designs.bop2 import bop2_design
from bayesips.designs.calibration import calibrate
from bayesips.designs.looks import MonitoredDesign, Posterior, sequential_design
from bayesips.designs.monitoring_rules import lee_liu
from bayesips.designs.predictive import predictive_probability
from bayesips.designs.rule import Criterion, Rule
from bayesips.designs.sequential import SequentialDesign
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.designs.worst_case import worst_case
from bayesips.distributions import BetaMixture
from bayesips.errors import Refused
from tests.reference_cases import load

PUBLISHED = {case["id"]: case for case in load("published_designs")}
UNIFORM = BetaMixture(1, 1, 1)
LOOKS = (10, 15, 20, 25, 30, 35, 40)


def beta(a, b):
    return BetaMixture(1, a, b)


def by_path(design, *rates):
    """P(success), P(failure) and expected size by walking every order of successes and failures."""
    arms = [list(product([0, 1], repeat=n)) for n in design.looks[-1]]
    success = failure = size = 0.0
    for paths in product(*arms):
        weight = np.prod(
            [
                rate ** sum(path) * (1 - rate) ** (len(path) - sum(path))
                for rate, path in zip(rates, paths, strict=True)
            ]
        )
        for look, patients in enumerate(design.looks):
            seen = tuple(sum(path[:n]) for path, n in zip(paths, patients, strict=True))
            if design.efficacy[look][seen] or design.futility[look][seen]:
                break
        success += weight * design.efficacy[look][seen]
        failure += weight * design.futility[look][seen]
        size += weight * sum(patients)
    return success, failure, size


def any_design(looks, seed):
    rng = np.random.default_rng(seed)
    shapes = [[n + 1 for n in np.atleast_1d(each)] for each in looks]
    return SequentialDesign(
        looks, [rng.random(s) < 0.25 for s in shapes], [rng.random(s) < 0.25 for s in shapes]
    )


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "looks", [(3, 5, 8, 10), ((2, 1), (4, 2), (4, 4), (6, 4)), ((0, 2), (3, 3))]
)
def test_forward_recursion_is_the_sum_over_all_paths(looks, seed):
    design = any_design(looks, seed)
    rates = (0.37, 0.62)[: len(design.looks[0])]
    success, failure, size = by_path(design, *rates)
    assert design.power(*rates) == pytest.approx(success, abs=1e-12)
    assert design.futility_probabilities(*rates).sum() == pytest.approx(failure, abs=1e-12)
    assert design.expected_n(*rates) == pytest.approx(size, abs=1e-12)
    assert success + failure == pytest.approx(1, abs=1e-12)


def test_a_design_with_one_look_is_the_fixed_design():
    rule, rates = Rule([Criterion(0, 0.9)]), (np.linspace(0, 1, 9), 0.3)
    design = sequential_design(TwoArms(UNIFORM, beta(4, 16)), [(12, 7)], rule)
    fixed = TwoArmDesign(12, 7, UNIFORM, beta(4, 16), rule)
    np.testing.assert_allclose(design.power(*rates), fixed.power(*rates), rtol=1e-12)
    assert design.assurance(UNIFORM, UNIFORM) == pytest.approx(fixed.assurance(UNIFORM, UNIFORM))
    assert not design.early_stop(*rates).any()


def test_assurance_is_the_power_averaged_over_the_design_prior():
    design = any_design((4, 9, 14), 1)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    rates = (nodes + 1) / 2
    expected = (weights / 2 * beta(2, 3).pdf(rates)) @ design.power(rates)
    assert design.assurance(beta(2, 3)) == pytest.approx(expected, abs=1e-12)


def test_the_success_table_carries_all_looks_to_the_end():
    design = any_design(((3, 2), (5, 5), (8, 6)), 2)
    found = worst_case(design.success_table)
    rates = np.linspace(0, 1, 201)
    power = design.power(rates[:, None], rates)
    assert power[rates[:, None] <= rates].max() <= found.bound
    assert design.power(found.rate_treated, found.rate_control) == pytest.approx(found.attained)


def test_more_futility_stopping_never_raises_the_error():
    rule = Rule([Criterion(0.2, 0.95)])
    designs = [lee_liu((10, 20, 30), UNIFORM, rule, futility) for futility in (0.0, 0.05, 0.2)]
    errors = [float(design.power(0.2)) for design in designs]
    assert errors == sorted(errors, reverse=True)


def test_boundaries_of_two_arms_are_given_for_each_control_count():
    go, stop = Rule([Criterion(0, 0.9)]), Rule([Criterion(0, 0.6, "lower")])
    looks = ((6, 3), (10, 6))
    design = sequential_design(TwoArms(UNIFORM, UNIFORM), looks, go, Posterior(go), Posterior(stop))
    rows = design.boundaries()
    assert len(rows) == 4 + 7
    for row in rows:
        look = looks.index(row["n"])
        claims = design.efficacy[look][:, row["control_successes"]]
        least = row["claim_at_least"]
        assert np.flatnonzero(claims).tolist() == list(
            range(len(claims) if least is None else least, len(claims))
        )
        assert row["monotone"]


def test_stopping_sets_that_are_not_an_interval_say_so():
    design = any_design((4, 8), 3)
    assert not all(row["monotone"] for row in design.boundaries())
    assert all(row["monotone"] for row in bop2_design(LOOKS, 0.2, 0.9, 1).boundaries())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: any_design((5, 5), 0), "grow"),
        (lambda: any_design(((5, 5), (7, 4)), 0), "grow"),
        (lambda: SequentialDesign((3,), [np.ones(3, bool)], [np.ones(4, bool)]), "shapes"),
        (lambda: SequentialDesign((), [], []), "looks are"),
        (lambda: predictive_probability(8, 7, 20, UNIFORM, Rule([Criterion(0, 0.5)])), "successes"),
        (
            lambda: predictive_probability(8, 27, 20, UNIFORM, Rule([Criterion(0, 0.5)])),
            "whole trial",
        ),
        (
            lambda: sequential_design(
                OneArm(UNIFORM), (5, 9, 12), Rule([Criterion(0.2, 0.9)]), [None]
            ),
            "interim looks",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_design_with_looks_is_calibrated_as_a_whole():
    stop = Posterior(Rule([Criterion(0.2, 0.995)]))
    design = MonitoredDesign(OneArm(UNIFORM), (10, 20, 30), Rule([Criterion(0.2, 0.5)]), stop)
    found = calibrate(design, 0.05, margin=0.2)
    assert found.design.power(0.2) <= 0.05
    values = np.unique(design.above[0])
    lower = values[values < found.probability - 1e-9][-1]
    assert design.with_rule(Rule([Criterion(0.2, lower)])).power(0.2) > 0.05


def test_stopping_sets_alone_cannot_be_calibrated_and_say_what_can():
    sets = sequential_design(OneArm(UNIFORM), (10, 20), Rule([Criterion(0.2, 0.9)]))
    with pytest.raises(Refused, match=r"SequentialDesign has no rule.*MonitoredDesign"):
        calibrate(sets, 0.05, margin=0.2)
