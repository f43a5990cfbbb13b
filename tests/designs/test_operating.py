"""Certified worst case, calibration, gain from borrowing, estimation, Fisher's test."""

import numpy as np
import pytest
from scipy import stats

from bayesips.designs import estimation
from bayesips.designs.binomial import expectation, pair_expectation
from bayesips.designs.borrowing_gain import equal_error_power, sweet_spot
from bayesips.designs.calibration import calibrate
from bayesips.designs.fisher import FisherDesign
from bayesips.designs.rule import Criterion, Rule
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.designs.worst_case import worst_case
from bayesips.distributions import BetaMixture
from bayesips.distributions.effects.scales import scale_named

UNIFORM = BetaMixture(1, 1, 1)
ROBUST = BetaMixture([0.5, 0.3, 0.2], [17, 3.4, 1], [53, 9.1, 1])
SUPERIOR = Rule([Criterion(0, 0.975)])
GRID = np.linspace(0, 1, 401)


def inside(margin, scale):
    """Pairs of rates on a grid with effect <= margin, by the definition of the effect."""
    treated, control = np.meshgrid(GRID, GRID, indexing="ij")
    if scale == "difference":
        return treated - control <= margin + 1e-12
    if scale == "ratio":
        return treated <= margin * control + 1e-12
    return treated * (1 - control) <= margin * control * (1 - treated) + 1e-12


def two_sided():
    rule = Rule([Criterion(0, 0.9), Criterion(0.4, 0.3, "lower")])
    return TwoArmDesign(14, 11, UNIFORM, ROBUST, rule).decisions()


DECISIONS = {
    "borrowing": TwoArmDesign(16, 9, UNIFORM, ROBUST, SUPERIOR).decisions(),
    "no borrowing": TwoArmDesign(12, 12, UNIFORM, UNIFORM, SUPERIOR).decisions(),
    "two-sided": two_sided(),
    "any set of outcomes": np.random.default_rng(5).random((9, 7)) < 0.3,
    "no controls": TwoArmDesign(9, 0, UNIFORM, ROBUST, SUPERIOR).decisions(),
}


@pytest.mark.parametrize("name", DECISIONS)
@pytest.mark.parametrize(
    ("margin", "scale"),
    [
        (0.0, "difference"),
        (0.15, "difference"),
        (-0.2, "difference"),
        (0.8, "ratio"),
        (1.4, "ratio"),
        (1.8, "odds_ratio"),
    ],
)
def test_no_point_of_the_null_exceeds_the_certified_bound(name, margin, scale):
    success = DECISIONS[name]
    found = worst_case(success, margin, scale)
    power = pair_expectation(success, GRID[:, None], GRID)
    assert power[inside(margin, scale)].max() <= found.bound
    assert found.bound - found.attained <= 1e-6
    there = pair_expectation(success, found.rate_treated, found.rate_control)
    assert there == pytest.approx(found.attained, abs=1e-12)
    edge = float(scale_named(scale).threshold(found.rate_control, margin))
    assert found.rate_treated <= min(edge, 1) + 1e-12


def test_worst_case_of_a_small_design_is_the_maximum_of_its_polynomial():
    # one patient per arm, success only at 1 against 0: p (1 - p) on the edge, largest at one half
    success = np.array([[0, 0], [1, 0]], dtype=bool)
    found = worst_case(success)
    assert found.attained == pytest.approx(0.25, abs=1e-6)
    assert found.rate_control == pytest.approx(0.5, abs=1e-2)
    assert found.bound >= 0.25


def test_worst_case_of_one_arm_is_at_the_edge_of_its_null():
    design = SingleArmDesign(30, UNIFORM, Rule([Criterion(0.3, 0.95)]))
    found = worst_case(design.decisions(), 0.3)
    assert found.bound == pytest.approx(float(design.power(0.3)), abs=2e-12)
    assert found.rate_control is None
    interval = np.isin(np.arange(11), [3, 4, 5])
    inner = worst_case(interval, 0.6)
    assert inner.bound >= expectation(interval.astype(float), np.linspace(0, 0.6, 5001)).max()
    assert inner.rate_treated < 0.6


def test_a_null_without_points_or_without_a_rate_is_refused():
    with pytest.raises(ValueError, match="margin"):
        worst_case(DECISIONS["borrowing"], -1.0)
    with pytest.raises(ValueError, match="null rate"):
        worst_case(np.array([False, True]))


@pytest.mark.parametrize("prior", [UNIFORM, ROBUST], ids=["no borrowing", "borrowing"])
def test_a_calibrated_threshold_keeps_the_error_and_the_next_lower_does_not(prior):
    design = TwoArmDesign(20, 15, UNIFORM, prior, SUPERIOR)
    found = calibrate(design, 0.025)
    assert found.worst.bound <= 0.025
    above = np.unique(design.tables[0].above)
    lower = above[above < found.probability - 1e-9][-1]
    looser = design.with_rule(Rule([Criterion(0, lower)]))
    assert worst_case(looser.decisions()).bound > 0.025


def test_a_threshold_calibrated_at_history_keeps_the_error_there_only():
    design = TwoArmDesign(20, 15, UNIFORM, ROBUST, SUPERIOR)
    found = calibrate(design, 0.025, history=0.25)
    assert found.type1 <= 0.025
    assert found.type1 == pytest.approx(float(found.design.power(0.25, 0.25)), abs=1e-13)
    assert found.worst.attained > 0.025


def test_calibration_moves_the_first_criterion_only():
    rule = Rule([Criterion(0, 0.5), Criterion(0.2, 0.5)])
    found = calibrate(TwoArmDesign(20, 15, UNIFORM, ROBUST, rule), 0.05)
    assert found.design.rule.criteria[1] == rule.criteria[1]
    one = calibrate(SingleArmDesign(25, UNIFORM, Rule([Criterion(0.3, 0.5)])), 0.05, margin=0.3)
    assert one.type1 <= 0.05
    # the best one-sided binomial test of that level rejects from the same count
    counts = np.arange(26)
    first = counts[stats.binom.sf(counts - 1, 25, 0.3) <= 0.05][0]
    assert np.flatnonzero(one.design.decisions())[0] == first


def test_at_equal_worst_error_borrowing_gains_near_history_what_it_loses_elsewhere():
    designs = {
        "no borrowing": TwoArmDesign(20, 10, UNIFORM, UNIFORM, SUPERIOR),
        "robust": TwoArmDesign(20, 10, UNIFORM, ROBUST, SUPERIOR),
    }
    table = equal_error_power(designs, 0.025, 0.3, [0.1, 0.25, 0.6, 0.8], history=0.25)
    assert np.all(table.worst.sel(calibrated_to="worst case") <= 0.025)
    assert np.all(table.type1.sel(calibrated_to="history", rate_control=0.25) <= 0.025)
    assert np.isnan(table.power.sel(rate_control=0.8)).all()
    gain = table.power.sel(design="robust") - table.power.sel(design="no borrowing")
    assert gain.sel(calibrated_to="history", rate_control=0.25) > 0.1
    assert gain.sel(calibrated_to="worst case", rate_control=0.1) < 0


def test_the_sweet_spot_is_where_power_is_higher_and_the_error_kept():
    with_history = TwoArmDesign(20, 10, UNIFORM, ROBUST, SUPERIOR)
    without = TwoArmDesign(20, 10, UNIFORM, UNIFORM, SUPERIOR)
    ((low, high),) = sweet_spot(with_history, without, 0.3, 0.025)
    assert with_history.power(high, high) == pytest.approx(0.025, abs=1e-8)
    assert with_history.power(low + 0.3, low) == pytest.approx(
        float(without.power(low + 0.3, low)), abs=1e-8
    )
    assert low < 0.25 < high


def test_estimates_of_the_effect_are_summed_over_all_outcomes():
    design = TwoArmDesign(5, 4, UNIFORM, BetaMixture(1, 2, 3), SUPERIOR)
    treated, control = np.arange(6)[:, None], np.arange(5)
    weight = stats.binom.pmf(treated, 5, 0.6) * stats.binom.pmf(control, 4, 0.3)
    estimate = (treated + 1) / 7 - (control + 2) / 9
    assert estimation.effect_bias(design, 0.6, 0.3) == pytest.approx(
        (weight * estimate).sum() - 0.3
    )
    error = (weight * (estimate - 0.3) ** 2).sum()
    assert estimation.effect_mean_squared_error(design, 0.6, 0.3) == pytest.approx(error)
    assert 0.9 < estimation.effect_coverage(design, 0.6, 0.3) <= 1


def test_a_single_beta_borrows_its_own_size_whatever_is_seen():
    design = TwoArmDesign(5, 8, UNIFORM, BetaMixture(1, 6, 14), SUPERIOR)
    assert estimation.realised_borrowing(design) == pytest.approx(np.full(9, 20), rel=1e-12)
    assert estimation.expected_borrowing(design, 0.4) == pytest.approx(20, rel=1e-12)


def test_a_robust_prior_borrows_less_where_it_conflicts():
    design = TwoArmDesign(5, 40, UNIFORM, ROBUST, SUPERIOR)
    borrowed = estimation.realised_borrowing(design)
    assert borrowed[10] > 35
    assert borrowed[30] < 10


@pytest.mark.parametrize("sizes", [(7, 5), (3, 9)])
def test_p_values_are_those_of_the_exact_test(sizes):
    p_values = FisherDesign(*sizes).p_values
    for treated in range(sizes[0] + 1):
        for control in range(sizes[1] + 1):
            table = [[treated, sizes[0] - treated], [control, sizes[1] - control]]
            exact = stats.fisher_exact(table, alternative="greater").pvalue
            assert p_values[treated, control] == pytest.approx(exact, rel=1e-10)


@pytest.mark.parametrize(
    ("n", "treated", "control", "power"),
    [(37, 0.6, 0.25, 0.8148), (23, 0.7, 0.25, 0.8285), (102, 0.7, 0.5, 0.8061)],
)
def test_eighty_per_cent_power_of_the_exact_test_is_first_reached(n, treated, control, power):
    found = [float(FisherDesign(size, size).power(treated, control)) for size in (n - 1, n)]
    assert found[0] < 0.8
    assert found[1] == pytest.approx(power, abs=5e-5)


def test_the_exact_test_keeps_its_level_over_the_whole_null():
    assert worst_case(FisherDesign(15, 12, 0.05).decisions()).bound <= 0.05
    with pytest.raises(ValueError, match="alpha"):
        FisherDesign(5, 5, 1.0)
