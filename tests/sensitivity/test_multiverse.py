"""The multiverse against single assessments, cell by cell, and what it does with odd cells."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

import bayesips as bips
from bayesips.endpoints.counts import binary_reading
from bayesips.evidence.selection import load_evidence
from bayesips.sensitivity import share_supported
from bayesips.sensitivity.default_axes import default_axes

SETS = ["narrow", "broad", "optimistic", "broad_registry", ["broad", "optimistic_paediatric"]]
SMALL = {
    "control.tau": [("half_normal", 0.5), ("half_normal", 1)],
    "control.mu": [("normal", 0, 1), ("normal", 0, 2)],
    "history.control_set": SETS[:3],
    "history.without": [None, "Kantrow 1997, all IPS", "Sano 2014, IPS"],
    "control.robust.weight": [0, 0.2, 0.5],
    "treated.prior": [(1, 1), (0.5, 0.5)],
}
LARGE = SMALL | {
    "control.tau": [("half_normal", s) for s in (0.25, 0.5, 1, 2)],
    "control.mu": [("normal", 0, s) for s in (1, 2, 3)],
    "history.control_set": SETS,
    "history.without": "each",
    "control.robust.weight": [0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
}


@pytest.fixture(scope="module")
def model():
    """The shipped reference assessment."""
    return bips.load_model("hlc001-binary")


@pytest.fixture(scope="module")
def small(model):
    """216 cells of a MAP multiverse."""
    return bips.vary(model, SMALL)


def single(model, cell):
    """Mean, sd, median and probability of one cell, by the public functions alone."""
    sets = cell["history.control_set"]
    evidence = load_evidence(model.evidence.file).select(
        *([sets] if isinstance(sets, str) else sets)
    )
    arms = [arm for arm in evidence.arms if arm.label != cell["history.without"]]
    control = bips.control_prior(
        binary_reading(tuple(arms), 56),
        bips.Map(mu=cell["control.mu"], tau=cell["control.tau"]),
        robust=bips.Robust(cell["control.robust.weight"], 0.5, 1),
    )
    a, b = cell["treated.prior"]
    treated = bips.BetaMixture([1.0], [a + 5], [b + 2])
    return [control.mean(), control.std(), control.ppf(0.5), bips.prob_greater(treated, control, 0)]


def differences(model, data, axes, count):
    """Of random cells of a multiverse from their single assessments: (count, 4)."""
    axes = axes | {"history.without": list(data["history.without"].values)}
    cells = list(itertools.product(*(range(size) for size in data.settled.shape)))
    chosen = np.random.default_rng(7).choice(len(cells), count, replace=False)
    rows = []
    for index in (cells[number] for number in chosen):
        cell = {name: axes[name][place] for name, place in zip(axes, index, strict=True)}
        row = data.isel(dict(zip(axes, index, strict=True)))
        found = [row.control_mean, row.control_sd, row.control_quantile.sel(quantile=0.5)]
        found.append(row.probability.sel(criterion=1))
        rows.append(np.array(found, dtype=float) - np.array(single(model, cell), dtype=float))
    return np.array(rows)


def test_random_cells_are_their_own_single_assessments(model, small):
    axes = SMALL | {"history.without": ["none", "Kantrow 1997, all IPS", "Sano 2014, IPS"]}
    found = differences(model, small, axes, 12)
    assert found.shape == (12, 4)
    np.testing.assert_allclose(found, 0, atol=1e-7)


@pytest.mark.slow
def test_a_hundred_of_ten_thousand_cells_are_their_own_single_assessments(model):
    data = bips.vary(model, LARGE)
    assert data.settled.size == 10080
    assert bool(data.settled.all())
    np.testing.assert_allclose(differences(model, data, LARGE, 100), np.zeros((100, 4)), atol=1e-7)


def test_the_reference_cell_is_the_shipped_assessment(model, small):
    cell = {"control.tau": "half_normal(1)", "control.mu": "normal(0, 2)"}
    cell |= {"history.control_set": "broad", "history.without": "none"}
    row = small.sel({**cell, "control.robust.weight": 0.2, "treated.prior": "(1, 1)"})
    control = bips.control_prior(
        binary_reading(model.history, 56), model.method, robust=model.robust
    )
    treated = model.treated_prior.update(5, 7)
    np.testing.assert_allclose(row.probability, [bips.prob_greater(treated, control, 0)], atol=1e-9)
    assert float(row.treated_mean) == pytest.approx(6 / 9, abs=1e-14)


def test_cells_that_cannot_be_answered_are_kept_and_say_why(model):
    data = bips.vary(model, {"treated.successes": [4, 5, 9], "control.method": ["map", "separate"]})
    assert data.settled.sel({"treated.successes": 9}).values.tolist() == [False, False]
    assert "9 successes among 7" in str(data.reason.sel({"treated.successes": 9}).values[0])
    assert np.isnan(data.probability.sel({"treated.successes": 9})).all()
    assert not data.met.sel({"treated.successes": 9}).any()
    assert data.settled.sel({"treated.successes": 5}).all()


def test_a_method_that_needs_concurrent_controls_is_marked_not_dropped(model):
    class Needy(bips.Separate):
        """Learns from controls."""

        def adapt(self, arms, concurrent, prior_of):
            """Never called."""

    data = bips.vary(model, {"control.method": [bips.Separate(), Needy()]})
    assert data.settled.values.tolist() == [True, False]
    assert "needs controls" in str(data.reason.values[1])


def test_meta_regression_without_covariates_is_map(model):
    own = {"control.method": [bips.Map(), "meta_regression"], "control.robust.weight": [0, 0.2]}
    data = bips.vary(model, own)
    assert data.settled.all()
    np.testing.assert_allclose(data.control_mean[1], data.control_mean[0], atol=1e-8)


def test_a_method_whose_covariates_no_arm_has_is_marked_not_dropped(model):
    wanting = bips.MetaRegression(trial={"year": 2023})
    data = bips.vary(model, {"control.method": ["map", wanting]})
    assert data.settled.values.tolist() == [True, False]
    assert "year" in str(data.reason.values[1])


def test_strata_of_one_study_are_never_exchanged(model):
    methods = ["map", "pooled", bips.Stratified()]
    axes = {"control.method": methods, "history.control_set": ["ventilation", "broad"]}
    data = bips.vary(model, axes)
    assert data.settled.values.tolist() == [[False, True], [True, True], [True, False]]
    assert "strata of one study" in str(data.reason.values[0, 0])


def test_the_treated_arm_is_never_its_own_control(model):
    data = bips.vary(model, {"history.control_set": ["trial", "broad"]})
    assert data.settled.values.tolist() == [False, True]
    assert "not its own control" in str(data.reason.values[0])


@pytest.mark.parametrize("name", ["hlc001", "hlc001-binary", "hlc001-benchmark"])
def test_default_choices_keep_to_comparable_sets(name):
    sets = default_axes(bips.load_model(name)).get("history.control_set", [])
    assert not {"trial", "benchmark", "ventilation"} & set(sets)


def test_a_choice_that_does_not_concern_a_cell_is_a_repetition(model):
    data = bips.vary(
        model,
        {
            "control.method": ["pooled", "map"],
            "control.tau": [("half_normal", 1), ("half_normal", 2)],
        },
    )
    assert data.repeated.values.tolist() == [[False, True], [False, False]]
    pooled = data.control_mean.sel({"control.method": "pooled"}).values
    assert pooled[0] == pooled[1]


def test_repeated_and_unsettled_cells_do_not_count_in_the_share(model):
    bare = replace(model, robust=None)
    axes = {"control.method": [bips.Benchmark(0.1), "separate"], "treated.n": [7, 4]}
    data = bips.vary(bare, axes)
    assert data.settled.values.tolist() == [[True, False], [True, False]]
    assert share_supported(data) == 0.5


def test_closed_forms_come_out_in_one_call(model):
    rates = [0.1, 0.245, 0.3, 0.5]
    known = replace(model, method=bips.Benchmark(0.245), robust=None)
    data = bips.vary(known, {"control.rate": rates})
    expected = bips.BetaMixture([1.0], [6.0], [3.0]).sf(np.array(rates))
    np.testing.assert_allclose(data.probability[:, 0], expected, atol=1e-12)
    discounts = [0, 0.25, 1]
    power = replace(model, method=bips.Power(0.5), robust=None)
    powered = bips.vary(power, {"control.discount": discounts})
    arms = binary_reading(model.history, 56)
    r, n = sum(arm.successes for arm in arms), sum(arm.n for arm in arms)
    expected = [(1 + d * r) / (2 + d * n) for d in discounts]
    np.testing.assert_allclose(powered.control_mean, expected, atol=1e-13)


def test_a_bias_shifts_a_known_rate_on_the_log_odds(model):
    known = replace(model, method=bips.Benchmark(0.245), robust=None)
    data = bips.vary(known, {"bias.immortal time.mean": [0, 0.28, 0.55]})
    odds = 0.245 / 0.755 * np.exp([0, 0.28, 0.55])
    np.testing.assert_allclose(data.control_mean, odds / (1 + odds), atol=1e-13)


def test_another_endpoint_brings_its_own_priors(model):
    data = bips.vary(model, {"endpoint": ["binary", "landmark"], "history.control_set": ["broad"]})
    own = bips.control_prior(
        model.history, bips.Map(), endpoint=bips.Landmark(56), robust=model.robust
    )
    assert data.settled.all()
    assert float(data.control_mean.sel(endpoint="landmark")[0]) == pytest.approx(
        own.mean(), abs=1e-8
    )


def test_an_unknown_axis_names_the_near_miss(model):
    with pytest.raises(ValueError, match=r"did you mean 'control\.robust\.weight'"):
        bips.vary(model, {"control.robust.wieght": [0.2]})
    with pytest.raises(ValueError, match=r"did you mean 'control\.tau'"):
        bips.vary(model, {"control.tua": [0.2]})
    with pytest.raises(ValueError, match="did you mean 'Sano 2014, IPS'"):
        bips.vary(model, {"history.without": ["Sano 2015, IPS"]})


def test_axes_declared_in_the_model_are_used(model):
    declared = {
        "control": {"robust": {"weight": [0, 0.2]}},
        "history.without": ["none", "Sano 2014, IPS"],
    }
    data = bips.vary(replace(model, sensitivity=declared))
    assert dict(data.sizes) == {
        "control.robust.weight": 2, "history.without": 2, "quantile": 5, "criterion": 1,
    }  # fmt: skip


def test_progress_reaches_every_cell(model):
    seen = []
    bips.vary(model, {"control.robust.weight": [0, 0.5], "treated.successes": [5, 8]},
              progress=lambda done, total: seen.append((done, total)))  # fmt: skip
    assert seen[-1] == (4, 4)


def test_the_result_survives_a_file(small, tmp_path):
    small.to_netcdf(tmp_path / "cells.nc", engine="h5netcdf")
    back = xr.load_dataset(tmp_path / "cells.nc", engine="h5netcdf")
    np.testing.assert_array_equal(back.probability, small.probability)
    assert list(back["control.tau"].values) == ["half_normal(0.5)", "half_normal(1)"]
