"""EXNEX of several exchangeable parts: published and reference numbers, identities, brute force."""

import arviz as az
import numpy as np
import pytest
from scipy import special, stats

from bayesips import control_prior
from bayesips.borrowing.exnex import Exnex
from bayesips.borrowing.map import Map
from bayesips.endpoints import Binary, Landmark
from bayesips.engine import exact, nuts
from bayesips.engine.quadrature.data import unique_rows
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import CASES, LUNG, TWO

RATES = np.linspace(0.02, 0.98, 25)
# The setting of the published operating characteristics: two clusters, at 0.1 and at 0.3.
BASKETS = Exnex(
    exchangeable=(0.25, 0.25),
    mu=(("normal", float(special.logit(0.1)), 3.18), ("normal", float(special.logit(0.3)), 1.94)),
    tau=("half_normal", 1.0),
    alone=("normal", float(special.logit(0.2)), 2.5),
)
MIXED = Exnex(
    exchangeable=(0.4, 0.35),
    mu=(("normal", -1.5, 0.8), ("normal", 0.5, 1.1)),
    tau=(("lognormal", -0.7, 0.3), ("lognormal", -0.4, 0.25)),
    alone=("normal", -0.5, 1.7),
)


def believed(method, arms=LUNG, **more):
    """cdf of the control rate."""
    return control_prior(arms, method, **more).cdf(RATES)


@pytest.fixture(scope="module")
def four_baskets():
    given = CASES["exnex_single"]["inputs"]
    counts = zip(given["r"], given["n"], strict=True)
    arms = [Arm(f"basket {i}", r, n) for i, (r, n) in enumerate(counts)]
    return list(exact.arm_posteriors(BASKETS, arms, endpoint=Binary()).values())


def test_arms_have_the_reference_means(four_baskets):
    means = [float(posterior.mean()) for posterior in four_baskets]
    assert means == pytest.approx(CASES["exnex_single"]["recomputed"]["mean"], abs=1e-6)


def test_arms_have_the_reference_tails(four_baskets):
    case = CASES["exnex_single"]
    tails = [float(posterior.sf(0.1)) for posterior in four_baskets]
    assert tails == pytest.approx(case["expected"]["tail_gt_0_1"], abs=case["tolerance"])
    assert tails == pytest.approx(case["tail_by_nested_quadrature"], abs=2e-8)


def test_bias_and_mean_squared_error_over_every_data_set():
    case = CASES["exnex_oc_bias_mse"]
    sizes = case["inputs"]["n"]
    counts = np.meshgrid(*[np.arange(n + 1) for n in sizes], indexing="ij")
    arms = [Arm(f"basket {i}", r.ravel(), n) for i, (r, n) in enumerate(zip(counts, sizes))]  # noqa: B905
    means = list(exact.arm_means(BASKETS, arms, endpoint=Binary()).values())
    for name, truth in case["inputs"]["scenarios"].items():
        each = [stats.binom.pmf(a.successes, a.n, q) for a, q in zip(arms, truth, strict=True)]
        chance = np.prod(each, axis=0)
        errors = [mean - q for mean, q in zip(means, truth, strict=True)]
        found = np.array([[100 * chance @ e, 100 * chance @ e**2] for e in errors])
        assert np.allclose(found, case["recomputed"][f"s{name}"], atol=1e-4)
        assert np.allclose(found, case["expected"][f"s{name}"], atol=case["tolerance"])


@pytest.mark.parametrize("method", [MIXED, Map()], ids=["parts", "map"])
def test_the_mean_of_an_arm_is_the_chance_of_one_more_success(method):
    batch = [Arm("first", np.array([12, 25]), 40), TWO[1]]
    means = exact.arm_means(method, batch, endpoint=Binary())
    for cell, r in enumerate((12, 25)):
        arms = [Arm("first", r, 40), TWO[1]]
        for label, posterior in exact.arm_posteriors(method, arms, endpoint=Binary()).items():
            assert float(means[label][cell]) == pytest.approx(float(posterior.mean()), abs=1e-9)


def test_arms_of_one_size_may_be_exchanged_in_every_cell_of_a_batch():
    counts = np.meshgrid(np.arange(0, 21, 5), np.arange(0, 21, 4), [1, 9], indexing="ij")
    arms = [Arm(name, r.ravel(), 20) for name, r in zip("abc", counts, strict=True)]
    together = exact.arm_means(BASKETS, arms, endpoint=Binary())
    for cell in (0, 7, 23, 38):
        one = [Arm(arm.label, int(arm.successes[cell]), 20) for arm in arms]
        alone = exact.arm_means(BASKETS, one[::-1], endpoint=Binary())
        for label in "abc":
            assert float(together[label][cell]) == pytest.approx(float(alone[label]), abs=2e-9)


def test_arms_of_one_size_that_differ_when_alone_are_not_exchanged():
    alone = {"a": ("normal", -3, 1), "b": ("normal", 0, 1), "control": ("normal", 0, 1)}
    method = Exnex((0.3, 0.3), tau=("half_normal", 0.5), alone=alone)
    first, second = np.array([2, 9]), np.array([9, 2])
    evidence = exact.log_evidence(
        method, [Arm("a", first, 20), Arm("b", second, 20)], endpoint=Binary()
    )
    for cell in (0, 1):
        one = [Arm("a", int(first[cell]), 20), Arm("b", int(second[cell]), 20)]
        found = float(exact.log_evidence(method, one, endpoint=Binary()))
        assert float(evidence[cell]) == pytest.approx(found, abs=2e-9)
    assert abs(evidence[0] - evidence[1]) > 0.1  # few of the first are not few of the second


@pytest.mark.parametrize("spread", [1, 10**6], ids=["looked up", "sorted"])
def test_rows_without_repeats_are_those_of_a_plain_search(spread):
    table = np.random.default_rng(3).integers(0, 5, (300, 3)) * spread
    unique, index = unique_rows(table)
    assert list(map(tuple, unique.tolist())) == sorted(set(map(tuple, table.tolist())))
    assert np.array_equal(unique[index], table)


def normals_and_data(mean, sd, log_tau, sd_tau, eta, likelihoods):
    """Nodes of (mu, tau), their prior masses, and each likelihood averaged over Normal(mu, tau)."""
    z, w = np.polynomial.hermite_e.hermegauss(14)
    mu = np.linspace(mean - 7 * sd, mean + 7 * sd, 60)
    mass = np.outer(stats.norm.pdf(mu, mean, sd), w)
    pairs = np.meshgrid(mu, np.exp(log_tau + sd_tau * z), indexing="ij")
    kernel = stats.norm.pdf(eta, pairs[0].ravel()[:, None], pairs[1].ravel()[:, None])
    averages = kernel @ np.array(likelihoods).T * (eta[1] - eta[0])
    return (mass / mass.sum()).ravel(), averages.T


def test_two_arms_are_as_on_a_dense_grid_of_four_unknowns():
    eta = np.linspace(-14, 14, 1201)
    theta = special.expit(eta)
    seen = [stats.binom.pmf(arm.successes, arm.n, theta) for arm in TWO]
    functions = [*seen, theta, theta**2, seen[0] * theta]
    first, a = normals_and_data(-1.5, 0.8, -0.7, 0.3, eta, functions)
    second, b = normals_and_data(0.5, 1.1, -0.4, 0.25, eta, functions)
    alone = np.array(functions) @ stats.norm.pdf(eta, -0.5, 1.7) * (eta[1] - eta[0])
    mixed = [
        0.4 * x[:, None] + 0.35 * y + 0.25 * z for x, y, z in zip(a, b, alone, strict=True)
    ]  # on the grid of all four
    both = first @ (mixed[0] * mixed[1]) @ second
    mean, square = (first @ (mixed[0] * mixed[1] * m) @ second / both for m in mixed[2:4])
    arm = first @ (mixed[4] * mixed[1]) @ second / both
    answer = control_prior(TWO, MIXED)
    assert float(answer.mean()) == pytest.approx(mean, abs=1e-9)
    assert float(answer.std()) == pytest.approx(np.sqrt(square - mean**2), abs=1e-9)
    own = exact.arm_posteriors(MIXED, TWO, endpoint=Binary())["first"]
    assert float(own.mean()) == pytest.approx(arm, abs=1e-9)
    evidence = float(exact.log_evidence(MIXED, TWO, endpoint=Binary()))
    assert evidence == pytest.approx(np.log(both), abs=1e-9)


@pytest.mark.parametrize("endpoint", [Binary(), Landmark()], ids=["binary", "landmark"])
def test_a_part_of_no_probability_is_no_part(endpoint):
    arms = LUNG[:4]
    alone = ("normal", -0.5, 1.7)
    one = Exnex(0.6, mu=MIXED.mu[0], tau=MIXED.tau[0], alone=alone)
    two = Exnex((0.6, 0.0), mu=MIXED.mu, tau=MIXED.tau, alone=alone)
    assert np.allclose(
        believed(one, arms, endpoint=endpoint), believed(two, arms, endpoint=endpoint), atol=1e-8
    )


def test_nothing_but_one_part_is_the_map():
    sure = Exnex((1.0, 0.0), mu=MIXED.mu, tau=MIXED.tau)
    assert np.allclose(believed(sure), believed(Map(MIXED.mu[0], MIXED.tau[0])), atol=1e-8)


def test_two_equal_parts_are_not_one_part_of_their_joint_probability():
    one, two = Exnex(0.8), Exnex((0.4, 0.4))  # two clusters of arms, each with its own mean
    assert np.abs(believed(one) - believed(two)).max() > 0.01


def test_the_order_of_parts_does_not_matter():
    turned = Exnex(MIXED.exchangeable[::-1], MIXED.mu[::-1], MIXED.tau[::-1], MIXED.alone)
    assert np.allclose(believed(MIXED), believed(turned), atol=1e-9)


def test_the_order_of_arms_does_not_matter():
    assert np.allclose(believed(MIXED), believed(MIXED, LUNG[::-1]), atol=1e-9)


def test_three_parts_may_leave_nobody_alone():
    three = Exnex((0.3, 0.3, 0.4), tau=("half_normal", 0.5))
    answer = control_prior(TWO, three)
    assert answer.error <= exact.TOLERANCE
    assert np.allclose(answer.cdf(RATES), believed(Exnex((0.4, 0.3, 0.3), tau=three.tau), TWO))


def test_an_arm_left_out_of_a_cell_is_as_if_it_were_not_there():
    kept = np.array([True, False])
    batch = [*LUNG[:3], Arm("Zhu", 3, 23, included=kept)]
    together = control_prior(batch, MIXED)
    for cell, arms in enumerate((LUNG[:4], LUNG[:3])):
        assert np.allclose(together[cell].cdf(RATES), believed(MIXED, arms), atol=1e-8)


def test_a_batch_of_priors_is_solved_as_one_by_one():
    scales = np.array([0.3, 1.0])
    together = control_prior(TWO, Exnex((0.3, 0.3), tau=("half_normal", scales)))
    for cell, scale in enumerate(scales):
        alone = believed(Exnex((0.3, 0.3), tau=("half_normal", float(scale))), TWO)
        assert np.allclose(together[cell].cdf(RATES), alone, atol=1e-8)


def test_a_batch_of_probabilities_is_solved_as_one_by_one():
    shares = np.array([0.1, 0.5])
    together = control_prior(TWO, Exnex((shares, 0.3)))
    for cell, share in enumerate(shares):
        alone = believed(Exnex((float(share), 0.3)), TWO)
        assert np.allclose(together[cell].cdf(RATES), alone, atol=1e-8)


def test_each_arm_and_the_control_may_be_alone_in_its_own_way():
    far = {"first": ("normal", -1, 1), "second": ("normal", -1, 1), "control": ("normal", 4, 0.3)}
    near = ("normal", -1, 0.3)
    answer = control_prior(TWO, Exnex((0.4, 0.3), near, ("half_normal", 0.3), far))
    assert float(answer.sf(0.9)) == pytest.approx(0.3, abs=1e-5)
    nowhere = Exnex(0.0, alone=far)
    own = exact.arm_posteriors(nowhere, TWO, endpoint=Binary())
    same = Exnex(0.0, alone=("normal", -1, 1))
    expected = exact.arm_posteriors(same, TWO, endpoint=Binary())
    assert np.allclose(own["first"].cdf(RATES), expected["first"].cdf(RATES), atol=1e-12)


def test_far_more_arms_than_can_be_summed_over_are_sent_to_nuts():
    arms = [Arm(f"arm {i}", 3, 10) for i in range(13)]
    with pytest.raises(ArithmeticError, match=r"13 arms.*at most 12.*engine='nuts'"):
        control_prior(arms, MIXED)


@pytest.mark.slow
def test_twelve_arms_are_summed_over():
    arms = [Arm(f"arm {i}", 2 + i // 2, 20 + i) for i in range(12)]
    assert control_prior(arms, MIXED).error <= exact.TOLERANCE


@pytest.mark.slow
def test_both_engines_agree_on_two_parts():
    tree = nuts.fit(MIXED, TWO, endpoint=Binary(), seed=20261126, draws=4000)
    answer = control_prior(TWO, MIXED)
    own = exact.arm_posteriors(MIXED, TWO, endpoint=Binary())
    arms = [(tree.posterior["arm_rate"].sel(arm=a.label), own[a.label]) for a in TWO]
    for draws, told in [(tree.posterior["control"], answer), *arms]:
        error = 5 * float(az.mcse(draws.values))
        assert float(draws.mean()) == pytest.approx(float(told.mean()), abs=error)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"exchangeable": (0.7, 0.5)}, "sum of at most 1"),
        ({"exchangeable": (0.7, -0.1)}, "0 to 1"),
        ({"exchangeable": ()}, "0 to 1"),
        ({"exchangeable": (0.2, 0.3), "mu": (("normal", 0, 1),)}, "mu has 1 priors"),
        ({"exchangeable": (0.2, 0.3), "tau": (("normal", 0, 1),) * 2}, "tau is normal"),
        ({"alone": {"first": ("half_normal", 1)}}, "'first' is half_normal"),
    ],
)
def test_settings_that_make_no_mixture_are_refused(settings, said):
    with pytest.raises(ValueError, match=said):
        Exnex(**settings)


def test_an_arm_without_its_own_alone_is_named():
    with pytest.raises(ValueError, match="'second' is missing"):
        control_prior(TWO, Exnex(alone={"first": ("normal", 0, 1), "control": ("normal", 0, 1)}))
