"""Sensitivity to the bridge: as a table, and by `bayesips sensitivity --bridge`."""

import json
from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

import bayesips as bips
from bayesips.answer.assessment.bridge_sensitivity import PIECEWISE
from bayesips.cli import application
from bayesips.plots import bridges
from bayesips.plots.picture import picture


def run(*words):
    """What the command prints, and its exit status."""
    return CliRunner().invoke(application(), ["sensitivity", *words])


@pytest.fixture(scope="module")
def narrow():
    return bips.load_model("hlc001-narrow")


@pytest.fixture(scope="module")
def table(narrow):
    return bips.bridge_sensitivity(narrow)


def test_each_line_is_the_model_with_that_shape(narrow, table):
    for name, shape in (("constant hazard", 1.0), ("earlier still", 0.5)):
        endpoint = replace(narrow.endpoint, shape=("lognormal", np.log(shape), 0.3))
        tree = bips.assess(replace(narrow, endpoint=endpoint))
        line = table.sel(bridge=name)
        assert float(line["mean"]) == pytest.approx(float(tree["control"]["mean"]), abs=1e-9)
        chance = float(tree["decision"]["probability"][0])
        assert float(line["probability"][0]) == pytest.approx(chance, abs=1e-9)


def test_a_shape_of_the_models_own_is_the_first_line(narrow):
    own = replace(narrow, endpoint=replace(narrow.endpoint, shape=("lognormal", 0.1, 0.2)))
    table = bips.bridge_sensitivity(own, {"known": ("fixed", 1.0)})
    assert table["bridge"].values.tolist() == ["as declared", "known"]
    expected = float(bips.assess(own)["control"]["mean"])
    assert float(table["mean"][0]) == pytest.approx(expected, abs=1e-9)


def test_a_line_without_an_answer_is_kept_and_says_why(narrow):
    late = replace(narrow, history=(*narrow.history, bips.Arm("Late", 3, 9, day=365)))
    table = bips.bridge_sensitivity(late, {"known": ("fixed", 1.0)})
    assert np.isnan(table["probability"].values).all()
    assert all("Late: a row at day 365" in reason for reason in table["reason"].values)
    assert not table["met"].any()


def test_json_is_one_object_and_nothing_else(table):
    found = json.loads(run("hlc001-narrow", "--bridge", "--no-piecewise", "--json").stdout)
    assert found["model"] == "hlc001-narrow"
    assert [line["bridge"] for line in found["bridges"]] == table["bridge"].values.tolist()
    for line, mean in zip(found["bridges"], table["mean"].values, strict=True):
        assert line["mean"] == pytest.approx(float(mean), abs=1e-12)
        assert line["withheld"] is None


def test_table_and_figure_are_printed_and_written(tmp_path):
    out = tmp_path / "new"
    result = run("hlc001-narrow", "--bridge", "--no-piecewise", "--out", str(out))
    assert result.exit_code == 0
    assert "the verdict is the same under every bridge" in " ".join(result.stdout.split())
    saved = xr.load_dataset(out / "bridge.nc", engine="h5netcdf")
    assert saved.sizes["bridge"] == 5
    assert {path.name for path in (out / "figures").iterdir()} == {"bridges.svg", "bridges.png"}


def test_the_figure_has_a_row_for_every_bridge(table):
    data = bridges.data(table)
    texts = [text.get_text() for text in picture("bridges", data).axes[0].texts]
    assert set(table["bridge"].values) <= set(texts)
    assert "with HLC-001" in texts
    assert "5 bridges" in bridges.caption(data)


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("hlc001-binary", "--bridge"), "a binary endpoint has no bridge; sensitivity to it needs"),
        (("hlc001", "--bridge", "--axis", "bias=none"), "leave out --axis or --bridge"),
        (("hlc001", "--bridge", "--seed", "-1"), "seed is -1"),
    ],
)
def test_what_has_no_bridge_is_bad_input(words, fault):
    result = run(*words)
    assert result.exit_code == 2
    assert fault in result.stderr


@pytest.mark.slow
def test_piecewise_hazards_that_are_known_to_be_constant_are_a_weibull_of_shape_one(narrow):
    """By NUTS and by the exact engine."""
    flat = replace(narrow, endpoint=replace(narrow.endpoint, steps=("fixed", 0.0)))
    table = bips.bridge_sensitivity(flat, {"constant": ("fixed", 1.0)}, piecewise=True)
    exact, sampled = table.sel(bridge="constant"), table.sel(bridge=PIECEWISE)
    assert sampled["reason"].item() == ""
    for name, error in (("mean", "mean_error"), ("probability", "error")):
        apart = np.abs(sampled[name].values - exact[name].values)
        assert np.all(apart < 5 * sampled[error].values), name


@pytest.mark.slow
def test_piecewise_hazards_leave_hlc001_where_the_weibull_curve_puts_it():
    table = bips.bridge_sensitivity(bips.load_model("hlc001"), piecewise=True)
    line = table.sel(bridge=PIECEWISE)
    assert line["reason"].item() == ""
    assert int(line["divergences"]) == 0
    assert float(line["r_hat"]) < 1.01
    assert min(float(line["ess_bulk"]), float(line["ess_tail"])) > 400
    assert float(line["probability"][0]) == pytest.approx(0.90, abs=0.01)
    assert float(line["mean"]) == pytest.approx(0.335, abs=0.015)


@pytest.mark.slow
def test_a_run_too_short_to_trust_is_withheld(narrow):
    table = bips.bridge_sensitivity(
        narrow, {"known": ("fixed", 1.0)}, piecewise=True, sampler={"draws": 60, "tune": 60}
    )
    line = table.sel(bridge=PIECEWISE)
    assert "allowed" in line["reason"].item()
    assert np.isnan([float(line[name]) for name in ("mean", "low", "high")]).all()
    assert np.isnan(line["probability"].values).all()
