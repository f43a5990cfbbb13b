"""assess: what it says agrees with closed forms, with the paper, and with its own parts."""

import dataclasses
import re

import numpy as np
import pytest
import xarray as xr
from scipy import special, stats

from bayesips.answer.assessment import assess
from bayesips.answer.assessment.analysis import Analysis
from bayesips.answer.assessment.decisions import second_reading
from bayesips.answer.assessment.history import left_out
from bayesips.answer.control import control_prior
from bayesips.borrowing.biases import Bias
from bayesips.borrowing.meta_regression import MetaRegression
from bayesips.declare.model import ModelError
from bayesips.distributions import BetaMixture
from bayesips.distributions.conflict import leave_one_out
from bayesips.distributions.rule import Criterion
from bayesips.engine.engines import Engine
from bayesips.evidence.arm import Arm
from bayesips.evidence.selection import EvidenceError
from bayesips.report import other_readings


def test_the_trial_and_its_exact_interval(exact):
    treated = exact["treated"]
    interval = stats.binomtest(5, 7).proportion_ci(0.95, "exact")
    assert float(treated["exact_low"]) == pytest.approx(interval.low, abs=1e-10)
    assert float(treated["exact_high"]) == pytest.approx(interval.high, abs=1e-10)
    assert round(100 * float(treated["exact_low"]), 2) == 29.04
    assert round(100 * float(treated["exact_high"]), 2) == 96.33
    assert float(treated["mean"]) == pytest.approx(6 / 9, abs=1e-14)
    assert float(treated["std"]) == pytest.approx(stats.beta(6, 3).std(), abs=1e-14)


def test_the_benchmark_beside_its_model(benchmark):
    beside = benchmark["comparators"]
    assert float(beside["benchmark"]) == 0.245
    assert float(beside["p_value"]) == pytest.approx(stats.binom.sf(4, 7, 0.245), abs=1e-14)
    assert round(float(beside["p_value"]), 4) == 0.0118
    assert float(beside["probability"]) == pytest.approx(stats.beta(6, 3).sf(0.245), abs=1e-13)
    assert float(benchmark["decision"]["probability"][0]) == pytest.approx(
        float(beside["probability"]), abs=1e-12
    )
    assert float(beside["highest_rejected"]) == pytest.approx(0.29042, abs=5e-6)


def test_a_known_rate_has_no_effective_sample_size(benchmark):
    assert np.isnan(benchmark["control"]["ess_elir"])
    assert "known exactly" in benchmark["control"].attrs["no_ess_elir_because"]


def test_every_outcome_holds_the_observed_one(exact):
    every, seen = exact["outcomes"], int(exact["treated"]["successes"])
    one = every["probability"].sel(survivors=seen).values
    assert one == pytest.approx(exact["decision"]["probability"].values, abs=1e-12)
    assert np.all(np.diff(every["probability"].values[:, 0]) > 0)


def test_fragility_is_the_neighbouring_outcomes(exact):
    near, every = exact["fragility"], exact["outcomes"]
    assert near["survivors"].values.tolist() == [4, 6]
    assert (
        near["probability"].values.tolist()
        == every["probability"].sel(survivors=[4, 6]).values.tolist()
    )


def test_conflict_is_that_of_each_arm_alone_against_the_others(exact, model):
    arms = model.arms
    one_by_one = leave_one_out(arms, lambda others: control_prior(others, model.method))
    tails = [each.p_value for each in one_by_one]
    assert exact["evidence"]["conflict"].values == pytest.approx(tails, abs=1e-7)


def test_left_out_leaves_out_one_arm_in_each_cell():
    arms = left_out([Arm("a", 1, 2), Arm("b", 1, 3)])
    assert [arm.included.tolist() for arm in arms] == [[False, True], [True, False]]


def test_shrinkage_lies_between_the_arm_and_the_others(exact):
    group = exact["evidence"]
    apart = np.abs(group["raw"] - group["shrunken"])
    centre = float(exact["control"]["population_mean"])
    assert np.all(apart < np.abs(group["raw"] - centre))


def test_the_second_reading_is_the_model_without_its_bounds(exact, model):
    from bayesips.evidence.selection import without_bounds

    counts = dataclasses.replace(model, history=without_bounds(model.history))
    alone = assess(counts)
    second = exact["second_reading"]
    assert float(second["mean"]) == pytest.approx(float(alone["control"]["mean"]), abs=1e-9)
    assert second["probability"].values == pytest.approx(
        alone["decision"]["probability"].values, abs=1e-9
    )
    assert "second_reading" not in alone.children


def by_chains(model, method, covariates):
    """An answer of NUTS, its draws stood in for, to a model of three arms, the last a bound."""
    arms = tuple(
        Arm(f"arm {i}", 5, 20, relation="<=" if i == 2 else "=", covariates={"era": x})
        for i, x in enumerate(covariates)
    )
    changed = dataclasses.replace(model, history=arms, method=method)
    belief = BetaMixture([1.0], [4.0], [12.0])
    return Analysis(changed, Engine("nuts"), belief, belief)


@pytest.mark.parametrize(
    ("eras", "said"),
    [
        ((0, 1, 2), r"the exact engine gives it and does not read this \(arm 0: its centre"),
        ((1, 1, 2), r"no answer from the 2 arms that are left \(covariate 'era' is 1 in every"),
    ],
    ids=["only NUTS reads it", "too little is left"],
)
def test_a_second_reading_that_cannot_be_had_is_said_not_raised(model, eras, said):
    answer = by_chains(model, MetaRegression(trial={"era": 1}), eras)
    second = second_reading(answer)
    assert re.search(said, second.attrs["missing_because"])
    tree = xr.DataTree.from_dict({"second_reading": second.dataset()})
    assert "Without the rows that are only bounds: no answer" in "".join(
        other_readings.second_reading(tree)
    )


def test_the_treated_count_does_not_move_the_control(exact, model):
    other = dataclasses.replace(model, treated=Arm("HLC-001", 1, 7))
    assert float(assess(other)["control"]["mean"]) == float(exact["control"]["mean"])


def test_a_bias_upwards_lowers_the_probability(exact, model):
    biased = assess(dataclasses.replace(model, bias=(Bias("immortal_time", 0.4, 0.15),)))
    assert float(biased["control"]["mean"]) > float(exact["control"]["mean"])
    assert biased["decision"]["probability"][0] < exact["decision"]["probability"][0]
    assert biased["control"].attrs["bias_names"] == "immortal_time"


@pytest.mark.parametrize("scale", ["ratio", "odds_ratio"])
def test_no_effect_has_the_same_probability_on_every_scale(exact, model, scale):
    same = dataclasses.replace(model, scale=scale, decisions=(Criterion(1.0, 0.975),))
    tree = assess(same)
    assert tree["decision"]["probability"].values == pytest.approx(
        exact["decision"]["probability"].values, abs=1e-9
    )
    grid, density = tree["curves"]["effect_grid"].values, tree["curves"]["effect"].values
    assert np.trapezoid(density, grid) == pytest.approx(1, abs=0.02)


def test_curves_are_densities(exact):
    curves = exact["curves"].to_dataset()
    for name in ("treated_prior", "treated_likelihood", "treated_posterior", "control"):
        assert float(curves[name].mean()) == pytest.approx(1, abs=2e-3)
    assert float(curves["effect"].mean()) * 2 == pytest.approx(1, abs=1e-3)
    inside = stats.beta(6, 3).pdf(curves["rate"].values)
    assert curves["treated_posterior"].values == pytest.approx(inside, rel=1e-10)


def test_draws_are_of_the_exact_distributions(exact):
    draws = exact["posterior"]["control_rate"].values.ravel()
    low, high = float(exact["control"]["low"]), float(exact["control"]["high"])
    assert np.mean((draws > low) & (draws < high)) == pytest.approx(0.95, abs=0.015)
    likelihood = exact["log_likelihood"]["treated_successes"].values[..., 0]
    rates = exact["posterior"]["treated_rate"].values
    assert likelihood == pytest.approx(stats.binom.logpmf(5, 7, rates), abs=1e-11)
    assert exact["log_prior"]["treated_rate"].values == pytest.approx(0.0, abs=1e-12)


def test_the_prior_is_stated_in_patients(exact):
    expected = stats.betabinom(7, 1, 1).ppf([0.025, 0.975])
    treated = exact["treated"]
    said = [int(treated["prior_patients_low"]), int(treated["prior_patients_high"])]
    assert said == expected.astype(int).tolist()


def test_equal_seeds_give_equal_results(exact, model):
    assert assess(model, seed=1).identical(exact)
    other = assess(model, seed=2)
    assert not other["posterior"].to_dataset().equals(exact["posterior"].to_dataset())
    assert other["control"].to_dataset().equals(exact["control"].to_dataset())


def test_a_result_survives_its_file(exact, tmp_path):
    exact.to_netcdf(tmp_path / "result.nc", engine="h5netcdf")
    with xr.open_datatree(tmp_path / "result.nc", engine="h5netcdf") as back:
        assert back.load().identical(exact)


@pytest.mark.parametrize(
    "name", ["hlc001-narrow", "hlc001-optimistic", "hlc001-ventilation", "hlc001-benchmark"]
)
def test_every_control_definition_can_be_answered_and_kept(name, tmp_path):
    tree = assess(name)
    tree.to_netcdf(tmp_path / "result.nc", engine="h5netcdf")
    with xr.open_datatree(tmp_path / "result.nc", engine="h5netcdf") as back:
        assert back.load().identical(tree)
    assert tree.attrs["control_set"] == name.removeprefix("hlc001-")


def test_the_information_of_a_pooled_control_is_its_patients(model):
    from bayesips.borrowing.pooled import Pooled

    tree = assess(dataclasses.replace(model, method=Pooled(), robust=None))
    dead = sum(arm.n - arm.successes for arm in model.arms)
    alive = sum(arm.successes for arm in model.arms)
    assert float(tree["control"]["ess_moment"]) == pytest.approx(alive + dead + 2, rel=1e-10)
    assert float(tree["control"]["mean"]) == pytest.approx((alive + 1) / (alive + dead + 2))
    assert np.isnan(tree["control"]["population_mean"])
    low, high = special.betaincinv(alive + 1, dead + 1, [0.025, 0.975])
    assert float(tree["control"]["low"]) == pytest.approx(low, abs=1e-9)
    assert float(tree["control"]["high"]) == pytest.approx(high, abs=1e-9)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"engine": "exat"}, "did you mean 'exact'"),
        ({"seed": -1}, "seed is -1"),
        ({"seed": 1.5}, "seed is 1.5"),
        ({"seed": True}, "seed is True"),
    ],
)
def test_what_is_no_engine_or_seed_is_refused(model, settings, message):
    with pytest.raises(ValueError, match=message):
        assess(model, **settings)


def test_an_unknown_model_names_the_near_miss():
    with pytest.raises(ModelError, match="did you mean 'hlc001'"):
        assess("hlc01")
    assert issubclass(ModelError, ValueError)
    assert issubclass(EvidenceError, ValueError)


def test_without_the_vague_part_the_answer_is_that_of_the_model_without_one(exact, model):
    alone = assess(dataclasses.replace(model, robust=None))
    assert "without_robust" not in alone.children
    for name in ("mean", "low", "high"):
        expected = float(alone["control"][name])
        assert float(exact["without_robust"][name]) == pytest.approx(expected, abs=1e-9)
    expected = alone["decision"]["probability"].values
    assert exact["without_robust"]["probability"].values == pytest.approx(expected, abs=1e-9)
