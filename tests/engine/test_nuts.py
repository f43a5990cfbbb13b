"""The NUTS engine against closed forms, published numbers and brute-force integrals."""

import json
import subprocess
import sys
from dataclasses import dataclass

import arviz as az
import numpy as np
import pymc as pm
import pytest
from scipy import integrate, special, stats

from bayesips.borrowing import as_method, method_class
from bayesips.borrowing.map import Map
from bayesips.borrowing.power import Power
from bayesips.borrowing.separate import Separate
from bayesips.borrowing.stratified import Stratified
from bayesips.endpoints import Binary, Landmark
from bayesips.engine import nuts
from bayesips.evidence.arm import Arm

# RBesT's ankylosing spondylitis data (Baeten et al. 2013; Schmidli et al. 2014).
COUNTS = [(23, 107), (12, 44), (19, 51), (9, 39), (39, 139), (6, 20), (9, 78), (10, 35)]
SPONDYLITIS = [Arm(f"Study {i + 1}", r, n) for i, (r, n) in enumerate(COUNTS)]
LUNG = [
    Arm("Kantrow", 18, 85, day="discharge"),
    Arm("Tizon", 8, 22, day=28),
    Arm("Zhu", 3, 23, day=100, relation="<="),
    Arm("Sano", 3, 14, day="not stated"),
    Arm("Fukuda", 20, 81, day="not stated"),
    Arm("0403", 9, 18, day=56, relation=">=", observations=[(100, "<=", 9)]),
]
MCSE = 5


def fitted(method, arms, endpoint=None, **more):
    """Draws, with the diagnostics that come along."""
    endpoint = Binary() if endpoint is None else endpoint
    tree = nuts.fit(as_method(method), arms, endpoint=endpoint, seed=20261122, **more)
    return tree, json.loads(tree.attrs["diagnostics"])


def agrees(draws, mean, sd):
    """Whether mean and sd lie within 5 MCSE of what they should be."""
    near_mean = abs(float(draws.mean()) - mean) < MCSE * az.mcse(draws.values)
    near_sd = abs(float(draws.std()) - sd) < MCSE * az.mcse(draws.values, method="sd")
    return bool(near_mean and near_sd)


def posterior(log_density, low=-14.0, high=14.0):
    """Mean and sd of expit(eta) by brute force, from an unnormalised log density of eta."""
    eta = np.linspace(low, high, 40_001)
    mass = np.exp(
        [log_density(x) for x in eta] if not np.ndim(log_density(eta)) else log_density(eta)
    )
    mass /= mass.sum()
    rate = special.expit(eta)
    return rate @ mass, np.sqrt(rate**2 @ mass - (rate @ mass) ** 2)


@pytest.fixture(scope="module")
def spondylitis():
    return fitted(Map(), SPONDYLITIS, draws=2000)


def test_map_prior_of_ankylosing_spondylitis(spondylitis):
    tree, _ = spondylitis
    assert agrees(tree.posterior["control"], 0.25828, 0.08741)


def test_a_good_run_gives_no_reason_to_distrust_it(spondylitis):
    _, found = spondylitis
    assert found["divergences"] == found["tree_depth"] == 0
    assert found["r_hat"] < 1.01
    assert min(found["ess_bulk"], found["ess_tail"]) > 400
    assert found["e_bfmi"] > 0.3


def test_the_tree_is_laid_out_as_arviz_has_it(spondylitis, tmp_path):
    tree, _ = spondylitis
    assert tree.posterior["arm_rate"].dims == ("chain", "draw", "arm")
    assert tree.observed_data["successes"].values.tolist() == [r for r, _ in COUNTS]
    assert az.summary(tree, var_names=["control"]).shape[0] == 1
    tree.to_netcdf(tmp_path / "result.nc", engine="h5netcdf")
    back = az.from_netcdf(tmp_path / "result.nc").load()
    assert back.attrs["seed"] == 20261122
    assert back.posterior["control"].equals(tree.posterior["control"])
    back.close()


def test_the_model_is_one_a_pymc_user_can_read():
    model = nuts.model_of(Map(), SPONDYLITIS, endpoint=Binary())
    assert isinstance(model, pm.Model)
    assert {rv.name for rv in model.free_RVs} == {"mu", "tau", "z", "z_control"}
    assert {rv.name for rv in model.observed_RVs} == {"successes"}
    assert {each.name for each in model.deterministics} == {"control", "arm_rate"}
    assert model.coords["arm"] == tuple(arm.label for arm in SPONDYLITIS)


@pytest.mark.parametrize(
    ("method", "weight"), [("separate", 0.0), ("pooled", 1.0), (Power(0.3), 0.3)], ids=str
)
def test_conjugate_methods_give_their_beta(method, weight):
    tree, found = fitted(method, SPONDYLITIS)
    survivors, patients = np.sum(COUNTS, axis=0)
    exact = stats.beta(1 + weight * survivors, 1 + weight * (patients - survivors))
    assert agrees(tree.posterior["control"], exact.mean(), exact.std())
    assert found["divergences"] == 0


def test_a_known_rate_is_drawn_without_a_sampler():
    tree, found = fitted(method_class("benchmark")(0.245), SPONDYLITIS, draws=10, chains=2)
    assert np.allclose(tree.posterior["control"], np.full((2, 10), 0.245), rtol=1e-14)
    assert found == {}


def test_two_strata_mix_in_an_unknown_share():
    tree, _ = fitted(Stratified(), [Arm("ventilated", 2, 31), Arm("not ventilated", 8, 14)])
    first, second = stats.beta(3, 30), stats.beta(9, 7)
    mean = (first.mean() + second.mean()) / 2
    squares = (first.moment(2) + second.moment(2) + first.mean() * second.mean()) / 3
    assert agrees(tree.posterior["control"], mean, np.sqrt(squares - mean**2))


@dataclass(frozen=True)
class NormalizedPower:
    """History to an unknown power."""

    def tell(self, build, history):
        discount = build.hyper("discount", ("beta", 1, 1))
        return build.conjugate("control", 1, 1, given=[(arm, discount) for arm in history])


def test_normalized_power_prior_with_concurrent_controls():
    concurrent = Arm("concurrent", 5, 7)
    tree, _ = fitted(NormalizedPower(), [Arm("past", 8, 40)], concurrent=concurrent, draws=2000)

    def moment(power):
        def inside(a0):
            a, b = 1 + 8 * a0, 1 + 32 * a0
            return np.exp(special.betaln(a + 5 + power, b + 2) - special.betaln(a, b))

        return integrate.quad(inside, 0, 1, epsabs=1e-12)[0]

    mean = moment(1) / moment(0)
    assert mean == pytest.approx(0.45887, abs=5e-6)  # the published number
    assert agrees(tree.posterior["control"], mean, np.sqrt(moment(2) / moment(0) - mean**2))


def test_the_normaliser_is_the_same_in_closed_form_and_by_quadrature():
    from bayesips.engine.nuts import conjugate

    given = [(Arm("past", 8, 40), 0.37), (Arm("other", 1, 9), 0.8)]
    a, b = conjugate.shapes_given(1.2, 0.7, given)
    choices = 0.37 * np.log(special.comb(40, 8)) + 0.8 * np.log(special.comb(9, 1))
    closed = special.betaln(a, b) - special.betaln(1.2, 0.7) + choices
    numerical = conjugate.log_normaliser(Binary(), 1.2, 0.7, given, []).eval()
    assert numerical == pytest.approx(closed, abs=1e-9)


@dataclass(frozen=True)
class OneExchangeable:
    """EXNEX with its hyperparameters known: a mixture of two Normals for one arm."""

    def tell(self, build, history):
        (arm,) = history
        rate = build.rate(arm.label, [-2.0, 1.0], [0.3, 1.0], weights=[0.5, 0.5])
        build.observe(rate, arm)
        return build.rate("control", [-2.0, 1.0], [0.3, 1.0], weights=[0.5, 0.5])


@pytest.mark.slow
def test_a_mixture_of_rates_is_summed_over_and_drawn_from():
    tree, found = fitted(OneExchangeable(), [Arm("one", 8, 40)], draws=2000)

    def prior(eta):
        parts = stats.norm.logpdf(eta, -2, 0.3), stats.norm.logpdf(eta, 1, 1)
        return np.logaddexp(*parts)

    def seen(eta):
        return prior(eta) + stats.binom.logpmf(8, 40, special.expit(eta))

    assert agrees(tree.posterior["control"], *posterior(prior))
    assert agrees(tree.posterior["arm_rate"].sel(arm="one"), *posterior(seen))
    assert found["divergences"] == 0


@dataclass(frozen=True)
class SpikeAndSlab:
    """Commensurate around a known centre, with a spike on the standard deviation."""

    def tell(self, build, history):
        tau = build.hyper("tau", ("mixture", (0.5, ("fixed", 0.1)), (0.5, ("half_normal", 2))))
        return build.rate("control", -1.5, tau)


@pytest.mark.slow
def test_a_spike_on_the_standard_deviation_is_summed_over():
    concurrent = Arm("concurrent", 5, 7)
    tree, found = fitted(SpikeAndSlab(), [], concurrent=concurrent, draws=2000)
    tau, weights = np.polynomial.legendre.leggauss(400)
    tau, weights = 6 * (tau + 1), 6 * weights

    def seen(eta):
        slab = stats.norm.pdf(eta[:, None], -1.5, tau) @ (weights * stats.halfnorm.pdf(tau, 0, 2))
        prior = 0.5 * stats.norm.pdf(eta, -1.5, 0.1) + 0.5 * slab
        return np.log(prior) + stats.binom.logpmf(5, 7, special.expit(eta))

    assert agrees(tree.posterior["control"], *posterior(seen))
    assert found["divergences"] == 0


@pytest.mark.slow
@pytest.mark.parametrize("bridge", ["weibull", "piecewise"])
def test_map_over_landmarks_of_the_broad_control_set(bridge):
    tree, found = fitted(Map(), LUNG, Landmark(bridge=bridge), draws=2000)
    assert found["divergences"] == 0
    assert found["r_hat"] < 1.01
    assert min(found["ess_bulk"], found["ess_tail"]) > 400
    if bridge == "weibull":  # an independent prototype in another program
        assert float(tree.posterior["control"].mean()) == pytest.approx(0.294, abs=0.01)
        assert float(tree.posterior["control"].std()) == pytest.approx(0.140, abs=0.01)


def test_bounds_and_unknown_days_are_sampled_without_divergences():
    arms = [LUNG[1], LUNG[2], LUNG[3]]
    _, found = fitted(Map(), arms, Landmark())
    assert found["divergences"] == 0
    assert found["r_hat"] < 1.01


def test_equal_seeds_give_equal_draws_in_another_process():
    here = nuts.solve(Separate(), [], endpoint=Binary(), seed=7, draws=50, tune=100)
    script = (
        "from bayesips.engine import nuts; from bayesips.endpoints import Binary;"
        "from bayesips.borrowing.separate import Separate;"
        "there = nuts.solve(Separate(), [], endpoint=Binary(), seed=7, draws=50, tune=100);"
        "print(*(value.hex() for value in there.rates.tolist()))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.split() == [value.hex() for value in here.rates.tolist()]


def test_chains_that_disagree_are_told():
    rng = np.random.default_rng(1)
    chains = rng.normal(size=(4, 500)) + np.array([0, 0, 0, 1])[:, None]
    found = nuts.diagnose(az.from_dict({"posterior": {"control": chains}}))
    assert found["r_hat"] > 1.05
    assert found["ess_bulk"] < 400


@pytest.mark.parametrize(
    ("arms", "named"),
    [
        ([Arm("a", 1, 2), Arm("a", 2, 3)], "'a'"),
        ([Arm("many", np.array([1, 2]), 3)], "many"),
    ],
)
def test_what_nuts_cannot_fit_is_refused_by_name(arms, named):
    with pytest.raises(ValueError, match=named):
        nuts.model_of(Map(), arms, endpoint=Binary())
