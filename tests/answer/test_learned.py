"""What methods learned about their own unknowns: reference numbers, brute force, both engines."""

import arviz as az
import numpy as np
import pytest
from scipy import integrate, special, stats

from bayesips import (
    BetaHierarchy,
    Commensurate,
    Discount,
    Exnex,
    Landmark,
    Leap,
    Map,
    NormalizedPower,
    Stratified,
    learned,
)
from bayesips.endpoints import Binary
from bayesips.engine import exact, nuts
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import CASES, CONTROLS, LUNG, PAST, TWO, published
from tests.borrowing.test_exnex_parts import MIXED

# The reference's own range of mu is good to so much.
REFERENCE = 2e-7
TIMED = {"concurrent": CONTROLS, "endpoint": Landmark()}
SPREAD = ("lognormal", -0.5, 0.4)
SPIKE_AND_SLAB = ("mixture", [0.5, ("fixed", 0.05)], [0.5, ("uniform", 0.2, 2.0)])


def of(data, name):
    """Mean and sd of one unknown."""
    row = data.sel(unknown=name)
    return float(row["mean"]), float(row["sd"])


def likelihoods(arms, eta):
    """Binomial likelihoods on the log odds, one row an arm, each scaled to a peak of 1."""
    logs = [
        arm.successes * special.log_expit(eta) + (arm.n - arm.successes) * special.log_expit(-eta)
        for arm in arms
    ]
    return np.exp(np.array(logs) - np.max(logs, axis=1, keepdims=True))


def brute_force(arms, tau_nodes, tau_mass, mean=0.0, sd=2.0):
    """Nodes of mu and tau, their prior masses, and each arm's likelihood averaged there."""
    eta = np.linspace(-16, 16, 1601)
    mu = np.linspace(mean - 7 * sd, mean + 7 * sd, 141)
    mass = np.exp(-0.5 * ((mu - mean) / sd) ** 2)
    pairs = np.meshgrid(mu, tau_nodes, indexing="ij")
    kernel = stats.norm.pdf(eta, pairs[0].ravel()[:, None], pairs[1].ravel()[:, None])
    averages = kernel @ likelihoods(arms, eta).T * (eta[1] - eta[0])
    return [pair.ravel() for pair in pairs], np.outer(mass, tau_mass).ravel(), averages.T


def lognormal_nodes(count=25):
    """Nodes and masses of SPREAD."""
    z, w = np.polynomial.hermite_e.hermegauss(count)
    return np.exp(SPREAD[1] + SPREAD[2] * z), w


@pytest.mark.parametrize("name", ["npp_5of7_vs_8of40", "npp_40_vs_50"])
def test_the_discount_of_a_normalized_power_prior_has_the_reference_mean(name):
    said, given = published(name)
    past, now = Arm("past", given["y0"], given["n0"]), Arm("controls", given["y"], given["n"])
    mean, _ = of(learned([past], NormalizedPower(), now), "discount")
    assert mean == pytest.approx(said["mean_delta"], abs=1e-10)
    # the peer's 400,000 draws
    assert mean == pytest.approx(CASES[name]["expected"]["mean_delta"], abs=3e-3)


def test_the_discount_of_a_normalized_power_prior_has_the_reference_sd():
    _, sd = of(learned(PAST, NormalizedPower(), CONTROLS), "discount")
    assert sd == pytest.approx(0.27501594, abs=1e-8)
    past, now = Arm("past", 50, 100), Arm("controls", 40, 100)
    _, sd = of(learned([past], NormalizedPower(), now), "discount")
    assert sd == pytest.approx(published("npp_40_vs_50")[0]["sd_delta"], abs=1e-10)


def test_history_alone_says_nothing_of_its_discount():
    found = of(learned(PAST, NormalizedPower(discount=("beta", 2, 5))), "discount")
    assert found == pytest.approx((2 / 7, stats.beta(2, 5).std()), abs=1e-12)


def test_each_arm_has_learned_a_discount_of_its_own():
    data = learned(TWO, NormalizedPower(per_arm=True), CONTROLS)

    def predicted(first, second):
        """Probability of the controls given both discounts, up to a constant."""
        a, b = 1 + 12 * first + 9 * second, 1 + 28 * first + 26 * second
        return np.exp(special.betaln(a + 5, b + 2) - special.betaln(a, b))

    total, _ = integrate.dblquad(lambda y, x: predicted(x, y), 0, 1, 0, 1, epsabs=1e-13)
    for name, value in (("first", lambda y, x: x), ("second", lambda y, x: y)):
        moment, _ = integrate.dblquad(
            lambda y, x, value=value: value(y, x) * predicted(x, y), 0, 1, 0, 1, epsabs=1e-13
        )
        assert of(data, f"discount_{name}")[0] == pytest.approx(moment / total, abs=1e-8)


def test_leap_has_the_reference_number_of_exchangeable_patients():
    said, _ = published("leap_binomial_5of7")
    mean, _ = of(learned(PAST, Leap(), CONTROLS), "exchangeable patients")
    assert mean == pytest.approx(said["mean_n_exch"], abs=1e-10)


def test_the_share_of_leap_is_an_integral_over_both_classes():
    x, w = np.polynomial.legendre.leggauss(80)
    nodes, w = (x + 1) / 2, w / 2
    rate, other, share = np.meshgrid(nodes, nodes, nodes, indexing="ij")
    blend = share * rate + (1 - share) * other
    mass = np.exp(8 * np.log(blend) + 32 * np.log1p(-blend)) * rate**5 * (1 - rate) ** 2
    mass *= w[:, None, None] * w[:, None] * w
    mass /= mass.sum()
    first, second = (float(np.sum(mass * share**k)) for k in (1, 2))
    found = of(learned(PAST, Leap(), CONTROLS), "share")
    assert found == pytest.approx((first, np.sqrt(second - first**2)), abs=1e-9)


def test_a_known_share_leaves_nothing_to_learn_of_it():
    for share, count in ((0.0, 0), (1.0, 40)):
        data = learned(PAST, Leap(share=("fixed", share)), CONTROLS)
        assert data.unknown.values.tolist() == ["exchangeable patients"]
        assert of(data, "exchangeable patients") == pytest.approx((count, 0), abs=1e-9)


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith("map_exact")])
def test_mean_and_spread_of_a_map_are_those_of_the_reference_quadrature(name):
    said, given = published(name)
    arms = [Arm(f"{i}", r, n) for i, (r, n) in enumerate(zip(given["r"], given["n"], strict=True))]
    scale = 0.5 if "0.5" in given["tau_prior"] else 1.0
    data = learned(arms, Map(tau=("half_normal", scale)))
    for unknown in ("mu", "tau"):
        expected = said[f"{unknown}_mean"], said[f"{unknown}_sd"]
        assert of(data, unknown) == pytest.approx(expected, abs=REFERENCE)


def test_controls_speak_of_the_spread_as_one_more_arm_does():
    tau, mass = lognormal_nodes()
    (_, nodes), prior, tables = brute_force([*TWO, CONTROLS], tau, mass)
    weight = prior * tables.prod(axis=0)
    weight /= weight.sum()
    mean = weight @ nodes
    expected = mean, np.sqrt(weight @ (nodes - mean) ** 2)
    assert of(learned(TWO, Map(tau=SPREAD), CONTROLS), "tau") == pytest.approx(expected, abs=1e-8)
    assert mean > of(learned(TWO, Map(tau=SPREAD)), "tau")[0]  # they are far from both arms


def test_spike_or_slab_is_a_ratio_of_evidences():
    eta = np.linspace(-9, 9, 721)
    past = np.prod(likelihoods(LUNG, eta), axis=0) * np.exp(-(eta**2) / 8)
    now = likelihoods([CONTROLS], eta)[0]

    def evidence(tau):
        """Of the controls, at one spread."""
        kernel = np.exp(-0.5 * ((eta[:, None] - eta) / tau) ** 2) / tau
        return past @ kernel @ now

    x, w = np.polynomial.legendre.leggauss(24)
    slab = sum(weight / 2 * evidence(1.1 + 0.9 * node) for node, weight in zip(x, w, strict=True))
    expected = evidence(0.05) / (evidence(0.05) + slab)
    data = learned(LUNG, Commensurate(tau=SPIKE_AND_SLAB), CONTROLS)
    assert of(data, "tau in part 1")[0] == pytest.approx(expected, abs=1e-8)
    assert of(data, "tau in part 2")[0] == pytest.approx(1 - expected, abs=1e-8)
    prior = learned(LUNG, Commensurate(tau=SPIKE_AND_SLAB))
    assert of(prior, "tau in part 1")[0] == pytest.approx(0.5, abs=1e-12)


def test_who_is_exchangeable_is_a_sum_over_all_divisions():
    arms, method = [*TWO, CONTROLS], Exnex(0.6, tau=SPREAD, alone=("normal", 0.5, 1.2))
    tau, mass = lognormal_nodes()
    _, prior, shared = brute_force(arms, tau, mass)
    eta = np.linspace(-16, 16, 1601)
    alone = likelihoods(arms, eta) @ stats.norm.pdf(eta, 0.5, 1.2) * (eta[1] - eta[0])
    within, whole = np.zeros(3), 0.0
    for number in range(8):
        inside = np.array([bool(number >> k & 1) for k in range(3)])
        joint = prior / prior.sum() @ np.prod(shared[inside], axis=0)
        chance = joint * alone[~inside].prod() * 0.6 ** inside.sum() * 0.4 ** (~inside).sum()
        whole, within = whole + chance, within + chance * inside
    data = learned(TWO, method, CONTROLS)
    for label, expected in zip(("first", "second", "control"), within / whole, strict=True):
        probability, sd = of(data, f"{label} exchangeable")
        assert probability == pytest.approx(expected, abs=1e-7)
        assert sd == pytest.approx(np.sqrt(probability * (1 - probability)), abs=1e-12)


def test_an_arm_belongs_to_one_of_two_clusters_or_to_none():
    data = learned(TWO, MIXED)
    for arm in TWO:
        parts = [of(data, f"{arm.label} in part {k}")[0] for k in (1, 2)]
        assert min(parts) > 0
        assert sum(parts) < 1
    far = Exnex((0.5, 0.5), mu=(("normal", -1.5, 0.8), ("normal", 9.0, 0.1)), tau=SPREAD)
    assert of(learned(TWO, far), "first in part 1")[0] == pytest.approx(1, abs=1e-6)


def test_mean_and_size_of_a_beta_hierarchy_by_brute_force():
    mean, size = np.meshgrid(
        (np.arange(600) + 0.5) / 600, np.exp(np.linspace(-8, 17, 1201)), indexing="ij"
    )
    logs = stats.norm.logpdf(np.log(size), 2.5, 1.5)
    for arm in [*TWO, CONTROLS]:
        logs = logs + stats.betabinom.logpmf(arm.successes, arm.n, mean * size, (1 - mean) * size)
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    data = learned(TWO, BetaHierarchy(), CONTROLS)
    for name, values in (("mean", mean), ("size", size)):
        first = np.sum(weight * values)
        sd = np.sqrt(np.sum(weight * (values - first) ** 2))
        assert of(data, name) == pytest.approx((first, sd), rel=1e-6)


def test_a_heavy_tail_leaves_no_mean_or_no_sd():
    wide = Commensurate(tau=("half_cauchy", 1.0))
    assert np.isnan(of(learned(LUNG, wide), "tau")).all()  # the prior itself
    mean, sd = of(learned(LUNG, wide, CONTROLS), "tau")
    assert np.isfinite(mean)
    assert np.isnan(sd)
    assert np.isfinite(of(learned(LUNG, Map(tau=("half_cauchy", 1.0))), "tau")).all()


def test_a_method_without_unknowns_has_learned_nothing():
    assert learned(TWO, "pooled", CONTROLS).sizes["unknown"] == 0
    assert learned(TWO, Map(mu=("fixed", 0), tau=("fixed", 1))).sizes["unknown"] == 0
    assert learned(TWO, NormalizedPower(discount=("fixed", 0.4)), CONTROLS).sizes["unknown"] == 0


def test_known_mean_and_spread_leave_who_is_exchangeable():
    known = Exnex(0.5, mu=("fixed", -0.8), tau=("fixed", 0.3), alone=("normal", 2.0, 0.5))
    eta = np.linspace(-12, 12, 4801)
    inside, outside = (
        likelihoods(TWO, eta) @ stats.norm.pdf(eta, *numbers) for numbers in ((-0.8, 0.3), (2, 0.5))
    )
    data = learned(TWO, known)
    found = [of(data, f"{arm.label} exchangeable")[0] for arm in TWO]
    assert found == pytest.approx(inside / (inside + outside), abs=1e-9)


def test_the_shape_of_survival_is_learned_too():
    rows = [Arm("early", 12, 20, day=14), Arm("late", 6, 20, day=120)]
    data = learned(rows, Map(), endpoint=Landmark())
    assert data.unknown.values.tolist() == ["shape", "mu", "tau"]
    sd = float(np.sqrt(np.exp(0.09) - 1) * np.exp(np.log(0.65) + 0.045))  # of its prior
    assert 0 < of(data, "shape")[1] < sd
    powered = learned(rows, NormalizedPower(), endpoint=Landmark())
    assert powered.unknown.values.tolist() == ["discount"]  # a shape goes with each discount


@pytest.mark.parametrize(
    ("arms", "method", "more", "error", "why"),
    [
        (TWO, Discount(), {"concurrent": CONTROLS}, ValueError, "adapted"),
        ([Arm("a", np.array([1, 2]), 7)], Map(), {}, ValueError, "one data set"),
        (TWO, Map(tau=("half_normal", np.array([0.5, 1.0]))), {}, ValueError, "one data set"),
        (TWO, Map(), {"concurrent": Arm("c", np.array([1, 2]), 7)}, ValueError, "one data set"),
        (TWO, Map(), {"concurrent": Arm("c", 5, 7, relation=">=")}, ValueError, "count"),
        (TWO, Stratified(), {"concurrent": CONTROLS}, ArithmeticError, "nuts"),
        (TWO, NormalizedPower(), TIMED, ArithmeticError, "nuts"),
        (TWO, Map(), {"tolerance": 1e-30}, ArithmeticError, "did not settle"),
    ],
    ids=[
        "adapts",
        "batch",
        "batch of settings",
        "batch of controls",
        "bound",
        "stratified",
        "powered rows",
        "tolerance",
    ],
)
def test_what_cannot_be_told_is_refused(arms, method, more, error, why):
    with pytest.raises(error, match=why):
        learned(arms, method, **more)


@pytest.mark.slow
@pytest.mark.parametrize("method", [Map(), Exnex(0.7, tau=SPREAD)], ids=["map", "exnex"])
def test_both_engines_learn_the_same_of_mean_and_spread(method):
    tree = nuts.fit(method, LUNG, endpoint=Binary(), seed=20261126, draws=4000)
    data = learned(LUNG, method)
    for name in ("mu", "tau"):
        draws, (mean, sd) = tree.posterior[name].values, of(data, name)
        assert abs(draws.mean() - mean) < 5 * float(az.mcse(draws))
        assert abs(draws.std() - sd) < 5 * float(az.mcse(draws, method="sd"))


def test_the_mean_log_odds_of_a_new_control_is_the_mean_of_mu():
    answer = exact.solve(Map(), LUNG, endpoint=Binary())
    log_odds = answer.expect(lambda rate: special.logit(np.clip(rate, 1e-15, 1 - 1e-15)))
    assert float(log_odds) == pytest.approx(of(learned(LUNG, Map()), "mu")[0], abs=1e-6)
