"""Exact and NUTS agree within 5 MCSE in mean, sd and P(effect > 0), off every method's defaults."""

import arviz as az
import numpy as np
import pytest

from bayesips import assess, load_model, pymc_model
from bayesips.answer.control import robustified
from bayesips.borrowing.beta_hierarchy import BetaHierarchy
from bayesips.borrowing.biases import total_shift
from bayesips.borrowing.commensurate import Commensurate
from bayesips.borrowing.discount import Discount
from bayesips.borrowing.eb_robust import EbRobust
from bayesips.borrowing.elastic import Elastic
from bayesips.borrowing.empirical_power import EmpiricalPower
from bayesips.borrowing.exnex import Exnex
from bayesips.borrowing.leap import Leap
from bayesips.borrowing.map import Map
from bayesips.borrowing.normalized_power import NormalizedPower
from bayesips.borrowing.pooled import Pooled
from bayesips.borrowing.power import Power
from bayesips.borrowing.sam import Sam
from bayesips.borrowing.separate import Separate
from bayesips.borrowing.stratified import Stratified
from bayesips.borrowing.student_map import StudentMap
from bayesips.borrowing.test_then_pool import TestThenPool
from bayesips.distributions import BetaMixture, Points
from bayesips.endpoints import Landmark
from bayesips.engine import nuts
from bayesips.evidence.arm import Arm
from tests.borrowing.agreement import (
    DRAWS,
    LARGEST,
    SEED,
    Case,
    check_agreement,
    check_distance,
    error_of,
    expectations,
    of_chains,
)
from tests.borrowing.histories import CONTROLS, LUNG, TWO

# Where a draw is dear.
FEW = 1000
# Controls as history has it, where adaptive methods borrow in full.
ALIKE = Arm("controls", 3, 10)
# Somewhat better: history enters in part.
BETTER = Arm("controls", 9, 20)
SPIKE = ("mixture", (0.5, ("fixed", 0.05)), (0.5, ("uniform", 0, 2)))
CAUCHY = ("half_cauchy", 1)
SHIFT = {"immortal_time": (0.4, 0.15), "era": (-0.2, 0.3)}
PARTS = Exnex(
    exchangeable=(0.4, 0.35),
    mu=(("normal", -1.5, 0.8), ("normal", 0.5, 1.1)),
    tau=(("lognormal", -0.7, 0.3), ("lognormal", -0.4, 0.25)),
    alone=("normal", -0.5, 1.7),
)
# Rows of every kind at their own days: a known day, discharge, an upper and a lower bound.
DAYS = [
    Arm("Kantrow", 18, 85, day="discharge"),
    Arm("Tizon", 8, 22, day=28),
    Arm("Zhu", 3, 23, day=100, relation="<="),
    Arm("0403", 9, 18, day=56, relation=">=", observations=[(100, "<=", 9)]),
]
STEP = Landmark(bridge="piecewise", cuts=(40.0,))
STRATA = [Arm("ventilated", 2, 31, day=28), Arm("not ventilated", 8, 14, day=56)]

CHEAP = {
    "normalized power, one power per arm, controls": Case(
        NormalizedPower(("beta", 2, 1), per_arm=True, a=0.5, b=0.5), TWO, CONTROLS, together=True
    ),
    "SAM, likelihood ratio, controls": Case(Sam(0.3), TWO, ALIKE),
}
SETTINGS = {
    "normalized power, one power per arm, weighted": Case(
        NormalizedPower(per_arm=True), TWO, CONTROLS
    ),
    "normalized power, power not above one half": Case(
        NormalizedPower(("uniform", 0, 0.5)), LUNG, CONTROLS, together=True
    ),
    "commensurate, half-Cauchy": Case(Commensurate(tau=CAUCHY), TWO, together=True),
    "commensurate, half-Cauchy, controls": Case(
        Commensurate(tau=CAUCHY), TWO, CONTROLS, together=True
    ),
    "commensurate, half-Cauchy, weighted": Case(Commensurate(tau=CAUCHY), LUNG, CONTROLS),
    "commensurate, spike and slab": Case(Commensurate(tau=SPIKE), LUNG, together=True),
    "commensurate, spike and slab, controls": Case(
        Commensurate(tau=SPIKE), TWO, CONTROLS, together=True
    ),
    "commensurate, inverse gamma, controls": Case(
        Commensurate(tau=("inverse_gamma", 3, 1)), TWO, CONTROLS, together=True
    ),
    "MAP, six arms": Case(Map(), LUNG, together=True),
    "MAP, half-Cauchy, six arms, controls": Case(Map(tau=CAUCHY), LUNG, CONTROLS, together=True),
    "Student-t MAP, six arms": Case(StudentMap(), LUNG, together=True, draws=FEW),
    "Student-t MAP, df 3, controls": Case(StudentMap(3.0), TWO, CONTROLS, together=True, draws=FEW),
    "EXNEX, six arms": Case(Exnex(0.7), LUNG, together=True, draws=FEW),
    "EXNEX of two parts": Case(PARTS, TWO, together=True),
    "EXNEX of two parts, controls": Case(PARTS, TWO, CONTROLS, together=True),
    "beta hierarchy, six arms, controls": Case(
        BetaHierarchy(), LUNG, CONTROLS, together=True, draws=FEW
    ),
    "LEAP, six arms, controls": Case(Leap(("beta", 3, 1)), LUNG, CONTROLS, together=True),
    "stratified, controls": Case(
        Stratified(("beta", 2, 3), 0.5, 0.5), STRATA, CONTROLS, together=True
    ),
    "stratified, weighted": Case(Stratified(), STRATA, CONTROLS),
}
ADAPTIVE = {
    "SAM, prior odds of 3, over power": Case(
        Sam(0.2, informative=Power(0.5), prior_odds=3.0, n=2.0), LUNG, ALIKE
    ),
    "SAM over commensurate, with a bias": Case(
        Sam(0.2, informative="commensurate"), TWO, CONTROLS, bias=SHIFT
    ),
    "test-then-pool, no surprise": Case(TestThenPool(), TWO, ALIKE),
    "test-then-pool, surprise": Case(TestThenPool(0.5), TWO, CONTROLS),
    "discount, Weibull": Case(Discount(), TWO, BETTER),
    "discount, identity": Case(Discount("identity", maximum=0.8), LUNG, ALIKE),
    "elastic": Case(Elastic(0.3), LUNG, BETTER),
    "EB-robust": Case(EbRobust(0.3), TWO, CONTROLS),
    "empirical power": Case(EmpiricalPower(), TWO, BETTER),
}
LAYERS = {
    "MAP, two biases": Case(Map(), LUNG, bias=SHIFT),
    "MAP, two biases, vague part, controls": Case(Map(), LUNG, CONTROLS, bias=SHIFT, robust=0.2),
    "commensurate, a bias, controls": Case(Commensurate(), TWO, CONTROLS, bias=SHIFT),
    "power, a bias, vague part": Case(Power(0.3), TWO, bias=SHIFT, robust=0.5),
    "EB-robust, a bias": Case(EbRobust(0.5), TWO, Arm("controls", 5, 10), bias=SHIFT),
}
LANDMARK = {
    "MAP": Case(Map(), DAYS, CONTROLS, endpoint=Landmark(), together=True),
    "Student-t MAP": Case(StudentMap(), DAYS[1:], endpoint=Landmark(), together=True, draws=FEW),
    "commensurate, spike and slab": Case(
        Commensurate(tau=SPIKE), DAYS, CONTROLS, endpoint=Landmark(), together=True
    ),
    "EXNEX": Case(Exnex(0.7), DAYS, endpoint=Landmark(), together=True),
    "beta hierarchy": Case(BetaHierarchy(), DAYS, endpoint=Landmark(), together=True, draws=FEW),
    "pooled": Case(Pooled(0.5, 0.5), DAYS, CONTROLS, endpoint=Landmark(), together=True),
    "power, one for each arm": Case(
        Power((0.2, 0.9, 0.5, 1.0)), DAYS, endpoint=Landmark(), together=True
    ),
    "normalized power": Case(
        NormalizedPower(("beta", 2, 1)), DAYS, CONTROLS, endpoint=Landmark(), together=True
    ),
    "LEAP": Case(Leap(), DAYS, CONTROLS, endpoint=Landmark(), together=True),
    "stratified": Case(Stratified(), STRATA, CONTROLS, endpoint=Landmark(), together=True),
    "SAM": Case(Sam(0.3), DAYS, ALIKE, endpoint=Landmark()),
    "elastic": Case(Elastic(0.3), DAYS, BETTER, endpoint=Landmark()),
    "MAP, piecewise bridge of one step": Case(Map(), DAYS, endpoint=STEP, together=True),
    "separate": Case(Separate(), DAYS, CONTROLS, endpoint=Landmark(), together=True),
}


@pytest.mark.parametrize("seed", [1, 2])
def test_a_wrong_answer_is_seen(seed):
    draws = np.random.default_rng(seed).beta(3, 7, (4, DRAWS))
    tree = az.from_dict({"posterior": {"control": draws}}, attrs={"/": {"diagnostics": "{}"}})
    right = expectations(BetaMixture([1.0], [3.0], [7.0]))
    assert of_chains(tree, right).ratios.max() < LARGEST
    for off in np.diag([0.015, 0.004, 0.015]):  # ten errors of mean, variance, probability
        with pytest.raises(AssertionError):
            check_distance("wrong", of_chains(tree, right + off), tree)


def test_the_error_of_weighted_draws_is_their_spread_over_repetitions():
    case = Case(Separate(3.0, 7.0), [], CONTROLS, bias=SHIFT, robust=0.2)
    exact = case.answer("exact")
    rng, found, claimed = np.random.default_rng(5), [], []
    for _ in range(200):
        draws = rng.beta(3, 7, (4, 250))
        prior = robustified(total_shift(SHIFT).applied(Points(draws.ravel())), 0.2)
        found.append(float(prior.update(CONTROLS.successes, CONTROLS.n).mean()))
        claimed.append(error_of(case, draws, lambda x: x, float(exact.mean())))
    assert np.std(found) == pytest.approx(np.mean(claimed), rel=0.15)  # 3 errors of an sd of 200
    assert abs(np.mean(found) - float(exact.mean())) < 4 * np.std(found) / np.sqrt(200)


@pytest.mark.parametrize("name", CHEAP)
def test_the_engines_agree_on_some_in_a_few_seconds(name, monkeypatch):
    check_agreement(name, CHEAP[name], monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_the_engines_agree_on_settings_that_are_not_the_defaults(name, monkeypatch):
    check_agreement(name, SETTINGS[name], monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("name", ADAPTIVE)
def test_the_engines_agree_on_what_controls_decide(name, monkeypatch):
    check_agreement(name, ADAPTIVE[name], monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("name", LAYERS)
def test_the_engines_agree_under_bias_and_vague_part(name, monkeypatch):
    check_agreement(name, LAYERS[name], monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("name", LANDMARK)
def test_the_engines_agree_on_rows_of_other_days(name, monkeypatch):
    check_agreement(f"landmark, {name}", LANDMARK[name], monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hlc001", "hlc001-bias", "hlc001-ventilation"])
def test_the_engines_agree_on_the_models_of_the_trial(name):
    model = load_model(name)
    exact = assess(model)
    control, chance = exact["control"], float(exact["decision"]["probability"][0])
    assert float(exact["decision"]["margin"][0]) == 0
    expected = np.array([float(control["mean"]), float(control["std"]) ** 2, chance])
    tree = nuts.sample(pymc_model(model), seed=SEED, draws=DRAWS)
    check_distance(f"model {name}", of_chains(tree, expected, "control_rate"), tree)
