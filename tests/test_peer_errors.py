"""Nine errors found in other programs, each a trap: the right number, and that theirs is another.

1. Boundaries from a transposed mixture prior (phase1b): `design/test_published_monitoring`,
   test_posterior_boundaries_of_the_peer_with_its_mixture_as_declared.
2. An early success flagged as a failure (phase1b, issue 146): here.
3. Go rates of EXNEX that differ between arms that are alike (bhmbasket 1.1.0): here.
4. The posterior of mu handed on as the prior of a control (bayprior): `exact/test_map_reference`,
   test_the_prior_is_that_of_a_new_control_...; its Box p-value at 0 of n: `test_conflict`,
   test_the_normal_approximation_of_a_peer_is_not_repeated.
5. An elastic prior that inflates the sd for the variance (RBExT): `borrowing/test_elastic`,
   test_the_variance_of_history_not_its_sd_...; its means held against published medians: here.
6. Operating characteristics under drift (psborrow2 before 0.0.5, issue 319: they varied with drift
   even without borrowing; mended by its request 321): here.
7. Quantiles good to 2e-2 (bayesmeta): here; to 3e-5 (phase1b, RBesT): here and
   `distributions/test_beta_mixture`.
8. Designs by Bayes factor good to 2e-4 (bfbin2arm): `test_bayes_factors`,
   test_power_and_error_over_design_priors_are_the_exact_sums_and_not_the_peers.
9. An agreement of 0.9914 that is 1 (bayesDP): `borrowing/test_discount`,
   test_equal_counts_agree_wholly.
"""

import functools
import itertools

import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

import bayesips as bips
from bayesips.distributions.density import Density
from bayesips.endpoints import Binary
from bayesips.engine import exact
from tests.borrowing import exnex_enumeration
from tests.borrowing.histories import CASES, LUNG
from tests.borrowing.test_exnex_parts import BASKETS
from tests.reference_cases import load, published

DESIGNS = {case["id"]: case for case in load("published_designs")}
UNIFORM = bips.BetaMixture(1, 1, 1)


# -- 2: the flag of an early success ------------------------------------------------------------


def stages(truth):
    """P(early success, early failure, late success, late failure), path by path."""
    given = DESIGNS["phase1b_ocpredprob_issue146"]["inputs"]
    a, b = given["prior"]
    first, second, last = given["looks"]
    goes = stats.beta(a + np.arange(last + 1), b + last - np.arange(last + 1)).sf(given["p0"])
    goes = goes > given["theta"]

    def predictive(seen, n):
        """P(success at the end | seen of n)."""
        ahead = np.arange(last - n + 1)
        return stats.betabinom.pmf(ahead, last - n, a + seen, b + n - seen) @ goes[seen + ahead]

    found, going = np.zeros(4), {0: 1.0}
    for before, n in ((0, first), (first, second)):
        after: dict[int, float] = {}
        for (seen, chance), more in itertools.product(going.items(), range(n - before + 1)):
            step = chance * stats.binom.pmf(more, n - before, truth)
            after[seen + more] = after.get(seen + more, 0.0) + step
        verdict = {seen: predictive(seen, n) for seen in after}
        found[0] += sum(c for s, c in after.items() if verdict[s] > given["phi_upper"])
        found[1] += sum(c for s, c in after.items() if verdict[s] < given["phi_lower"])
        going = {
            s: c for s, c in after.items() if given["phi_lower"] <= verdict[s] <= given["phi_upper"]
        }
    for (seen, chance), more in itertools.product(going.items(), range(last - second + 1)):
        found[2 + (not goes[seen + more])] += chance * stats.binom.pmf(more, last - second, truth)
    return found


@pytest.mark.parametrize("truth", [0.1, 0.2, 0.3, 0.9])
def test_an_interim_look_met_for_efficacy_is_a_success(truth):
    given = DESIGNS["phase1b_ocpredprob_issue146"]["inputs"]
    design = bips.designs.sequential_design(
        bips.designs.OneArm(bips.BetaMixture(1, *given["prior"])),
        given["looks"],
        bips.Rule([bips.Criterion(given["p0"], given["theta"])]),
        bips.designs.PredictiveAbove(given["phi_upper"]),
        bips.designs.PredictiveBelow(given["phi_lower"]),
    )
    early, failed, late, missed = stages(truth)
    assert float(design.power(truth)) == pytest.approx(early + late, abs=1e-12)
    assert float(design.efficacy_probabilities(truth)[:-1].sum()) == pytest.approx(early, abs=1e-12)
    assert float(design.futility_probabilities(truth).sum()) == pytest.approx(
        failed + missed, abs=1e-12
    )
    # with the peer's flag only a success at the last look counts
    assert late < float(design.power(truth)) / 3
    if truth == given["truth"]:
        assert float(design.power(truth)) == pytest.approx(1, abs=1e-6)
        assert late < 1e-6


# -- 3: go rates of EXNEX -----------------------------------------------------------------------

BASKET_TRIAL = exnex_enumeration.Setting(
    (20, 20, 10, 10),
    (0.25, 0.25, 0.5),
    ((special.logit(0.1), 3.18), (special.logit(0.3), 1.94)),
    (special.logit(0.2), 2.5),
    1.0,
)
LEVELS = {20: 0.9, 10: 0.8}


@pytest.fixture(scope="module")
def every_trial():
    """By brute force: P(rate > 0.1) and the mean of an arm of 20 and of one of 10."""
    return {
        arm: exnex_enumeration.probabilities_and_means(BASKET_TRIAL, arm) for arm in (0, 1, 2, 3)
    }


def chances(sizes, truth):
    """Probability of every data set."""
    each = [stats.binom.pmf(np.arange(n + 1), n, q) for n, q in zip(sizes, truth, strict=True)]
    return np.prod(np.meshgrid(*each, indexing="ij"), axis=0)


@pytest.mark.parametrize("scenario", ["1", "3", "4"])
def test_go_rates_of_every_trial_are_the_published_ones(every_trial, scenario):
    case = CASES["exnex_go_rates"]
    truth = case["inputs"]["scenarios"][scenario]
    found = [
        100 * np.sum(chances(BASKET_TRIAL.sizes, truth) * ((above > LEVELS[n]) & (mean > 0.2)))
        for (above, mean), n in zip(every_trial.values(), BASKET_TRIAL.sizes, strict=True)
    ]
    assert found == pytest.approx(case["expected"][scenario], abs=case["tolerance"])
    assert np.max(np.abs(np.array(found) - case["misprinted"][scenario])) > 2
    for one, other in ((0, 1), (2, 3)):  # alike in size and truth, so alike in go rate
        if truth[one] == truth[other]:
            assert found[one] == pytest.approx(found[other], abs=1e-9)


@pytest.mark.parametrize("arm", [0, 2])
def test_the_engine_decides_hard_trials_as_brute_force_does(every_trial, arm):
    above, mean = every_trial[arm]
    level = LEVELS[BASKET_TRIAL.sizes[arm]]
    hard = np.argwhere((np.abs(above - level) < 0.02) & (np.abs(above - level) > 5e-4))
    hard = hard[np.random.default_rng(3).choice(len(hard), 30, replace=False)]
    arms = [
        bips.Arm(f"basket {k}", r, n)
        for k, (r, n) in enumerate(zip(hard.T, BASKET_TRIAL.sizes, strict=True))
    ]
    posterior = posteriors(arms)[f"basket {arm}"]
    found = posterior.sf(exnex_enumeration.RATE)
    expected = above[tuple(hard.T)]
    assert found == pytest.approx(expected, abs=3e-4)  # what the plain grid of mu leaves
    assert np.array_equal(found > level, expected > level)
    assert posterior.mean() == pytest.approx(mean[tuple(hard.T)], abs=1e-5)


def posteriors(arms):
    """Posterior of each arm's rate by the exact engine."""
    return exact.arm_posteriors(BASKETS, arms, endpoint=Binary())


# -- 5: a published median is no mean --------------------------------------------------------------


@pytest.mark.parametrize("place", range(11))
def test_published_medians_are_medians(place):
    case = CASES["mepolizumab_best2021_table"]
    given, expected = case["inputs"], case["recomputed"][place]
    weight, target = given["weights"][place], (given["target_est"], given["target_se"] ** 2)
    parts = [(-0.694, 0.017, weight), (0.0, 12.4, 1 - weight)]

    def log_density(eta):
        """The posterior of the log rate ratio: two Normals, told by their products."""
        logs = [
            np.log(share) + stats.norm.logpdf(eta, centre, np.sqrt(variance))
            for centre, variance, share in parts
            if share
        ]
        return np.logaddexp.reduce(logs) + stats.norm.logpdf(eta, target[0], np.sqrt(target[1]))

    link = Binary().scale
    density = Density.from_log(link, log_density, np.linspace(*link.limits, 25))
    ratios = np.exp(special.logit(density.ppf(np.array([0.5, 0.025, 0.975]))))
    assert ratios == pytest.approx(expected[:3], abs=1e-7)
    assert ratios == pytest.approx(case["expected"][place], abs=case["tolerance"])
    if 0.05 < weight < 0.5:  # exp of the posterior mean, which a peer held against the table
        mean = float(density.expect(lambda rate: special.logit(np.clip(rate, 1e-15, 1 - 1e-15))))
        assert np.exp(mean) - case["expected"][place][0] > 2 * case["tolerance"]


# -- 6: drift --------------------------------------------------------------------------------------

SUPERIOR = bips.Rule([bips.Criterion(0, 0.95)])
SIZES = (14, 9)


@functools.cache
def power_prior_decisions(survivors, n, discount):
    """P(treated > control) > 0.95 for every pair of counts, by integration."""
    met = np.zeros((SIZES[0] + 1, SIZES[1] + 1), dtype=bool)
    for y, x in itertools.product(range(SIZES[0] + 1), range(SIZES[1] + 1)):
        treated = stats.beta(1 + y, 1 + SIZES[0] - y)
        a, b = 1 + discount * survivors + x, 1 + discount * (n - survivors) + SIZES[1] - x
        control = stats.beta(a, b)
        above, _ = integrate.quad(
            lambda q, treated=treated, control=control: control.pdf(q) * treated.sf(q), 0, 1
        )
        met[y, x] = above > 0.95
    return met


def rejection(met, treated, control):
    """P(a pair of counts in the set)."""
    first, second = (
        stats.binom.pmf(np.arange(n + 1), n, q)
        for n, q in zip(SIZES, (treated, control), strict=True)
    )
    return first @ met @ second


def borrowing(successes, method):
    """A two-arm design with 100 historical controls behind it."""
    history = (bips.Arm("past", successes, 100),)
    return bips.TwoArmDesign(
        *SIZES, UNIFORM, bips.designs.BorrowedControl(history, method), SUPERIOR
    )


@pytest.mark.parametrize("drift", [-0.2, 0.0, 0.2, 0.4])
def test_type_1_error_under_drift_is_that_of_both_arms_moved_away_from_history(drift):
    met, now = power_prior_decisions(30, 100, 0.4), 0.3 + drift
    found = float(borrowing(30, bips.Power(0.4)).power(now, now))
    assert found == pytest.approx(rejection(met, now, now), abs=1e-12)
    if drift:  # drift put on one arm of the trial is an effect, not drift
        for wrong in (rejection(met, 0.3, now), rejection(met, now, 0.3)):
            assert abs(found - wrong) > found / 6


def test_drift_of_history_or_of_the_trial_is_the_same_only_with_borrowing():
    rates = np.array([0.1, 0.3, 0.6])
    powers = {
        name: [borrowing(s, method).power(rates, rates) for s in (10, 30, 50, 70)]
        for name, method in (("separate", bips.Separate()), ("power", bips.Power(0.4)))
    }
    # the peer's operating characteristics without borrowing moved with external drift
    for other in powers["separate"]:
        assert other == pytest.approx(rejection_of_separate(rates), abs=1e-12)
    assert np.ptp(powers["power"], axis=0).min() > 0.01


def rejection_of_separate(rates):
    """By enumeration, no history in it."""
    met = power_prior_decisions(0, 0, 0.0)
    return np.array([rejection(met, q, q) for q in rates])


# -- 7: quantiles ----------------------------------------------------------------------------------

LEVEL = np.array([1e-4, 0.025, 0.1, 0.5, 0.9, 0.975, 1 - 1e-4])


def brute_force():
    """cdf of a new rate after LUNG, lognormal spread: plain grids of mu, tau and log odds."""
    eta = np.linspace(-13, 11, 801)
    mu, (z, w) = np.linspace(-8, 6, 181), np.polynomial.hermite_e.hermegauss(48)
    tau = np.exp(-0.7 + 0.4 * z)
    kernel = stats.norm.pdf(eta, mu[:, None, None], tau[:, None]) * (eta[1] - eta[0])
    joint = stats.norm.pdf(mu, 0, 2)[:, None] * w
    for arm in LUNG:
        joint = joint * (kernel @ stats.binom.pmf(arm.successes, arm.n, special.expit(eta)))
    joint = joint / joint.sum()
    return lambda x: np.sum(joint * special.ndtr((special.logit(x) - mu[:, None]) / tau))


def test_quantiles_of_a_map_are_roots_of_its_cdf_by_brute_force():
    answer, law = bips.control_prior(LUNG, bips.Map(tau=("lognormal", -0.7, 0.4))), brute_force()
    roots = [optimize.brentq(lambda x, q=q: law(x) - q, 1e-9, 1 - 1e-9, xtol=1e-14) for q in LEVEL]
    found = answer.ppf(LEVEL)
    assert found == pytest.approx(roots, abs=1e-8)
    assert answer.cdf(found) == pytest.approx(LEVEL, abs=1e-11)
    # a quantile 2e-2 off in units of the sd, as the peer's, would be seen
    assert np.abs(law(found[3] + 0.02 * float(answer.std())) - 0.5) > 1e-3


@pytest.mark.parametrize("method", ["map", "exnex", "commensurate", "leap", "normalized_power"])
def test_the_cdf_at_a_quantile_is_its_level(method):
    answer = bips.control_posterior(LUNG, method, bips.Arm("controls", 5, 7), robust=0.2)
    assert answer.cdf(answer.ppf(LEVEL)) == pytest.approx(LEVEL, abs=1e-10)


def test_a_quantile_of_two_betas_is_not_the_peers_root():
    given = bips.BetaMixture([0.6, 0.4], [0.2, 1.0], [0.4, 1.0])
    truth = published("phase1b_betamix")["recomputed"]["qbetaMix_0.6"]
    assert float(given.ppf(0.6)) == pytest.approx(truth, abs=1e-10)
    assert abs(truth - 0.488759) > 2e-5  # what the peer pins
