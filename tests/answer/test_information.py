"""Effective sample sizes against closed forms, independent quadrature and the peer."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import beta as beta_distribution
from scipy.stats import logistic, norm

from bayesips import Arm, Map, control_prior, fit_beta_mixture
from bayesips.answer.information import ess, ess_by_outcome, ess_reason, realised_ess
from bayesips.answer.information.morita import highest_mode
from bayesips.distributions import BetaMixture
from bayesips.distributions.convert import as_density
from bayesips.distributions.density import Density
from bayesips.distributions.link import CLOGLOG, LOGIT

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "effective_sample_sizes.json").read_text()
)
CASES = {case["name"]: case for case in REFERENCE["cases"]}
WITH_ELIR = [name for name, case in CASES.items() if case["elir"] is not None]
WITHOUT_ELIR = [name for name, case in CASES.items() if case["elir"] is None]
WITH_MORITA = [name for name, case in CASES.items() if case["morita_exact"] is not None]
ROBUST = BetaMixture([0.5, 0.3, 0.2], [17.3, 3.4, 1.0], [52.6, 9.1, 1.0])


def mixture(case):
    """The mixture of a reference case."""
    return BetaMixture(case["weights"], case["a"], case["b"])


def normal_on_log_odds(weights, means, sds):
    """The density of a rate whose log odds are a Normal mixture."""

    def log_f(eta):
        terms = [
            np.log(w / s) - (eta - m) ** 2 / (2 * s**2)
            for w, m, s in zip(weights, means, sds, strict=True)
        ]
        return np.logaddexp.reduce(terms, axis=0)

    return Density.from_log(LOGIT, log_f, np.linspace(-25, 25, 26))


@pytest.mark.parametrize("name", WITH_ELIR)
def test_elir_is_that_of_independent_quadrature(name):
    assert_allclose(ess(mixture(CASES[name])), CASES[name]["elir"], rtol=1e-9)


@pytest.mark.parametrize(("a", "b"), [(1.1, 11.0), (1.2, 30.0), (150.0, 350.0), (2.0, 2.0)])
def test_elir_of_a_beta_is_a_plus_b(a, b):  # the peer has 28.2 for Beta(1.1, 11)
    assert_allclose(ess(BetaMixture([1.0], [a], [b])), a + b, rtol=1e-13)


@pytest.mark.parametrize("b", [2.0, 10.0, 73.0])
def test_elir_of_a_beta_with_a_shape_of_exactly_1_is_1(b):
    def local(x):
        return beta_distribution.pdf(x, 1, b) * (b - 1) / (1 - x) ** 2 * x * (1 - x)

    assert_allclose(ess(BetaMixture([1.0], [1.0], [b])), quad(local, 0, 1)[0], rtol=1e-9)


@pytest.mark.parametrize(("weights", "a", "b", "exact"), [
    # E[-(log p)'' x (1 - x)] by mpmath on the log odds, 30 digits, from -4e5 to 1e3.
    ([0.5, 0.5], [1.0001, 1.0003], [40.0, 40.0], 40.998483185330257),
    ([0.7, 0.3], [1.01, 1.3], [40.0, 9.0], 23.812437209057146),
])  # fmt: skip
def test_elir_of_components_barely_above_1_needs_the_far_tails(weights, a, b, exact):
    assert_allclose(ess(BetaMixture(weights, a, b)), exact, rtol=1e-12)


@pytest.mark.parametrize("name", WITHOUT_ELIR)
def test_a_shape_below_1_gives_no_elir_but_a_reason(name):
    case = mixture(CASES[name])
    assert np.isnan(ess(case))
    assert "shape below 1" in ess_reason(case)
    assert ess_reason(case, "moment") is None


@pytest.mark.parametrize("case", REFERENCE["published"], ids=lambda case: case["name"])
def test_published_elir_and_moment_figures(case):
    assert_allclose(ess(mixture(case)), case["elir"], rtol=1e-9)
    assert_allclose(ess(mixture(case), "moment"), case["moment"], rtol=1e-9)


@pytest.mark.parametrize("name", CASES)
def test_moment_figures_are_the_peers(name):
    assert_allclose(ess(mixture(CASES[name]), "moment"), CASES[name]["moment"], rtol=1e-9)


@pytest.mark.parametrize("name", WITH_MORITA)
def test_morita_figures_at_the_exact_mode(name):
    case = CASES[name]
    assert_allclose(ess(mixture(case), "morita"), case["morita_exact"], rtol=1e-7)


@pytest.mark.parametrize("name", [name for name in WITH_ELIR if CASES[name]["mode_exact"]])
def test_the_highest_mode(name):
    assert_allclose(highest_mode(mixture(CASES[name])), CASES[name]["mode_exact"], rtol=1e-6)


def test_predictive_consistency_of_elir():
    # Neuenschwander 2020, section 2: the expected posterior figure is the prior's plus n.
    n = 12
    posterior = ess(ROBUST.update(np.arange(n + 1), n))
    assert_allclose(ROBUST.predictive(n).pmf(np.arange(n + 1)) @ posterior, ess(ROBUST) + n)


@pytest.mark.parametrize("method", ["elir", "moment", "morita"])
def test_a_batch_is_its_members_one_by_one(method):
    posteriors = ROBUST.update([0, 3, 9], 9)
    alone = [ess(posteriors[k], method) for k in range(3)]
    assert_allclose(ess(posteriors, method), alone, rtol=1e-12)


@pytest.mark.parametrize("link", [LOGIT, CLOGLOG], ids=lambda link: link.name)
@pytest.mark.parametrize("name", ["b_11_4", "as2", "map3", "tri", "as2_rob50"])
def test_a_density_has_the_information_of_its_mixture(name, link):
    density = as_density(mixture(CASES[name]), link)
    assert_allclose(ess(density), CASES[name]["elir"], rtol=1e-7)
    assert_allclose(ess(density, "moment"), CASES[name]["moment"], rtol=1e-9)
    assert_allclose(ess(density, "morita"), CASES[name]["morita_exact"], rtol=1e-5)


@pytest.mark.parametrize("case", REFERENCE["normal_on_log_odds"], ids=lambda case: case["elir"])
def test_elir_of_normal_log_odds(case):
    density = normal_on_log_odds(case["weights"], case["mean"], case["sd"])
    assert_allclose(ess(density), case["elir"], rtol=1e-8)


@pytest.mark.parametrize(("mean", "sd"), [(0.0, 0.4**0.5), (2.0, 0.2), (-1.5, 1.1)])
def test_elir_of_one_normal_in_closed_form(mean, sd):
    closed = (2 + 2 * np.cosh(mean) * np.exp(sd**2 / 2)) / sd**2
    assert_allclose(ess(normal_on_log_odds([1.0], [mean], [sd])), closed, rtol=1e-9)


@pytest.mark.parametrize(("a", "b"), [(0.9, 11.0), (0.5, 0.5)])
def test_a_density_that_rises_towards_an_end_has_no_elir(a, b):
    density = as_density(BetaMixture([1.0], [a], [b]))
    assert np.isnan(ess(density))
    assert "towards 0 or 1" in ess_reason(density)


@pytest.mark.parametrize("counts", [((0, 10), (1, 12)), ((3, 10), (5, 12)), ((23, 107),)])
def test_a_map_prior_with_heavy_tails_has_the_elir_of_mixtures_close_to_it(counts):
    arms = [Arm(f"study {k}", r, n) for k, (r, n) in enumerate(counts)]
    prior = control_prior(arms, Map())
    found = ess(prior)
    assert "fitted Beta mixture" in found.reason
    closer = fit_beta_mixture(prior, 6, least_shape=1.0)
    assert closer.kl < 1e-5
    assert found == pytest.approx(ess(closer.mixture), rel=0.05)
    assert 0 < found.error < 0.1 * found


@pytest.mark.parametrize("method", ["elir", "moment", "morita"])
def test_a_fixed_benchmark_has_no_effective_sample_size(method):
    benchmark = Density.point(0.245)
    assert np.isnan(ess(benchmark, method))
    assert "known exactly" in ess_reason(benchmark, method)


def test_a_beta_gains_nothing_but_its_own_patients():
    prior = BetaMixture([1.0], [8.0], [32.0])
    assert_allclose(realised_ess(prior.update(5, 7), 7), 40, rtol=1e-12)
    assert_allclose(ess_by_outcome(prior, 7), np.full(8, 40.0), rtol=1e-12)


def test_a_robust_prior_borrows_less_the_further_the_controls_are():
    prior = BetaMixture([0.8, 0.2], [8.0, 2.0], [32.0, 2.0])
    borrowed = ess_by_outcome(prior, 20, "moment")
    assert borrowed.shape == (21,)
    assert borrowed[4] > borrowed[6] > borrowed[8]  # history expects 4 of 20
    assert borrowed[20] < 5  # the vague part alone is worth 4


def test_an_unknown_method_names_the_allowed_ones():
    with pytest.raises(ValueError, match="elir, moment, morita"):
        ess(ROBUST, "elirr")


def test_slivers_of_panels_do_not_disturb_the_elir_of_a_mixed_density():
    narrow = normal_on_log_odds([1.0], [-1.3], [0.2])
    robust = narrow.mix(BetaMixture([1.0], [1.0], [1.0]), 0.2)
    log_odds = np.linspace(-30, 30, 600001)
    normal = 0.8 * norm.pdf(log_odds, -1.3, 0.2)
    flat = 0.2 * logistic.pdf(log_odds)
    variance, skew = expit(log_odds) * expit(-log_odds), expit(-log_odds) - expit(log_odds)
    score = (normal * -(log_odds + 1.3) / 0.04 + flat * skew) / (normal + flat)
    exact = np.trapezoid((normal + flat) * score * (score - skew) / variance, log_odds)
    assert_allclose(ess(robust), exact, rtol=1e-6)
