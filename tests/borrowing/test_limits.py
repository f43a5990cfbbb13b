"""Limiting cases to 1e-8 in mean, sd and quantiles: all of history, none of it, either end."""

import numpy as np
import pytest
from scipy import interpolate, optimize, special, stats

from bayesips import adapted, control_posterior, control_prior
from bayesips.borrowing.beta_hierarchy import BetaHierarchy
from bayesips.borrowing.commensurate import Commensurate
from bayesips.borrowing.discount import Discount
from bayesips.borrowing.exnex import Exnex
from bayesips.borrowing.map import Map
from bayesips.borrowing.meta_regression import MetaRegression
from bayesips.borrowing.pooled import Pooled
from bayesips.borrowing.power import Power
from bayesips.borrowing.sam import Sam
from bayesips.borrowing.separate import Separate
from bayesips.borrowing.student_map import StudentMap
from bayesips.endpoints import Binary, Landmark
from bayesips.engine import exact
from bayesips.engine.quantities import REPORTED, reported
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import CONTROLS, TWO

THREE = [*TWO, Arm("third", 20, 60)]
# Far from TWO: whoever still borrows, moves.
OPPOSITE = [Arm("first", 33, 40), Arm("second", 30, 35)]
DAY_56 = [Arm(arm.label, arm.successes, arm.n, day=56) for arm in TWO]
NONE, ALL = ("fixed", 1e-9), ("fixed", 1e8)
HIERARCHIES = {
    "map": lambda tau, **more: Map(tau=tau, **more),
    "student_map": lambda tau, **more: StudentMap(tau=tau, **more),
    "exnex": lambda tau, **more: Exnex(1.0, tau=tau, **more),
    "commensurate": lambda tau, **more: Commensurate(tau=tau, **more),
    "meta_regression": lambda tau, **more: MetaRegression(tau=tau, **more),  # no covariates
}
MEDIAN = 2 + REPORTED.index(0.5)


def solved(method, arms=TWO, concurrent=None, endpoint=None):
    """Mean, sd and quantiles that the exact engine gives."""
    answer = exact.solve(method, arms, endpoint=endpoint or Binary(), concurrent=concurrent)
    return reported(answer)


def after(method, concurrent, **more):
    """Mean, sd and quantiles after controls."""
    return reported(control_posterior(TWO, method, concurrent, **more))


def beta(a, b):
    """Mean, sd and quantiles of a Beta distribution."""
    law = stats.beta(a, b)
    return np.array([law.mean(), law.std(), *law.ppf(REPORTED)])


def one_rate(arms, mean, sd, log_rates=None):
    """The same of one rate for all arms, Normal on its link (log odds), on a fine even grid.

    `log_rates`: logs of the rate and of what is left of it, rising, at places on the link.
    """
    log_rates = log_rates or (lambda x: (special.log_expit(x), special.log_expit(-x)))
    survivors, patients = (sum(getattr(arm, name) for arm in arms) for name in ("successes", "n"))
    eta = np.linspace(-15, 15, 20_001)
    log_rate, log_rest = log_rates(eta)
    logs = survivors * log_rate + (patients - survivors) * log_rest
    if sd is not None:  # None: flat
        logs -= ((eta - mean) / sd) ** 2 / 2
    density = np.exp(logs - logs.max())
    density /= np.trapezoid(density, eta)
    first, second = (np.trapezoid(density * np.exp(log_rate) ** k, eta) for k in (1, 2))
    cdf = interpolate.CubicSpline(eta, density).antiderivative()
    quantiles = [optimize.brentq(lambda x, q=q: cdf(x) - q, -15, 15, xtol=1e-13) for q in REPORTED]
    at = np.exp(log_rates(np.array(quantiles))[0])
    return np.array([first, np.sqrt(second - first**2), *at])


def on_the_landmark(eta):
    """Logs of survival and of death where log(-log survival) is -eta: rising with eta."""
    return -np.exp(-eta), np.log(-np.expm1(-np.exp(-eta)))


def near(expected):
    """Equal within what is claimed."""
    return pytest.approx(expected, abs=1e-8, rel=0)


@pytest.mark.parametrize("arms", [TWO, THREE], ids=["two arms", "three arms"])
@pytest.mark.parametrize("name", HIERARCHIES)
def test_without_spread_every_hierarchy_is_one_common_rate(name, arms):
    assert solved(HIERARCHIES[name](NONE), arms) == near(one_rate(arms, 0, 2))
    told = HIERARCHIES[name](NONE, mu=("normal", -1.5, 0.4))
    assert solved(told, arms) == near(one_rate(arms, -1.5, 0.4))


@pytest.mark.parametrize("name", HIERARCHIES)
def test_without_spread_controls_are_one_more_arm_of_the_common_rate(name):
    answer = solved(HIERARCHIES[name](NONE), concurrent=CONTROLS)
    assert answer == near(one_rate([*TWO, CONTROLS], 0, 2))


@pytest.mark.parametrize("name", HIERARCHIES)
def test_on_the_landmark_too_no_spread_is_one_common_rate(name):
    # the default mean of log(-log survival), which falls where survival rises
    answer = solved(HIERARCHIES[name](NONE), DAY_56, CONTROLS, Landmark())
    assert answer == near(one_rate([*TWO, CONTROLS], 0.37, 1, on_the_landmark))


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=pytest.mark.slow) if n == "student_map" else n for n in HIERARCHIES],
)
def test_on_the_landmark_too_with_all_spread_controls_speak_for_themselves(name):
    answer = solved(HIERARCHIES[name](ALL), DAY_56, CONTROLS, Landmark())
    assert answer == near(one_rate([CONTROLS], 0, None, on_the_landmark))


@pytest.mark.parametrize("arms", [TWO, OPPOSITE], ids=["low past", "high past"])
@pytest.mark.parametrize("name", HIERARCHIES)
def test_with_all_spread_controls_speak_for_themselves(name, arms):
    # flat log odds: Beta(0, 0), whatever the past says
    survivors, dead = CONTROLS.successes, CONTROLS.n - CONTROLS.successes
    answer = solved(HIERARCHIES[name](ALL), arms, CONTROLS)
    assert answer == near(beta(survivors, dead))


@pytest.mark.parametrize("name", ["map", "student_map", "exnex", "meta_regression"])
def test_with_all_spread_two_pasts_give_the_same_prior(name):
    told = HIERARCHIES[name](ALL)
    low, high = np.array(solved(told, TWO)), np.array(solved(told, OPPOSITE))
    # The density at the median is 4e-9: one rounding of a probability, 1e-16, moves it by 1e-8.
    assert np.delete(low, 4) == near(np.delete(high, 4))
    assert abs(low[4] - high[4]) < 3e-8


@pytest.mark.parametrize(
    ("name", "factor"), [("map", 1), ("exnex", 1), ("meta_regression", 1), ("student_map", 5 / 4)]
)
def test_the_way_to_all_spread_is_the_inverse_square_of_the_spread(name, factor):
    # a wide Normal is flat but for 1 - eta^2 / (2 tau^2), a t of 4 degrees for 5/4 of that
    law = stats.beta(CONTROLS.successes, CONTROLS.n - CONTROLS.successes)
    together = law.expect(lambda x: (x - law.mean()) * special.logit(x) ** 2)
    for tau in (50, 100):
        moved = solved(HIERARCHIES[name](("fixed", tau)), concurrent=CONTROLS)[0] - law.mean()
        assert moved == pytest.approx(-factor * together / (2 * tau**2), rel=2e-3)


@pytest.mark.parametrize("arms", [TWO, THREE], ids=["two arms", "three arms"])
def test_a_beta_hierarchy_of_all_patients_is_pooling(arms):
    # at size m away by c / m + d / m^2, which three sizes cancel
    sizes = (2.5e4, 5e4, 1e5)
    one, two, four = (solved(BetaHierarchy(size=("fixed", size)), arms) for size in sizes)
    survivors, patients = (sum(getattr(arm, name) for arm in arms) for name in ("successes", "n"))
    assert (8 * four - 6 * two + one) / 3 == near(beta(1 + survivors, 1 + patients - survivors))


@pytest.mark.parametrize("arms", [TWO, OPPOSITE], ids=["low past", "high past"])
def test_a_beta_hierarchy_of_no_patients_lets_controls_speak_for_themselves(arms):
    answer = solved(BetaHierarchy(size=("fixed", 1e-8)), arms, CONTROLS)
    assert answer == near(beta(CONTROLS.successes, CONTROLS.n - CONTROLS.successes))


def test_with_all_spread_a_commensurate_past_moves_the_median_alone():
    # the rate is 0 or 1, as likely as not; what lies between is centred where the past is
    low, high = (solved(Commensurate(tau=("fixed", 1e10)), arms) for arms in (TWO, OPPOSITE))
    apart = np.arange(len(low)) != MEDIAN
    assert low[apart] == near(high[apart])
    assert high[MEDIAN] - low[MEDIAN] > 0.5


def test_a_wide_prior_of_the_spread_is_not_all_spread():
    wide = Commensurate(tau=("half_normal", 1e4))
    low, high = (solved(wide, arms, CONTROLS) for arms in (TWO, OPPOSITE))
    assert high[0] - low[0] > 0.01


def test_the_power_prior_runs_from_no_borrowing_to_pooling():
    assert solved(Power(0.0)) == near(solved(Separate()))
    assert solved(Power(0.0)) == near(beta(1, 1))
    assert solved(Power(1.0)) == near(solved(Pooled()))
    assert solved(Power(1.0)) == near(beta(1 + 21, 1 + 54))


@pytest.mark.parametrize("method", [Map(), Pooled()], ids=["map", "pooled"])
def test_a_vague_part_of_weight_nought_is_none_and_of_one_is_all(method):
    assert reported(control_prior(TWO, method, robust=0)) == near(solved(method))
    assert reported(control_prior(TWO, method, robust=1)) == near(beta(1, 1))
    declared = {"weight": 1, "mean": 0.3, "n": 9}
    assert reported(control_prior(TWO, method, robust=declared)) == near(beta(3, 7))


@pytest.mark.parametrize("inner", ["map", "pooled"])
@pytest.mark.parametrize(
    ("survivors", "n", "odds", "weight"),
    [(700, 700, 1.0, 0), (5, 7, 1e-30, 0), (112, 400, 1.0, 1), (5, 7, 1e30, 1)],
    ids=["conflict", "no odds", "agreement", "all odds"],
)
def test_sam_runs_from_the_vague_part_to_the_informative(inner, survivors, n, odds, weight):
    method, controls = Sam(0.3, informative=inner, prior_odds=odds), Arm("controls", survivors, n)
    assert adapted(method, TWO, controls).weight == pytest.approx(weight, abs=1e-12)
    alone = after(inner, controls) if weight else beta(1 + survivors, 1 + n - survivors)
    assert after(method, controls) == near(alone)


@pytest.mark.parametrize(
    ("survivors", "n", "method", "weight"),
    [
        (700, 700, Discount(), 0),
        (5, 7, Discount(maximum=0.0), 0),
        (21, 75, Discount(), 1),
        (21, 75, Discount(function="identity"), 1),
    ],
    ids=["conflict", "no maximum", "agreement", "identity"],
)
def test_the_discount_runs_from_no_borrowing_to_pooling(survivors, n, method, weight):
    controls = Arm("controls", survivors, n)
    assert adapted(method, TWO, controls).weight == pytest.approx(weight, abs=1e-12)
    a, b = 1 + survivors + 21 * weight, 1 + n - survivors + 54 * weight
    assert after(method, controls) == near(beta(a, b))
    assert after(method, controls) == near(after(Pooled() if weight else Separate(), controls))
