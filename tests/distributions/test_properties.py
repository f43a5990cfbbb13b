"""What holds for every Beta mixture, singular shapes included."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bayesips.distributions import BetaMixture
from bayesips.distributions.effects import effect_cdf, prob_greater

shapes = st.floats(-3, 4).map(lambda power: 10**power)
components = st.lists(st.tuples(st.floats(0.05, 1), shapes, shapes), min_size=1, max_size=4)


def made(rows):
    weights, a, b = np.array(rows).T
    return BetaMixture(weights / weights.sum(), a, b)


mixtures = components.map(made)
counts = st.tuples(st.integers(0, 30), st.integers(0, 30))


@given(mixtures, counts, counts)
def test_updating_in_parts_is_updating_at_once(mixture, first, second):
    parts = mixture.update(first[0], sum(first)).update(second[0], sum(second))
    once = mixture.update(first[0] + second[0], sum(first) + sum(second))
    assert parts.weights == pytest.approx(once.weights, rel=1e-8, abs=1e-200)
    assert parts.a == pytest.approx(once.a, rel=1e-14)
    assert parts.b == pytest.approx(once.b, rel=1e-14)


@given(components, st.floats(0.01, 0.99))
def test_the_order_of_components_is_irrelevant(rows, level):
    one, other = made(rows), made(rows[::-1])
    assert one.cdf(level) == pytest.approx(other.cdf(level), rel=1e-12)
    assert one.ppf(level) == pytest.approx(other.ppf(level), rel=1e-8, abs=1e-300)
    assert one.update(3, 9).mean() == pytest.approx(other.update(3, 9).mean(), rel=1e-12)


@given(mixtures, st.floats(0, 1))
def test_both_tails_sum_to_one(mixture, x):
    assert mixture.cdf(x) + mixture.sf(x) == pytest.approx(1, abs=1e-13)
    assert np.exp(mixture.logcdf(x)) == pytest.approx(mixture.cdf(x), rel=1e-10, abs=1e-300)


@given(mixtures, st.floats(1e-6, 1 - 1e-6))
def test_quantiles_invert_the_cdf(mixture, level):
    x = mixture.ppf(level)
    # The cdf of the next representable rates brackets the level, also where it is steep.
    around = max(1e-10 * x, 1e-300), max(1e-10 * (1 - x), 2e-16)
    slack = 1e-12
    assert mixture.cdf(max(x - 10 * min(around), 0)) <= level + slack or x < 1e-300
    assert mixture.cdf(min(x + 10 * max(around[0], 2e-16), 1)) >= level - slack


@given(mixtures, mixtures)
def test_one_of_two_rates_is_the_greater(x, y):
    assert prob_greater(x, y) + prob_greater(y, x) == pytest.approx(1, abs=1e-11)


@given(mixtures, mixtures, st.floats(-0.9, 0.9))
def test_an_effect_is_above_or_below_its_margin(x, y, margin):
    total = prob_greater(x, y, margin) + effect_cdf(x, y, margin)
    assert total == pytest.approx(1, abs=1e-10)


@given(mixtures, mixtures, st.floats(0.2, 5))
def test_no_scale_changes_what_is_no_effect(x, y, margin):
    plain = prob_greater(x, y)
    for scale in ("ratio", "odds_ratio"):
        assert prob_greater(x, y, scale=scale) == pytest.approx(plain, rel=1e-9, abs=1e-300)
        assert prob_greater(x, y, max(margin, 1.0), scale) <= plain + 1e-12
