"""Both engines fill the same tree, agree, and are read by ArviZ."""

import arviz as az
import numpy as np
import pytest
import xarray as xr

from bayesips.answer import diagnostics
from bayesips.answer.assessment import assess, pymc_model
from bayesips.cli.output.result_object import as_object
from bayesips.report.conclusion import conclusion

SMALL = {"draws": 200, "tune": 300, "chains": 2}


def test_the_engines_agree_on_the_control_and_the_decision(exact, nuts):
    chains = nuts["posterior"].to_dataset()
    error = float(az.mcse(chains["control_rate"].values))
    drawn = float(chains["control_rate"].mean())
    assert abs(drawn - float(exact["control"]["mean"])) < 5 * error
    decision = nuts["decision"]
    apart = abs(float(decision["probability"][0]) - float(exact["decision"]["probability"][0]))
    assert apart < 5 * float(decision["error"][0])


def test_the_engines_agree_on_the_mean_over_cohorts(exact, nuts):
    for name, tolerance in (("population_mean", 0.006), ("population_low", 0.01)):
        assert float(nuts["control"][name]) == pytest.approx(
            float(exact["control"][name]), abs=tolerance
        )


def test_the_share_of_draws_above_zero_is_the_probability(nuts):
    above = nuts["posterior"]["effect"].values > 0
    error = float(az.mcse(above.astype(float)))
    assert abs(above.mean() - float(nuts["decision"]["probability"][0])) < 5 * error


def test_chains_are_checked(nuts):
    names = nuts["diagnostics"]["check"].values.tolist()
    for part in ("r_hat", "bulk ESS", "tail ESS", "divergences", "cut short", "E-BFMI", "Monte"):
        assert any(part in name for name in names)
    assert {"sample_stats", "posterior"} <= set(nuts.children)


def test_a_run_of_few_draws_is_withheld(model):
    tree = assess(model, engine="nuts", sampler={"draws": 20, "tune": 100, "chains": 2})
    failed = diagnostics.failures(tree)
    assert any("bulk ESS" in reason and "more draws" in reason for reason in failed)


@pytest.mark.slow
def test_equal_seeds_give_equal_chains(model):
    first, second = (assess(model, engine="nuts", seed=3, sampler=SMALL) for _ in range(2))
    assert first["posterior"].to_dataset().equals(second["posterior"].to_dataset())


def test_the_pymc_model_can_be_read(model):
    built = pymc_model(model)
    names = set(built.named_vars)
    assert {"mu", "tau", "control", "control_rate", "treated_rate", "effect"} <= names


@pytest.mark.parametrize("engine", ["exact", "nuts"])
def test_arviz_reads_both(engine, exact, nuts):
    tree = {"exact": exact, "nuts": nuts}[engine].copy(deep=True)  # some plots add to it
    table = az.summary(tree, var_names=["treated_rate", "control_rate", "effect"])
    assert len(table) == 3
    import matplotlib.pyplot as plt

    for plot in (az.plot_trace, az.plot_dist, az.plot_forest, az.plot_rank):
        plot(tree, var_names=["treated_rate", "effect"])
    az.plot_ppc_dist(tree, kind="ecdf")
    az.plot_prior_posterior(tree, var_names=["treated_rate"])
    plt.close("all")


def test_chains_survive_their_file(nuts, tmp_path):
    nuts.to_netcdf(tmp_path / "result.nc", engine="h5netcdf")
    with xr.open_datatree(tmp_path / "result.nc", engine="h5netcdf") as back:
        assert back.load().identical(nuts)


@pytest.mark.slow
def test_a_bias_enters_the_pymc_model(model):
    import dataclasses

    from bayesips.borrowing.biases import Bias

    biased = dataclasses.replace(model, robust=None, bias=(Bias("immortal_time", 0.4, 0.15),))
    exact = assess(biased)
    tree = assess(biased, engine="nuts", sampler={"draws": 600, "tune": 500, "chains": 2})
    drawn = tree["posterior"]["control_rate"].values
    apart = abs(float(np.mean(drawn)) - float(exact["control"]["mean"]))
    assert apart < 5 * float(az.mcse(drawn))
    assert float(tree["control"]["mean"]) == pytest.approx(float(drawn.mean()), abs=0.01)


def test_the_error_of_the_control_is_that_of_its_chains_less_the_exact_vague_part(exact, nuts):
    error = float(nuts["control"]["mean_error"])
    chains = np.clip(nuts["posterior"]["control"].values, 0, 1)
    assert error == pytest.approx(0.8 * float(az.mcse(chains)), rel=1e-9)
    assert abs(float(nuts["control"]["mean"]) - float(exact["control"]["mean"])) < 5 * error
    assert as_object(nuts)["control"]["mean_error"] == error
    apart = float(nuts["without_robust"]["mean"]) - float(exact["without_robust"]["mean"])
    assert abs(apart) < 5 * error / 0.8


def test_draws_have_the_information_of_the_density_and_its_error(exact, nuts):
    for method in ("elir", "moment"):
        value, error = (float(nuts["control"][f"ess_{method}{end}"]) for end in ("", "_error"))
        if method == "elir" and np.isnan(value):  # the fitted mixture has a shape near 1
            assert "shape" in nuts["control"].attrs["no_ess_elir_because"]
            continue
        assert 0 < error < 0.25 * value
        assert as_object(nuts)["control"]["ess_error"][method] == error
        if np.isfinite(exact["control"][f"ess_{method}"]):
            assert abs(value - float(exact["control"][f"ess_{method}"])) < 5 * error
            assert float(exact["control"][f"ess_{method}_error"]) == 0
    assert "Monte Carlo standard error" in conclusion(nuts)
    assert "Monte Carlo standard error" not in conclusion(exact)
