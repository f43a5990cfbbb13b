"""Landmark likelihoods against enumeration, dense integration and closed forms."""

from itertools import product
from math import comb

import numpy as np
import pytest
from scipy import integrate, stats

from bayesips.borrowing.map import Map
from bayesips.endpoints import NUMPY, Binary, Landmark, arm_log_likelihood
from bayesips.endpoints.medians import median_bounds
from bayesips.engine import exact
from bayesips.engine.quantities import reported
from bayesips.evidence.arm import Arm

ETA = np.array([-1.3, -0.2, 0.9])
SHAPE = 0.7
MEETS = {"=": np.equal, ">=": np.greater_equal, "<=": np.less_equal}


def survival(day, eta=ETA, shape=SHAPE):
    """S(day) of the Weibull bridge."""
    return np.exp(-np.exp(eta) * (day / 56.0) ** shape)


def likelihood(arm, endpoint=None, eta=ETA, shape=(SHAPE,)):
    """What the endpoint says."""
    endpoint = endpoint or Landmark()
    shape = tuple(np.array([[value]]) for value in shape)
    return np.exp(arm_log_likelihood(endpoint, arm, eta[None, :], shape, NUMPY))[0]


def enumerated(n, rows):
    """Sum over the fate of n patients: in which interval each died, or that none did."""
    days = sorted({day for day, _, _ in rows})
    edges = [1.0, *(survival(day) for day in days), 0.0]
    total = np.zeros(len(ETA))
    for died in product(range(n + 1), repeat=len(days)):
        left = n - sum(died)
        if left < 0:
            continue
        alive = dict(zip(days, n - np.cumsum(died), strict=True))
        if not all(MEETS[relation](alive[day], count) for day, relation, count in rows):
            continue
        ways, rest = 1, n
        for count in died:
            ways, rest = ways * comb(rest, count), rest - count
        term = np.full(len(ETA), float(ways))
        for place, count in enumerate((*died, left)):
            term = term * (edges[place] - edges[place + 1]) ** count
        total += term
    return total


ROWS = {
    "one count on another day": (9, [(28, "=", 4)]),
    "a chain of conditional counts": (9, [(28, "=", 6), (56, "=", 4), (100, "=", 1)]),
    "a bound": (9, [(56, ">=", 5)]),
    "a median between two days": (18, [(56, ">=", 9), (100, "<=", 9)]),
    "a count between two bounds": (8, [(28, ">=", 6), (56, "=", 5), (100, "<=", 3)]),
    "two rows of one day": (8, [(56, ">=", 3), (56, "<=", 5)]),
    "rows out of order": (9, [(100, "=", 2), (28, "=", 5)]),
    "nobody left": (13, [(60, "=", 0)]),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows_of_the_same_patients_are_one_sum_over_their_fates(name):
    n, ((day, relation, count), *others) = ROWS[name]
    arm = Arm("a", count, n, day=day, relation=relation, observations=others)
    np.testing.assert_allclose(likelihood(arm), enumerated(n, ROWS[name][1]), rtol=1e-10)


@pytest.mark.parametrize(
    ("word", "median", "spread"), [("discharge", 60, 0.5), ("not stated", 60, 0.8)]
)
def test_an_unknown_day_is_integrated_over_its_prior(word, median, spread):
    for place, eta in enumerate(ETA):

        def at(z, eta=eta):
            day = median * np.exp(spread * z)
            return stats.binom.pmf(18, 85, survival(day, eta)) * stats.norm.pdf(z)

        dense = integrate.quad(at, -9, 9, epsabs=1e-13, limit=400, points=(-2, 0, 2))[0]
        found = likelihood(Arm("a", 18, 85, day=word))[place]
        assert found == pytest.approx(dense, abs=1e-8)


def test_an_unknown_day_falls_anywhere_among_the_known_ones_that_the_counts_allow():
    arm = Arm("a", 5, 7, day=56, observations=[(100, "=", 5), ("not stated", "=", 2)])
    for place, eta in enumerate(ETA):

        def at(z, eta=eta):
            day = 60 * np.exp(0.8 * z)
            fewer = stats.binom.pmf(2, 5, survival(day, eta) / survival(100, eta))
            return fewer * stats.norm.pdf(z)

        later = integrate.quad(at, np.log(100 / 60) / 0.8, 9, epsabs=1e-13, limit=400)[0]
        stayed = (survival(100, eta) / survival(56, eta)) ** 5
        expected = stats.binom.pmf(5, 7, survival(56, eta)) * stayed * later
        assert likelihood(arm)[place] == pytest.approx(expected, abs=1e-8)


def test_with_every_arm_at_the_day_asked_about_the_bridge_changes_nothing():
    counts = [(8, 22), (3, 23), (9, 18), (20, 81)]
    at_day = [Arm(f"{i}", r, n, day=56) for i, (r, n) in enumerate(counts)]
    plain = [Arm(f"{i}", r, n) for i, (r, n) in enumerate(counts)]
    landmark = exact.solve(Map(), at_day, endpoint=Landmark())
    binary = exact.solve(Map(), plain, endpoint=Binary("cloglog"))
    np.testing.assert_allclose(reported(landmark), reported(binary), atol=1e-6)


def test_the_weibull_bridge_is_a_power_of_time():
    growth = Landmark(day=56).log_growth(112.0, (np.array(0.65),), NUMPY)
    assert growth == pytest.approx(0.65 * np.log(2))


def test_the_piecewise_bridge_is_the_ratio_of_cumulative_hazards():
    steps = (np.array(-0.7), np.array(-0.3), np.array(-1.1))
    hazards = np.exp(np.cumsum([0.0, -0.7, -0.3, -1.1]))

    def cumulative(day):
        edges = [0, 28, 100, 365, np.inf]
        return sum(
            h * max(0, min(day, high) - low)
            for h, low, high in zip(hazards, edges[:-1], edges[1:], strict=True)
        )

    endpoint = Landmark(day=56, bridge="piecewise")
    for day in (14, 28, 56, 100, 300, 500):
        expected = np.log(cumulative(day) / cumulative(56))
        assert endpoint.log_growth(day, steps, NUMPY) == pytest.approx(expected, abs=1e-12)


def test_a_constant_hazard_is_both_bridges():
    flat = Landmark(bridge="piecewise").log_growth(100.0, (np.array(0.0),) * 3, NUMPY)
    assert flat == pytest.approx(Landmark().log_growth(100.0, (np.array(1.0),), NUMPY))


def test_a_median_is_a_bound_on_either_side_of_it():
    assert median_bounds(18, day_before=56, day_after=100) == ((56, ">=", 9), (100, "<=", 9))
    assert median_bounds(17, day_before=56) == ((56, ">=", 9),)
    first = median_bounds(18, day_before=56, convention="first crossing")
    assert first == ((56, ">=", 10),)


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({}, "a day before it, a day after it"),
        ({"day_before": 100, "day_after": 56}, "must be in order"),
        ({"day_before": 56, "convention": "half"}, "unknown convention 'half'"),
    ],
)
def test_a_median_without_sense_is_refused(settings, fault):
    with pytest.raises(ValueError, match=fault):
        median_bounds(18, **settings)


@pytest.mark.parametrize(
    ("arm", "fault"),
    [
        (Arm("Study 9", 5, 18, day=28, observations=[(56, "=", 7)]), "Study 9: alive at day 56"),
        (Arm("Study 9", 4, 18, day=28, observations=[(56, ">=", 5)]), "Study 9: alive at day 56"),
        (Arm("Study 9", 5, 18, day=365), 'Study 9: a row at day 365.*bridge = "piecewise"'),
        (Arm("Study 9", 5, 18, day=7), 'Study 9: a row at day 7;.*bridge = "piecewise"'),
        (
            Arm("Study 9", 5, 18, day="discharge", observations=[("not stated", "=", 3)]),
            "Study 9: two different unknown days",
        ),
    ],
)
def test_an_arm_that_cannot_be_is_refused_by_name(arm, fault):
    with pytest.raises(ValueError, match=fault):
        likelihood(arm)


def test_a_bound_above_the_number_of_patients_is_refused_by_name():
    with pytest.raises(ValueError, match="Study 9: 19 successes among 18"):
        Arm("Study 9", 19, 18, day=56, relation=">=")


def test_the_piecewise_bridge_takes_a_year():
    endpoint = Landmark(bridge="piecewise")
    found = likelihood(Arm("a", 5, 18, day=365), endpoint, shape=(-0.7, -0.7, -0.7))
    assert np.all((found > 0) & (found < 1))


def test_a_day_asked_about_beyond_the_weibull_bridge_is_refused():
    with pytest.raises(ValueError, match="landmark day is 365"):
        Landmark(day=365)


@pytest.mark.parametrize(
    "arm",
    [
        Arm("another day", 6, 20, day=28),
        Arm("a bound", 9, 18, relation=">="),
        Arm("unknown day", 6, 20, day="discharge"),
        Arm("unknown day of a bound", 3, 23, day="not stated", relation="<="),
    ],
    ids=lambda arm: arm.label,
)
def test_a_single_row_is_the_count_at_the_landmark_moved_and_blurred(arm):
    endpoint, z = Landmark(), np.linspace(-6, 6, 193)
    moved = endpoint.translation(arm, (np.array([SHAPE]),))
    at = ETA[:, None] + moved.shift + moved.blur * z
    base = arm_log_likelihood(endpoint, moved.base, at.ravel()[None], (np.ones((1, 1)),), NUMPY)
    weight = stats.norm.pdf(z) / stats.norm.pdf(z).sum()
    assert np.exp(base).reshape(at.shape) @ weight == pytest.approx(likelihood(arm), abs=1e-8)


def test_rows_that_hang_together_are_not_one_count_moved():
    chain = Arm("chain", 6, 9, day=28, observations=[(56, "=", 4)])
    assert Landmark().translation(chain, (np.array([SHAPE]),)) is None


def test_tabulating_each_row_once_changes_no_answer(monkeypatch):
    history = [
        Arm("discharge", 6, 40, day="discharge"),
        Arm("day 28", 8, 22, day=28),
        Arm("a bound", 3, 23, day=100, relation="<="),
        Arm("all alive", 9, 9, day=100),
        Arm("two rows", 9, 18, relation=">=", observations=[(100, "<=", 9)]),
    ]
    once = exact.solve(Map(), history, endpoint=Landmark())
    monkeypatch.setattr(Landmark, "translation", lambda *_: None)
    each = exact.solve(Map(), history, endpoint=Landmark())
    assert reported(once) == pytest.approx(reported(each), abs=2e-9)
