"""Methods side by side: each row is that method's own answer."""

import dataclasses
import inspect

import numpy as np
import pytest

import bayesips as bips
from bayesips import borrowing
from bayesips.answer.assessment import assess
from bayesips.answer.comparison import compare, compare_with_controls, entries_of
from bayesips.answer.control import control_posterior, control_prior
from bayesips.borrowing import method_class, required_settings
from bayesips.borrowing.sam import Sam
from bayesips.borrowing.test_then_pool import TestThenPool
from bayesips.cli.compare import compare as command
from bayesips.declare.model import load_model
from bayesips.distributions.conflict import box_p_value
from bayesips.evidence.arm import Arm


@pytest.fixture(scope="module")
def model():
    two_arms = load_model("hlc001-narrow").history
    return dataclasses.replace(load_model("hlc001-binary"), history=two_arms)


@pytest.fixture(scope="module")
def table(model):
    return compare(model)


@pytest.fixture(scope="module")
def with_controls(model):
    return compare_with_controls(model, 7)


def row(table, name):
    """One method; `sel(method=...)` is xarray's own word."""
    return table.sel({"method": name})


def test_the_first_row_is_the_assessment(table, model):
    tree, declared = assess(model), row(table, "as declared")
    assert float(declared["mean"]) == pytest.approx(float(tree["control"]["mean"]), abs=1e-9)
    assert declared["outcome_probability"].values == pytest.approx(
        tree["outcomes"]["probability"].values, abs=1e-9
    )


@pytest.mark.parametrize("name", ["map", "pooled", "power", "separate"])
def test_a_method_is_itself_with_its_defaults(table, model, name):
    control = control_prior(model.arms, name)
    assert float(row(table, name)["mean"]) == pytest.approx(float(control.mean()), abs=1e-9)


def test_a_benchmark_stands_only_where_a_rate_is_declared(model):
    arms = [Arm("First", 3, 20), Arm("Second", 8, 30)]
    elsewhere = dataclasses.replace(model, history=tuple(arms), evidence=None)
    assert "benchmark" not in compare(elsewhere)["method"].values
    known = dataclasses.replace(elsewhere, method=bips.Benchmark(0.3), robust=None)
    assert float(row(compare(known), "benchmark")["mean"]) == pytest.approx(0.3, abs=1e-12)
    given = {each.name: each for each in entries_of(elsewhere, {"rate": 0.2})}
    assert given["benchmark"].settings == "rate 0.2"


def test_the_benchmark_of_an_evidence_file_stands_beside_the_methods(table):
    assert float(row(table, "benchmark")["mean"]) == pytest.approx(0.245, abs=1e-12)


def test_no_row_is_silent(table):
    answered = np.isfinite(table["mean"].values)
    assert np.all(answered == (table["status"].values == ""))


def test_more_survivors_never_lower_the_probability(table):
    chances = table["outcome_probability"].values[np.isfinite(table["mean"].values), :, 0]
    assert np.all(np.diff(chances, axis=1) > 0)


def test_a_count_of_controls_updates_each_method(with_controls, model):
    found = row(with_controls, "map").sel(controls=3)
    control = control_posterior(model.arms, "map", Arm("controls", 3, 7))
    assert float(found["mean"]) == pytest.approx(float(control.mean()), abs=1e-9)


def test_the_conflict_of_each_count_is_that_of_history(with_controls, model):
    prior = control_prior(model.arms, model.method)
    expected = box_p_value(prior, np.arange(8), 7)
    assert with_controls["conflict"].values == pytest.approx(expected, abs=1e-12)


def test_no_borrowing_borrows_its_own_prior(with_controls):
    assert row(with_controls, "separate")["realised_ess"].values == pytest.approx(2.0, abs=1e-9)


def test_at_least_one_control_is_needed(model):
    with pytest.raises(ValueError, match="at least 1"):
        compare_with_controls(model, 0)


def test_a_meta_regression_without_covariates_is_not_shown_as_one(table):
    line = row(table, "meta_regression")
    assert "covariates" in str(line["status"].values)
    assert np.isnan(float(line["mean"]))


@pytest.mark.slow
def test_every_count_of_controls_is_answered_for_rows_on_other_days():
    model = load_model("hlc001-narrow")
    table = compare_with_controls(model, 3)
    power = table.sel({"method": "empirical_power"})
    assert str(power["status"].values) == ""
    assert np.all(np.isfinite(power["mean"])) and np.all(np.isfinite(power["weight"]))
    assert np.all(np.diff(power["mean"]) > 0)
    declared = table.sel({"method": "as declared"})
    assert np.all(np.isfinite(declared["probability"]))


def test_the_conflict_of_a_count_is_given_with_ties_whole_and_half(with_controls):
    whole, half = with_controls["conflict"].values, with_controls["mid_p"].values
    assert np.all(half < whole)
    assert np.all(half > whole / 2 - 1e-12)


@pytest.fixture(scope="module")
def with_delta(model):
    """Declared by SAM with a delta of its own, the others given another."""
    declared = dataclasses.replace(model, method=Sam(0.4), robust=None)
    return compare_with_controls(declared, 7, {"delta": 0.25})


def test_a_setting_without_default_goes_to_every_method_that_needs_it(with_delta, model):
    needing = [n for n in borrowing.names() if "delta" in required_settings(method_class(n))]
    assert len(needing) >= 2
    for name in needing:
        found = row(with_delta, name).sel(controls=2)
        method = method_class(name)(delta=0.25)
        control = control_posterior(model.arms, method, Arm("controls", 2, 7))
        assert float(found["mean"]) == pytest.approx(float(control.mean()), abs=1e-6)
        assert str(found["settings"].values) == "delta 0.25"


def test_the_declared_method_keeps_its_own_setting(with_delta, model):
    declared = row(with_delta, "as declared").sel(controls=2)
    control = control_posterior(model.arms, Sam(0.4), Arm("controls", 2, 7))
    assert float(declared["mean"]) == pytest.approx(float(control.mean()), abs=1e-6)
    assert str(declared["settings"].values) == "delta 0.4"


def test_only_rows_with_such_a_setting_name_one(with_delta):
    named = with_delta["method"].values[with_delta["settings"].values != ""]
    assert set(named) == {"as declared", "benchmark", "elastic", "sam"}


def test_a_row_without_its_setting_says_how_to_give_it(with_controls):
    for name in ("sam", "elastic"):
        status = str(row(with_controls, name)["status"].values)
        assert "give --delta" in status
        assert "settings={'delta': ...}" in status


def test_every_setting_without_default_can_be_given_on_the_command_line():
    kinds = [method_class(name) for name in borrowing.names()]
    stated = {setting for kind in kinds for setting in getattr(kind, "stated", ())}
    needed = {setting for kind in kinds for setting in required_settings(kind)} - stated
    assert needed <= set(inspect.signature(command).parameters)


@pytest.mark.parametrize("delta", [0, 1, -0.1, np.nan])
def test_a_setting_that_is_not_allowed_is_refused_and_no_row(model, delta):
    with pytest.raises(ValueError, match="a number above 0 and below 1"):
        compare_with_controls(model, 7, {"delta": delta})


def test_a_setting_that_no_method_needs_is_refused(model):
    with pytest.raises(ValueError, match=r"no borrowing method needs margin.*delta"):
        entries_of(model, {"margin": 0.1})


def test_the_conflict_of_a_learning_method_is_that_of_what_it_starts_from(with_delta, model):
    expected = box_p_value(control_prior(model.arms, "map"), np.arange(8), 7)
    assert with_delta["conflict"].values == pytest.approx(expected, abs=1e-12)
    said = with_delta.attrs["history"]
    assert said == "what map makes of the historical arms, from which the declared sam starts"


def test_the_history_of_a_test_then_pool_is_pooled(model):
    declared = dataclasses.replace(model, method=TestThenPool(), robust=None)
    table = compare_with_controls(declared, 3)
    expected = box_p_value(control_prior(model.arms, "pooled"), np.arange(4), 3)
    assert table["conflict"].values == pytest.approx(expected, abs=1e-12)
    assert float(table["history_mean"]) == pytest.approx(
        float(control_prior(model.arms, "pooled").mean()), abs=1e-12
    )
