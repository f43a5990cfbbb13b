"""Files of patients through every door of an assessment."""

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import bayesips as bips
from bayesips.answer.assessment.history import rows_in_words
from bayesips.cli import application
from bayesips.endpoints.kaplan_meier import estimate
from bayesips.engine import exact
from bayesips.plots import figure, survival
from bayesips.plots.drawing import caption
from bayesips.report.html import html
from tests.patient_files import written


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return written(tmp_path_factory.mktemp("patients"))


@pytest.fixture(scope="module")
def model(file):
    return bips.load_model(file)


@pytest.fixture(scope="module")
def tree(model, tmp_path_factory):
    """The result, read back from its file."""
    path = tmp_path_factory.mktemp("result") / "result.nc"
    bips.assess(model).to_netcdf(path, engine="h5netcdf")
    with xr.open_datatree(path, engine="h5netcdf") as opened:
        yield opened.load()


def run(*words):
    """What a command prints, and its exit status."""
    return CliRunner().invoke(application(), [str(word) for word in words])


def test_a_model_file_of_patients_answers_as_the_same_arms_in_python(model, tree):
    rate = exact.solve(model.method, list(model.history), endpoint=model.endpoint)
    control = rate.mix(bips.BetaMixture(1, 1, 1), 0.2)
    assert float(tree["control"]["mean"]) == pytest.approx(float(control.mean()), abs=1e-8)


def test_the_evidence_table_holds_kaplan_meier_at_the_day_asked_about(model, tree):
    table = tree["evidence"].to_dataset()
    for place in (0, 1):
        found, line = estimate(model.history[place], 56), table.isel(arm=place)
        shown = [float(line[name]) for name in ("raw", "raw_low", "raw_high")]
        assert shown == pytest.approx([found.rate, found.low, found.high])
        assert str(line["day"].item()) == "56"
        assert not bool(line["is_bound"])
    assert list(table["followed"].values) == [True, True, False, False]
    assert rows_in_words(model.history[0]) == (
        "16 patients followed to day 180: 10 died, 3 last seen before"
    )


def test_every_arm_is_shrunken_and_set_against_the_others(tree):
    table = tree["evidence"].to_dataset()
    assert np.isfinite(table["shrunken"]).all()
    assert ((table["conflict"] > 0) & (table["conflict"] <= 1)).all()


def test_a_known_count_among_times_is_checked_as_a_count(model, tree):
    """14 of 30 were alive at day 56; what the other arms predict does not depend on the rest."""
    counted = replace(model, history=(*model.history[:1], bips.Arm("Study 2", 14, 30, day=56),
                                      *model.history[2:]))  # fmt: skip
    rows = [each["rows"].to_dataset() for each in (tree, bips.assess(counted))]
    found = [one.isel(row=(one["arm"] == "Study 2") & (one["day"] == 56)) for one in rows]
    for name in ("others_tail", "others_mean"):
        assert float(found[0][name][0]) == pytest.approx(float(found[1][name][0]), abs=1e-4)


def test_leaving_patients_out_is_a_model_without_them(model, tree):
    without = bips.assess(replace(model, history=model.history[1:]))
    line = tree["left_out"].to_dataset().isel(arm=0)
    assert float(line["mean"]) == pytest.approx(float(without["control"]["mean"]), abs=1e-5)


def test_the_survival_figure_draws_stairs_through_the_kaplan_meier_estimate(model, tree):
    drawn = figure("survival", tree).axes[0]
    stairs = [line for line in drawn.lines if line.get_drawstyle() == "steps-post"]
    assert len(stairs) == 2
    days, rates = stairs[0].get_data()
    at = rates[np.flatnonzero(np.asarray(days) <= 56)[-1]]
    assert at == pytest.approx(estimate(model.history[0], 56).rate)
    texts = [text.get_text() for text in drawn.texts]
    assert {"Study 1: 16 patients", "Study 3: 8/22, day 28"} <= set(texts)
    assert not any("Study 1:" in text and "/" in text for text in texts)
    assert "Kaplan-Meier" in survival.caption(survival.data(tree))


def test_the_forest_says_where_a_count_is_an_estimate(tree):
    drawn = figure("evidence", tree)
    texts = [text.get_text() for text in drawn.axes[0].texts]
    assert "KM of 16" in texts
    assert "14/30" in texts
    assert any("Kaplan-Meier estimate" in text for text in texts)
    assert "4 historical groups" in caption("evidence", tree)


def test_the_page_and_the_conclusion_know_that_courses_are_known(tree):
    page = html(tree)
    assert "16 patients followed to day 180" in page
    assert "Survival in time" in page
    assert "Kaplan-Meier curves of patients" in page
    assert "counts read off a printed curve" in page
    assert "even where every patient's course is known" in bips.conclusion(tree)
    assert "published summaries" not in page


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("validate",), "4 arms"),
        (("explore",), "16 patients followed"),
        pytest.param(("compare",), "normalized_power", marks=pytest.mark.slow),
    ],
)
def test_commands_take_a_model_of_patients(file, words, said):
    result = run(*words, file)
    assert result.exit_code == 0, result.output
    assert said in result.stdout


def test_json_of_patients_is_one_object(file, tree):
    found = json.loads(run("assess", file, "--json").stdout)
    assert found["control"]["patients"] == 86
    assert found["decision"][0]["probability"] == pytest.approx(
        float(tree["decision"]["probability"][0]), abs=1e-12
    )


def test_choices_that_patients_cannot_follow_are_kept_and_say_why(model):
    axes = {"endpoint": ["landmark", "binary"], "history.without": [None, "Study 1"]}
    cells = bips.vary(model, axes)
    assert cells.settled.values.tolist() == [[True, True], [False, True]]
    assert "Study 1: 8 to 9 of 16 alive at day 56" in str(cells.reason.values[1, 0])
    counted = bips.vary(model, {"history.successes.Study 1": [3]})
    assert "Study 1 has patients' own times" in str(counted.reason.values[0])


def test_dropping_bounds_keeps_patients(model):
    cells = bips.vary(model, {"history.bounds": ["read", "dropped"]})
    assert cells.arms.values.tolist() == [4, 3]
    kept = bips.assess(replace(model, history=model.history[:3]))
    assert float(cells.control_mean[1]) == pytest.approx(float(kept["control"]["mean"]), abs=1e-8)


@pytest.mark.slow
def test_both_engines_read_patients_alike(model, tree):
    sampled = bips.assess(model, engine="nuts")
    error = float(sampled["decision"]["error"][0])
    exactly = float(tree["decision"]["probability"][0])
    assert float(sampled["decision"]["probability"][0]) == pytest.approx(exactly, abs=5 * error)
    assert bips.conclusion(sampled).startswith("5 of 7")


def test_a_count_at_discharge_is_written_in_english():
    assert rows_in_words(bips.Arm("a", 18, 85, day="discharge")) == "at discharge: 18 of 85"
    assert rows_in_words(bips.Arm("a", 20, 81, day="not stated")) == "day not stated: 20 of 81"
