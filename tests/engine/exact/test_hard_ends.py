"""Priors that stop at a bound, against brute force: the posterior may lie at the very end."""

import numpy as np
import pytest
from scipy import special, stats

from bayesips import control_prior
from bayesips.borrowing.commensurate import Commensurate
from bayesips.borrowing.exnex import Exnex
from bayesips.borrowing.map import Map
from bayesips.endpoints import Binary, Landmark
from bayesips.engine import exact
from bayesips.engine.quadrature.population import population_mean
from bayesips.engine.quadrature.rate_and_shape import ShapeReading
from bayesips.engine.quantities import REPORTED, reported
from bayesips.evidence.arm import Arm
from tests.engine.exact.dense import LOGIT, Dense, chance, counted, graded, log_minus_log, uniform

QUANTILES = np.array(REPORTED)
MIXED = [Arm("a", 3, 40), Arm("b", 30, 44), Arm("c", 19, 51)]
NOBODY = [Arm("a", 0, 40), Arm("b", 0, 44), Arm("c", 0, 51)]
ENDPOINTS = {"binary": (Binary(), LOGIT), "landmark": (Landmark(day=56), log_minus_log)}


def agree(answer, truth, endpoint, tolerance=1e-9):
    """Mean, sd and quantiles: each quantile has its probability."""
    assert float(answer.mean()) == pytest.approx(truth.mean, abs=tolerance)
    assert float(answer.std()) == pytest.approx(truth.std, abs=tolerance)
    eta = endpoint.scale.from_rate(answer.ppf(QUANTILES))
    below = np.array([truth.below(x) for x in eta])
    wanted = 1 - QUANTILES if endpoint.scale.decreasing else QUANTILES
    assert np.abs(below - wanted).max() < tolerance


@pytest.mark.parametrize("name", ENDPOINTS)
@pytest.mark.parametrize(
    ("arms", "low", "high", "top"),
    [(MIXED, -1.0, 0.0, 1.0), (MIXED, -3.0, 0.0, 2.0), (NOBODY, -3.0, 0.0, 2.0)],
    ids=["heterogeneous, both bounds felt", "bound of tau felt", "all at 0 of n"],
)
def test_map_between_hard_ends_is_as_by_brute_force(name, arms, low, high, top):
    endpoint, rate = ENDPOINTS[name]
    method = Map(mu=("uniform", low, high), tau=("uniform", 0, top))
    truth = Dense(counted(arms, rate), rate, low, high, uniform(top), graded(top))
    agree(exact.solve(method, arms, endpoint=endpoint), truth, endpoint)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_a_bounded_mean_with_the_usual_spread(name):
    endpoint, rate = ENDPOINTS[name]
    method = Map(mu=("uniform", -3, 0), tau=("half_normal", 0.3))
    spread = lambda tau: stats.halfnorm.pdf(tau, scale=0.3)  # noqa: E731  a density
    truth = Dense(counted(NOBODY, rate), rate, -3.0, 0.0, spread, graded(2.6))
    agree(exact.solve(method, NOBODY, endpoint=endpoint), truth, endpoint)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_commensurate_between_hard_ends(name):
    endpoint, rate = ENDPOINTS[name]
    method = Commensurate(mu=("uniform", -0.5, 0.0), tau=("uniform", 0, 1))
    truth = Dense(counted(MIXED, rate), rate, -0.5, 0.0, uniform(1.0), graded(1.0), pooled=True)
    agree(exact.solve(method, MIXED, endpoint=endpoint), truth, endpoint)


def test_rows_of_another_day_between_hard_ends():
    endpoint, arms = Landmark(day=56), [Arm("a", 9, 40, day=100), Arm("b", 30, 44, day=28)]
    z, mass = np.polynomial.hermite_e.hermegauss(24)
    shapes = np.exp(np.log(0.65) + 0.3 * z)
    parts = [
        Dense(
            [
                lambda eta, arm=arm, k=k: chance(arm, log_minus_log(eta + k * np.log(arm.day / 56)))
                for arm in arms
            ],
            log_minus_log,
            -0.2,
            0.3,
            uniform(0.5),
            [0.2, 0.45, 0.7],
            size=41,
        )
        for k in shapes
    ]
    weights = mass * [part.total for part in parts]
    weights /= weights.sum()
    mean = sum(w * part.mean for w, part in zip(weights, parts, strict=True))
    method = Map(mu=("uniform", -0.2, 0.3), tau=("uniform", 0.2, 0.7))
    answer = exact.solve(method, arms, endpoint=endpoint)
    assert float(answer.mean()) == pytest.approx(mean, abs=1e-9)
    eta = endpoint.scale.from_rate(answer.ppf(QUANTILES))
    below = [sum(w * p.below(x) for w, p in zip(weights, parts, strict=True)) for x in eta]
    assert np.abs(below - (1 - QUANTILES)).max() < 1e-9


@pytest.mark.parametrize("name", ENDPOINTS)
def test_a_narrow_uniform_is_its_middle(name):
    endpoint, _ = ENDPOINTS[name]
    width = 1e-5  # what a uniform adds is its variance
    near = Map(mu=("uniform", -1 - width, -1 + width), tau=("uniform", 0.5 - width, 0.5 + width))
    known = Map(mu=("fixed", -1), tau=("fixed", 0.5))
    answers = [reported(exact.solve(m, MIXED, endpoint=endpoint)) for m in (near, known)]
    assert np.allclose(*answers, atol=1e-8)


def test_bounds_beyond_all_mass_change_nothing():
    # far from its bounds a uniform is the limit of ever wider Normals
    arms = [Arm("a", 23, 107), Arm("b", 12, 44), Arm("c", 19, 51)]
    tau = ("half_normal", 0.2)
    flat = exact.solve(Map(("uniform", -30, 30), tau), arms, endpoint=Binary())
    wide = exact.solve(Map(("normal", 0, 1e3), tau), arms, endpoint=Binary())
    assert np.allclose(reported(flat), reported(wide), atol=1e-7)


@pytest.mark.parametrize("name", ENDPOINTS)
def test_histories_between_hard_ends_are_solved_together_as_one_by_one(name):
    endpoint, _ = ENDPOINTS[name]
    method = Map(mu=("uniform", -1, 0), tau=("uniform", 0, 1))
    counts = np.array([0, 3, 20, 40])
    together = exact.solve(method, [Arm("a", counts, 40), *MIXED[1:]], endpoint=endpoint)
    for cell, r in enumerate(counts):
        one = exact.solve(method, [Arm("a", int(r), 40), *MIXED[1:]], endpoint=endpoint)
        assert np.allclose(reported(together)[:, cell], reported(one), atol=2e-9)


def test_bounds_of_a_batch_may_differ():
    highs = np.array([-1.0, -0.5, 0.0])
    together = exact.solve(
        Map(("uniform", np.full(3, -3.0), highs), ("uniform", 0, 1)), MIXED, endpoint=Binary()
    )
    for cell, high in enumerate(highs):
        one = exact.solve(Map(("uniform", -3, high), ("uniform", 0, 1)), MIXED, endpoint=Binary())
        assert np.allclose(reported(together)[:, cell], reported(one), atol=2e-9)


def test_exnex_of_one_sure_part_between_hard_ends_is_the_map():
    priors = {"mu": ("uniform", -1, 0), "tau": ("uniform", 0, 1)}
    one = control_prior(MIXED, Exnex(1.0, **priors))
    assert np.allclose(reported(one), reported(control_prior(MIXED, Map(**priors))), atol=2e-9)


def test_exnex_of_two_bounded_parts_does_not_depend_on_their_order():
    parts = (("uniform", -3, -1), ("uniform", -1, 1))
    one = Exnex((0.4, 0.3), mu=parts, tau=("uniform", 0, 1))
    turned = Exnex((0.3, 0.4), mu=parts[::-1], tau=("uniform", 0, 1))
    answers = [reported(control_prior(MIXED, method)) for method in (one, turned)]
    assert np.allclose(*answers, atol=2e-9)


def test_arms_between_hard_ends_have_the_mean_that_one_more_success_says():
    method = Map(mu=("uniform", -1, 0), tau=("uniform", 0, 1))
    means = exact.arm_means(method, MIXED, endpoint=Binary())
    for label, posterior in exact.arm_posteriors(method, MIXED, endpoint=Binary()).items():
        assert float(posterior.mean()) == pytest.approx(float(means[label]), abs=1e-9)


def test_evidence_between_hard_ends_is_that_of_brute_force():
    method = Map(mu=("uniform", -1, 0), tau=("uniform", 0, 1))
    truth = Dense(counted(MIXED, LOGIT), LOGIT, -1.0, 0.0, uniform(1.0), graded(1.0))
    found = float(exact.log_evidence(method, MIXED, endpoint=Binary()))
    assert found == pytest.approx(float(np.log(truth.total)), abs=1e-9)


def test_the_population_mean_between_hard_ends():
    method = Map(mu=("uniform", -1, 0), tau=("fixed", 0.5))
    mean, low, high = population_mean(method, NOBODY, Binary(), (0.25, 0.75))
    z, mass = np.polynomial.hermite_e.hermegauss(80)
    mu = np.linspace(-1, 0, 20001)
    eta = mu[:, None] + 0.5 * z
    weight = np.prod([stats.binom.pmf(0, arm.n, LOGIT(eta)) @ mass for arm in NOBODY], axis=0)
    rates = special.expit(eta) @ mass / mass.sum()
    weight[[0, -1]] /= 2
    share = (np.cumsum(weight) - weight / 2) / weight.sum()
    assert mean == pytest.approx(rates @ weight / weight.sum(), abs=1e-7)
    assert [low, high] == pytest.approx(np.interp([0.25, 0.75], share, rates), abs=1e-6)


class OneRate:
    """Every arm and the control have one rate, its link-scale value uniform."""

    def tell(self, build, history):
        """Tell it: no spread at all."""
        mu = build.hyper("mu", ("uniform", -1.2, -0.9))
        for arm in history:
            build.observe(build.rate(arm.label, mu), arm)
        return build.rate("control", mu)


def test_a_control_that_is_the_bounded_mean_itself_ends_where_it_ends():
    answer = exact.solve(OneRate(), MIXED, endpoint=Binary())
    mu, mass = np.polynomial.legendre.leggauss(80)
    mu = -1.05 + 0.15 * mu
    weight = mass * np.prod([chance(arm, LOGIT(mu)) for arm in MIXED], axis=0)
    mean = weight @ LOGIT(mu) / weight.sum()
    assert float(answer.mean()) == pytest.approx(mean, abs=1e-12)
    assert answer.cdf(LOGIT(np.array([-1.2, -0.9]))) == pytest.approx([0, 1], abs=1e-12)


def test_survival_by_shape_between_hard_ends_is_that_of_the_density():
    endpoint, arms = Landmark(day=56), [Arm("a", 9, 40, day=100), Arm("b", 30, 44, day=28)]
    method = Map(mu=("uniform", -0.5, 0.5), tau=("uniform", 0, 1))
    joint = ShapeReading.of(method, arms, endpoint).control()[0]
    rate, mass = log_minus_log(joint.eta), joint.mass.sum(axis=-2)
    answer = exact.solve(method, arms, endpoint=endpoint)
    mean = float(mass @ rate)
    assert mean == pytest.approx(float(answer.mean()), abs=2e-6)  # what a reading by shape says
    spread = np.sqrt(mass @ rate**2 - mean**2)
    assert spread == pytest.approx(float(answer.std()), abs=2e-6)
