"""The exact MAP prior against an independent quadrature, and against itself at its limits."""

import numpy as np
import pytest
from scipy import special

import bayesips as bips
from tests.reference_cases import load

CASES = load("map_quadrature")["cases"]
AS_SUCCESSES = [23, 12, 19, 9, 39, 6, 9, 10]
AS_N = [107, 44, 51, 39, 139, 20, 78, 35]


def arms(successes, n):
    """Arms of a data set."""
    counts = zip(successes, n, strict=True)
    return [bips.Arm(f"Study {k + 1}", r, size) for k, (r, size) in enumerate(counts)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_map_prior_agrees_with_an_independent_quadrature(case):
    method = bips.Map(mu=tuple(case["mu"]), tau=tuple(case["tau"]))
    prior = bips.control_prior(arms(case["successes"], case["n"]), method)
    # the reference cut the tail of tau under half-Cauchy, and of mu where everybody responds
    # (a third, brute-force sum gives .92220714896 there, as we do)
    cut = case["tau"][0] == "half_cauchy" or case["data"] == "all_responders"
    tolerance = 6e-6 if cut else 1e-8
    assert prior.mean() == pytest.approx(case["mean"], abs=tolerance)
    assert prior.std() == pytest.approx(case["sd"], abs=tolerance)
    quantiles = prior.ppf(np.array(case["prob"]))
    assert quantiles == pytest.approx(case["quantile"], abs=3e-6 if cut else 1e-6)


def test_map_prior_of_ankylosing_spondylitis():
    prior = bips.control_prior(arms(AS_SUCCESSES, AS_N), "map")
    assert prior.mean() == pytest.approx(0.25828, abs=5e-6)
    assert prior.std() == pytest.approx(0.08741, abs=5e-6)
    expected = [0.11085, 0.24861, 0.47143593]
    assert prior.ppf(np.array([0.025, 0.5, 0.975])) == pytest.approx(expected, abs=5e-6)


def grid_of_mean_and_spread():
    """Posterior of mu and tau of the same studies, by brute force: mu, tau, mass."""
    mu, tau = np.linspace(-4.0, 2.0, 121), (np.arange(100) + 0.5) * 4 / 100
    z = np.linspace(-6, 6, 121)
    mass = np.exp(-(z**2) / 2) / np.exp(-(z**2) / 2).sum()
    eta = mu[:, None, None] + tau[:, None] * z
    alive, dead = special.log_expit(eta), special.log_expit(-eta)
    logs = -(mu[:, None] ** 2) / 8 - tau**2 / 2
    for r, n in zip(AS_SUCCESSES, AS_N, strict=True):
        logs = logs + np.log(np.exp(r * alive + (n - r) * dead) @ mass)
    weight = np.exp(logs - logs.max())
    return mu, tau, weight / weight.sum()


def test_the_prior_is_that_of_a_new_control_and_not_the_posterior_of_the_mean_of_studies():
    # a peer hands on mu where the control's rate is meant: a variance six times too small
    mu, _, weight = grid_of_mean_and_spread()
    of_mu = weight.sum(axis=1)
    rate = special.expit(mu)
    sd_of_mu = np.sqrt(of_mu @ rate**2 - (of_mu @ rate) ** 2)
    prior = bips.control_prior(arms(AS_SUCCESSES, AS_N), "map")
    assert sd_of_mu == pytest.approx(0.0355, abs=5e-5)
    assert prior.std() == pytest.approx(0.0874, abs=5e-5)
    assert float(prior.std() / sd_of_mu) ** 2 == pytest.approx(6.06, abs=0.01)


def test_the_variance_of_a_new_control_is_that_of_the_mean_and_the_spread_together():
    mu, tau, weight = grid_of_mean_and_spread()
    of_mu = weight.sum(axis=1)
    variance = of_mu @ mu**2 - (of_mu @ mu) ** 2
    spread = float(np.sum(weight * tau**2))
    prior = bips.control_prior(arms(AS_SUCCESSES, AS_N), "map")
    first, second = (
        float(prior.expect(lambda r, k=k: special.logit(np.clip(r, 1e-15, 1 - 1e-15)) ** k))
        for k in (1, 2)
    )
    assert (variance, spread) == pytest.approx((0.0358, 0.1884), abs=1e-4)
    assert second - first**2 == pytest.approx(variance + spread, rel=1e-4)


def test_a_known_mean_leaves_the_spread_in_the_prior():
    known = bips.Map(mu=("fixed", -1.0), tau=("fixed", 0.8))
    prior = bips.control_prior(arms(AS_SUCCESSES, AS_N), known)
    x = np.linspace(0.02, 0.98, 25)
    assert prior.cdf(x) == pytest.approx(special.ndtr((special.logit(x) + 1) / 0.8), abs=1e-9)


def test_robust_map_is_mixed_before_it_is_updated():
    posterior = bips.control_posterior(
        arms(AS_SUCCESSES, AS_N), "map", bips.Arm("controls", 5, 7), robust=0.2
    )
    # the other order would give .440 (architecture of the method, Schmidli et al. 2014)
    assert posterior.mean() == pytest.approx(0.546, abs=5e-4)


def test_the_order_of_studies_is_irrelevant():
    forward = bips.control_prior(arms(AS_SUCCESSES, AS_N), "map")
    backward = bips.control_prior(arms(AS_SUCCESSES[::-1], AS_N[::-1]), "map")
    assert forward.mean() == pytest.approx(backward.mean(), abs=1e-12)
    assert forward.ppf(0.975) == pytest.approx(backward.ppf(0.975), abs=1e-9)


def test_a_batch_of_data_sets_is_each_data_set():
    rng = np.random.default_rng(7)
    successes = rng.binomial(AS_N, 0.25, size=(40, 8))
    batch = bips.control_prior(
        [bips.Arm(f"S{k}", successes[:, k], AS_N[k]) for k in range(8)], "map"
    )
    for cell in (0, 17, 39):
        single = bips.control_prior(arms(successes[cell], AS_N), "map")
        assert batch.mean()[cell] == pytest.approx(single.mean(), abs=1e-9)
        assert batch[cell].ppf(0.025) == pytest.approx(single.ppf(0.025), abs=1e-9)


def test_a_batch_of_hyperpriors_is_each_hyperprior():
    scales = np.array([0.1, 0.5, 1.0, 2.0])
    batch = bips.control_prior(arms(AS_SUCCESSES, AS_N), bips.Map(tau=("half_normal", scales)))
    for cell, scale in enumerate(scales):
        single = bips.control_prior(
            arms(AS_SUCCESSES, AS_N), bips.Map(tau=("half_normal", float(scale)))
        )
        assert batch.std()[cell] == pytest.approx(single.std(), abs=1e-8)


def test_leaving_an_arm_out_by_a_mask_is_not_having_it():
    full = arms(AS_SUCCESSES, AS_N)
    keep = ~np.eye(8, dtype=bool)
    masked = [
        bips.Arm(arm.label, arm.successes, arm.n, included=keep[:, k]) for k, arm in enumerate(full)
    ]
    batch = bips.control_prior(masked, "map")
    for cell in (0, 4):
        single = bips.control_prior([a for k, a in enumerate(full) if k != cell], "map")
        assert batch.mean()[cell] == pytest.approx(single.mean(), abs=1e-9)


def test_no_heterogeneity_is_one_common_rate():
    mu = ("normal", 0.0, 2.0)
    together = bips.control_prior(arms(AS_SUCCESSES, AS_N), bips.Map(mu=mu, tau=("fixed", 0.0)))
    pooled = bips.control_prior(
        [bips.Arm("all", sum(AS_SUCCESSES), sum(AS_N))], bips.Map(mu=mu, tau=("fixed", 0.0))
    )
    assert together.mean() == pytest.approx(pooled.mean(), abs=1e-9)
    assert together.std() == pytest.approx(pooled.std(), abs=1e-9)


def test_one_common_rate_is_a_one_dimensional_integral():
    prior = bips.control_prior([bips.Arm("a", 3, 10)], bips.Map(tau=("fixed", 0.0)))
    eta = np.linspace(-20, 20, 400_001)
    rate = 1 / (1 + np.exp(-eta))
    weight = np.exp(3 * np.log(rate) + 7 * np.log1p(-rate) - eta**2 / 8)
    assert prior.mean() == pytest.approx(weight @ rate / weight.sum(), abs=1e-10)


@pytest.mark.parametrize(
    ("successes", "n"),
    [
        ([0, 0, 0], [20, 30, 10]),
        ([7, 5], [7, 5]),
        ([50, 2], [100, 100]),
        ([5] * 20 + [480], [500] * 21),
    ],
    ids=["none survive", "all survive", "two in conflict", "one of twenty-one in conflict"],
)
def test_edge_data_settle_and_agree_with_brute_force(successes, n):
    prior = bips.control_prior(arms(successes, n), bips.Map(tau=("half_normal", 1)))
    assert prior.mean() == pytest.approx(brute_force_mean(successes, n), abs=2e-5)


def brute_force_mean(successes, n):
    """E(rate of a new study) on plain dense grids: no idea shared with the engine."""
    eta = np.linspace(-14, 14, 1401)
    step = eta[1] - eta[0]
    tau = (np.arange(120) + 0.5) * (6 / 120)
    r, size = np.array(successes)[:, None], np.array(n)[:, None]
    log_lik = -r * np.logaddexp(0, -eta) - (size - r) * np.logaddexp(0, eta)
    log_lik -= log_lik.max(axis=1, keepdims=True)
    lik, mu = np.exp(log_lik), eta[::8]
    total = moment = 0.0
    logs, means = [], []
    for t in tau:
        kernel = np.exp(-0.5 * ((eta - mu[:, None]) / t) ** 2) * step / (t * np.sqrt(2 * np.pi))
        with np.errstate(divide="ignore"):
            marginal = np.log(kernel @ lik.T).sum(axis=1)
        logs.append(marginal - mu**2 / 8 - t**2 / 2)
        means.append(kernel @ (1 / (1 + np.exp(-eta))))
    logs, means = np.array(logs), np.array(means)
    weight = np.exp(logs - logs.max())
    total, moment = weight.sum(), (weight * means).sum()
    return moment / total


def test_an_answer_that_cannot_settle_is_refused():
    from bayesips.endpoints import Binary
    from bayesips.engine import exact

    with pytest.raises(ArithmeticError, match="did not settle"):
        exact.solve(bips.Map(), arms(AS_SUCCESSES, AS_N), endpoint=Binary(), tolerance=1e-30)
