"""Numbers in words: no rounding to a certainty, no side of a threshold lost."""

import numpy as np
import pytest

from bayesips.words.numbers import (
    brief,
    percent,
    plain,
    probabilities,
    probability,
    signed,
    span,
    three_digits,
)


@pytest.mark.parametrize(
    ("rate", "words", "signs"),
    [
        (0.5, "50 %", "50 %"),
        (0.001, "less than 1 %", "< 1 %"),
        (0.999, "more than 99 %", "> 99 %"),
        (0.0, "0 %", "0 %"),
        (1.0, "100 %", "100 %"),
        (float("nan"), "none", "none"),
    ],
)
def test_only_a_certainty_is_written_as_one(rate, words, signs):
    assert (percent(rate), brief(rate)) == (words, signs)


@pytest.mark.parametrize("rate", [0.0003, 0.9998])
@pytest.mark.parametrize("digits", [0, 1, 2])
def test_digits_are_given_to_both_ends_alike(rate, digits):
    assert percent(rate, digits)[-1] == "%"
    assert float(percent(rate, digits).split()[-2]) == pytest.approx(100 * rate, abs=10.0**-digits)


def test_an_interval_names_the_unit_once_where_it_can():
    assert span(0.29, 0.96) == "29 to 96 %"
    assert span(0.0004, 0.96) == "less than 1 % to 96 %"


@pytest.mark.parametrize("value", [0.97496, 0.97504, 0.9749999, 0.9750001])
def test_a_probability_stands_on_the_same_side_of_the_threshold_as_written(value):
    written = float(probability(value, 0.975).removesuffix(" %")) / 100
    assert (written > 0.975) == (value > 0.975)


def test_probabilities_are_those_of_each_criterion():
    values, required = np.array([0.97504, 0.2]), np.array([0.975, 0.9])
    each = [probability(value, least) for value, least in zip(values, required, strict=True)]
    assert probabilities(values, required) == each


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.00099, "below 0.1 %"), (0.9996, "above 99.9 %"), (0.0512, "5.12 %"), (1.0, "100 %"),
     (float("nan"), "not reachable")],
)  # fmt: skip
def test_three_digits_never_reach_a_certainty(value, written):
    assert three_digits(value) == written


def test_a_minus_is_a_minus_and_nothing_has_none():
    assert signed(-2.5, 1) == "\N{MINUS SIGN}2.5"
    assert plain(-2.5, 1) == "\N{MINUS SIGN}2.5"
    assert plain(-0.01, 1) == "0.0"
