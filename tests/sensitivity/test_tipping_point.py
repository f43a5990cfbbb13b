"""Tipping points against closed forms and published ones."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special

import bayesips as bips
from bayesips.distributions.rule import Criterion
from bayesips.sensitivity import exact_tipping_rate, lost_to_follow_up, tipping_table
from bayesips.sensitivity.tipping_point import crossings


@pytest.fixture(scope="module")
def benchmark():
    """5 of 7 against a known 24.5 %, at .975."""
    return bips.load_model("hlc001-benchmark")


@pytest.fixture(scope="module")
def reference():
    """5 of 7 against history by MAP: the claim does not hold."""
    return bips.load_model("hlc001-binary")


def at(model, probability):
    """The model with another required probability."""
    return replace(model, decisions=(Criterion(0.0, probability),))


@pytest.mark.parametrize(("required", "expected"), [(0.975, 0.34914), (0.95, 0.40031)])
def test_control_rate_at_which_the_benchmark_claim_is_gone(benchmark, required, expected):
    model = at(benchmark, required)
    exactly = special.betaincinv(6, 3, 1 - required)
    for knob in ("control.rate", "control.known_rate"):
        found = bips.tipping_point(model, knob)
        assert found == pytest.approx(exactly, abs=1e-6)
        assert found == pytest.approx(expected, abs=5e-6)


def test_control_rate_at_which_the_exact_test_no_longer_rejects(benchmark):
    assert exact_tipping_rate(benchmark) == pytest.approx(0.29042, abs=5e-6)
    rate = exact_tipping_rate(benchmark)
    assert bips.binomial_tail(5, 7, rate) == pytest.approx(0.025, abs=1e-12)


def test_a_bias_tips_where_it_moves_the_known_rate_to_its_tipping_point(benchmark):
    expected = special.logit(special.betaincinv(6, 3, 0.025)) - special.logit(0.245)
    found = bips.tipping_point(benchmark, "bias.immortal time.mean")
    assert found == pytest.approx(expected, abs=1e-6)


def test_weight_of_the_vague_part_tips_where_the_mixture_does(benchmark):
    informative, vague = 1 - special.betainc(6, 3, 0.245), _flat_against_flat()
    expected = (informative - 0.975) / (informative - vague)
    assert bips.tipping_point(benchmark, "control.robust.weight") == pytest.approx(
        expected, abs=1e-6
    )


def _flat_against_flat():
    """P(Beta(6, 3) > Beta(1, 1)) is the mean of the first."""
    return 6 / 9


def test_margin_and_required_probability_tip_in_closed_form(benchmark):
    margin = special.betaincinv(6, 3, 0.025) - 0.245
    assert bips.tipping_point(benchmark, "decision.margin") == pytest.approx(margin, abs=1e-6)
    probability = 1 - special.betainc(6, 3, 0.245)
    assert bips.tipping_point(benchmark, "decision.probability") == pytest.approx(
        probability, abs=1e-9
    )


def test_size_of_a_treated_prior_centred_at_the_control_tips_at_the_reverse_bayes_size(benchmark):
    sceptical = replace(
        at(benchmark, 0.95),
        method=bips.Benchmark(0.2),
        treated_prior=bips.BetaMixture.from_mean_n(0.2, 2),
    )
    assert bips.tipping_point(sceptical, "treated.prior.n") == pytest.approx(17.1221, abs=5e-5)


def test_one_outcome_of_seven_reverses_the_benchmark_claim(benchmark):
    assert bips.tipping_point(benchmark, "treated.successes") == 4


def test_lost_patients_are_counted_every_way(benchmark):
    table = lost_to_follow_up(benchmark, most=4)
    for lost in range(5):
        for alive in range(lost + 1):
            expected = special.betaincc(6 + alive, 3 + lost - alive, 0.245)
            found = float(table.probability[lost, alive, 0])
            assert found == pytest.approx(expected, abs=1e-12)
            assert bool(table.supported[lost, alive]) == (expected > 0.975)
    assert not table.possible[1, 2]


def test_history_part_of_a_power_prior_tips_where_the_probability_crosses(benchmark):
    arms = (bips.Arm("old", 30, 100),)
    model = replace(at(benchmark, 0.95), method=bips.Power(0.5), history=arms, landmark_day=None)
    found = bips.tipping_point(model, "control.discount")
    treated = bips.BetaMixture([1.0], [6.0], [3.0])
    control = bips.BetaMixture([1.0], [1 + found * 30], [1 + found * 70])
    assert bips.prob_greater(treated, control, 0) == pytest.approx(0.95, abs=1e-8)


def test_spread_between_studies_tips_where_a_new_assessment_crosses(reference):
    treated = bips.BetaMixture([1.0], [6.0], [3.0])

    def probability(scale):
        """P(better) under one spread between studies, assessed by itself."""
        method = bips.Map(mu=("normal", 0, 2), tau=("half_normal", scale))
        control = bips.control_prior(bips.binary_reading(reference.history, 56), method)
        return float(bips.prob_greater(treated, control, 0))

    halfway = (probability(0.5) + probability(2.0)) / 2
    model = replace(at(reference, halfway), robust=None)
    found = bips.tipping_point(model, "control.tau.scale")
    assert 0.5 < found < 2
    assert probability(found) == pytest.approx(halfway, abs=1e-7)


def test_a_knob_that_does_not_flip_says_none(reference):
    assert bips.tipping_point(reference, "control.robust.weight") is None


def test_a_knob_without_a_range_asks_for_one(benchmark):
    with pytest.raises(ValueError, match="give bounds"):
        bips.tipping_point(benchmark, "treated.n")
    assert bips.tipping_point(benchmark, "control.rate", bounds=(0.3, 0.4)) == pytest.approx(
        0.34914, abs=5e-6
    )


def test_the_table_puts_the_most_fragile_assumption_first(benchmark):
    table = tipping_table(benchmark)
    share = table.share.values
    assert list(share) == sorted(share)
    assert float(table.change.sel(knob="treated.successes")) == -1
    assert float(table.tipping.sel(knob="treated.lost")) == 3
    np.testing.assert_array_equal(np.isnan(table.tipping), ~table.flips)
    stays = [str(text) for text in table.text[~table.flips.values].values]
    assert stays == ["size of the treated prior: does not flip"]


def test_a_rate_that_is_not_known_is_no_small_change_away(reference):
    """Against a known 33 % the claim would hold: that is another question, not 1.6 points more."""
    table = tipping_table(reference)
    known = table.sel(knob=["control.known_rate", "exact_test.rate"])
    assert np.isnan(known.present).all()
    assert np.isnan(known.change).all()
    assert float(known.tipping[0]) == pytest.approx(special.betaincinv(6, 3, 0.025), abs=1e-6)
    assert not str(known.text[0].item()).count("from")
    share = table.share.values
    assert list(share) == sorted(share)
    assert table.knob.values[0] not in known.knob.values


def test_tipping_weights_of_the_tipmap_vignette():
    """tipmap 0.5.2: the weight from which the one-sided evidence reaches a level; exact roots."""
    informative = ([0.7712779, 0.2287221], [1.4522408, 1.3626942], [0.2507787, 0.579025])
    grid = np.linspace(0, 1, 31)
    found = []
    for level in (0.2, 0.1, 0.05, 0.025):

        def curve(share, level=level):
            """P(effect <= 0) with this weight of the informative prior, less the level."""
            return _below(share, 0.0, informative, (0.0, 5.42), (1.02, 1.4)) - level

        found += crossings(curve, grid, np.array([curve(share) for share in grid]))
    np.testing.assert_allclose(found, [0.0509, 0.27354, 0.50933, 0.70823], atol=5e-5)


def test_tipping_weight_of_mepolizumab():
    """Best et al. 2021: weight at which the upper 97.5 % limit of the rate ratio is 1."""

    def above_zero(share):
        """P(log rate ratio > 0), less 2.5 %."""
        informative = (np.ones(1), [-0.694], [np.sqrt(0.017)])
        return 1 - _below(share, 0.0, informative, (0.0, np.sqrt(12.4)), (-0.395, 0.703)) - 0.025

    grid = np.linspace(0, 1, 31)
    (found,) = crossings(above_zero, grid, np.array([above_zero(w) for w in grid]))
    assert found == pytest.approx(0.69666, abs=5e-6)


def _below(share, bound, informative, vague, trial):
    """P(effect <= bound) after a trial (mean, se), for a mixture of Normal priors."""
    weight, mean, sd = (np.asarray(part, dtype=float) for part in informative)
    weight = np.append(share * weight / weight.sum(), 1 - share)
    mean, sd = np.append(mean, vague[0]), np.append(sd, vague[1])
    total = np.sqrt(sd**2 + trial[1] ** 2)
    weight = weight * np.exp(-0.5 * ((trial[0] - mean) / total) ** 2) / total
    precision = 1 / sd**2 + 1 / trial[1] ** 2
    centre = (mean / sd**2 + trial[0] / trial[1] ** 2) / precision
    return float(weight @ special.ndtr((bound - centre) * np.sqrt(precision)) / weight.sum())
