"""Safety rules and efficacy with safety: every path of a small trial, counted."""

from functools import cache
from itertools import product

import numpy as np
import pytest

from bayesips.designs import (
    Criterion,
    JointDesign,
    event_rate,
    fewest_events,
    safety_rule,
    stopping_probability,
)
from bayesips.distributions import BetaMixture

JEFFREYS = BetaMixture(1, 0.5, 0.5)
JOINT = JointDesign(
    looks=(3, 5, 7),
    prior=(0.3, 0.5, 0.4, 0.8),
    futile=Criterion(0.3, 0.8, "lower"),
    unsafe=Criterion(0.4, 0.8),
    success=Criterion(0.3, 0.7),
)


@cache
def probability_above(a, b, rate):
    """P(Beta(a, b) > rate) by the trapezoid rule on a fine grid of the angle."""
    angle = np.linspace(0, np.pi / 2, 200_001)[1:-1]
    theta = np.sin(angle) ** 2
    density = np.sin(angle) ** (2 * a - 1) * np.cos(angle) ** (2 * b - 1)
    return density[theta > rate].sum() / density.sum()


def test_earlier_patients_count_as_much_as_the_discount_says():
    whole, half = event_rate(JEFFREYS, 5, 7), event_rate(JEFFREYS, 5, 7, 0.5)
    assert float(whole.mean()) == pytest.approx(5.5 / 8)
    assert float(half.mean()) == pytest.approx(3 / 4.5)


def test_a_safety_rule_stops_where_the_posterior_says_so():
    rule = safety_rule((5, 10), event_rate(JEFFREYS, 0, 7), 0.2, 0.9)
    for look, (n, fewest) in enumerate(zip((5, 10), fewest_events(rule), strict=True)):
        chances = [probability_above(0.5 + y, 7.5 + n - y, 0.2) for y in range(n + 1)]
        assert fewest == next(y for y, chance in enumerate(chances) if chance > 0.9), look


def test_stopping_probability_counts_every_path():
    rule = safety_rule((2, 4, 7), JEFFREYS, 0.3, 0.85)
    limits = dict(zip((2, 4, 7), fewest_events(rule), strict=True))
    for rate in (0.1, 0.45):
        stopped = 0.0
        for path in product((0, 1), repeat=7):
            counts = np.cumsum(path)
            if any(y is not None and counts[n - 1] >= y for n, y in limits.items()):
                stopped += rate ** sum(path) * (1 - rate) ** (7 - sum(path))
        assert float(stopping_probability(rule, rate)) == pytest.approx(stopped, abs=1e-13)


def followed(path):
    """What a joint trial does along one path of cells: stop look or None, success."""
    for look, n in enumerate(JOINT.looks):
        seen = path[:n]
        successes, events = sum(c in (0, 1) for c in seen), sum(c in (0, 2) for c in seen)
        futile = 1 - probability_above(0.8 + successes, 1.2 + n - successes, 0.3) > 0.8
        unsafe = probability_above(0.7 + events, 1.3 + n - events, 0.4) > 0.8
        if futile or unsafe:
            return look, False
    return None, probability_above(0.8 + successes, 1.2 + n - successes, 0.3) > 0.7


@pytest.fixture(scope="module")
def outcomes():
    """Stop and success for every multiset order that matters: counts at each look."""
    known = {}
    paths = []
    for path in product(range(4), repeat=7):
        key = tuple(tuple(path[:n].count(c) for c in range(4)) for n in JOINT.looks)
        if key not in known:
            known[key] = followed(path)
        paths.append((path, known[key]))
    return paths


def test_joint_monitoring_counts_every_path(outcomes):
    cells = np.array([0.15, 0.35, 0.2, 0.3])
    stop, success = np.zeros(3), 0.0
    for path, (look, met) in outcomes:
        weight = cells[list(path)].prod()
        success += weight * met
        if look is not None:
            stop[look] += weight
    found = JOINT.operating(cells)
    np.testing.assert_allclose(found.stop, stop, atol=1e-12)
    assert found.success == pytest.approx(success, abs=1e-12)
    expected = stop @ np.array(JOINT.looks) + (1 - stop.sum()) * 7
    assert found.expected_n == pytest.approx(expected, abs=1e-12)


def test_joint_prediction_is_dirichlet_multinomial(outcomes):
    alpha = np.array(JOINT.prior)
    success = 0.0
    for path, (_, met) in outcomes:
        counts, weight = alpha.copy(), 1.0
        for cell in path:
            weight *= counts[cell] / counts.sum()
            counts[cell] += 1
        success += weight * met
    assert JOINT.predicted().success == pytest.approx(success, abs=1e-12)


def test_prediction_from_a_full_trial_is_its_outcome():
    assert JOINT.predicted((1, 5, 0, 1)).success == 1.0
    assert JOINT.predicted((0, 1, 1, 5)).success == 0.0


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda: JOINT.operating([0.5, 0.5, 0.5, 0.5]), "sum 1"),
        (lambda: JOINT.predicted((8, 0, 0, 0)), "7 in all"),
        (lambda: event_rate(JEFFREYS, 8, 7), "8 events among 7"),
        (lambda: event_rate(JEFFREYS, 5, 7, 1.5), "discount is 1.5"),
    ],
)
def test_impossible_numbers_are_refused_in_words(act, told):
    with pytest.raises(ValueError, match=told):
        act()
