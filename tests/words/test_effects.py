"""A scale's formula, its threshold and its words fit each other."""

import numpy as np
import pytest

from bayesips.distributions.effects.scales import SCALES, scale_named
from bayesips.words.outcome import Outcome, outcome_of

RATES = np.array([0.05, 0.3, 0.62, 0.9])


@pytest.mark.parametrize("name", SCALES)
def test_equal_rates_have_no_effect(name):
    scale = scale_named(name)
    assert np.allclose(scale.effect(RATES, RATES), scale.no_effect, rtol=1e-14)


@pytest.mark.parametrize("name", SCALES)
def test_the_threshold_has_exactly_that_effect(name):
    scale = scale_named(name)
    effect = scale.effect(RATES[:, None], RATES)
    back = [scale.threshold(c, e) for c, e in zip(np.tile(RATES, 4), effect.ravel(), strict=True)]
    assert np.allclose(back, np.repeat(RATES, 4), rtol=1e-12)


@pytest.mark.parametrize("name", SCALES)
def test_the_slope_is_the_derivative_of_the_threshold(name):
    scale, control, step = scale_named(name), 0.4, 1e-6
    effect = scale.effect(0.55, control)
    ends = [scale.threshold(control, effect + side * step) for side in (-1, 1)]
    slope = scale.slope(control, np.array([0.55]), effect)
    assert slope == pytest.approx((ends[1] - ends[0]) / (2 * step), rel=1e-6)


@pytest.mark.parametrize("name", SCALES)
def test_every_effect_lies_between_the_ends_of_its_scale(name):
    scale = scale_named(name)
    effect = scale.effect(RATES[:, None], RATES)
    assert np.all((effect > scale.least) & (effect < scale.largest))


@pytest.mark.parametrize(
    ("name", "size", "margin", "claim"),
    [
        ("difference", "+12 points", "10 points", "x is higher by more than 10 percentage points"),
        ("ratio", "0.12", "0.1", "the ratio of x exceeds 0.1"),
        ("odds_ratio", "0.12", "0.1", "the odds ratio of x exceeds 0.1"),
    ],
)
def test_a_difference_is_written_in_points_and_a_ratio_as_a_factor(name, size, margin, claim):
    words = scale_named(name).words
    assert (words.size(0.12), words.margin(0.1), words.beyond("x", 0.1)) == (size, margin, claim)


def test_an_outcome_without_a_day_is_a_count_of_successes():
    assert Outcome(56.0).reached == "alive at day 56"
    assert outcome_of({"landmark_day": 28}).reached == "alive at day 28"
    assert outcome_of({}).reached == "counted as successes"
    assert outcome_of({}).on == ""
