"""The command `bayesips sensitivity`."""

import json

import pytest
import xarray as xr
from typer.testing import CliRunner

from bayesips.cli import application

AXES = ["--axis", "control.rate=0.2,0.245,0.4", "--axis", "treated.prior=(1,1),(0.5,0.5)"]


def run(*words):
    """What the command prints, and its exit status."""
    return CliRunner().invoke(application(), ["sensitivity", *words])


def test_tipping_points_come_before_the_multiverse():
    result = run("hlc001-benchmark", *AXES)
    assert result.exit_code == 0
    assert 0 < result.stdout.index("What would flip") < result.stdout.index("support the claim")
    assert "0.3491" in result.stdout
    assert "does not flip" in result.stdout


def test_json_is_one_object_and_nothing_else():
    result = run("hlc001-benchmark", "--json", *AXES)
    found = json.loads(result.stdout)
    rows = {row["knob"]: row for row in found["tipping"]}
    assert rows["control.rate"]["tipping"] == pytest.approx(0.34914, abs=5e-6)
    assert rows["exact_test.rate"]["tipping"] == pytest.approx(0.29042, abs=5e-6)
    assert rows["treated.prior.n"]["tipping"] is None
    assert found["multiverse"]["cells"] == 6
    assert found["multiverse"]["share_supported"] == pytest.approx(4 / 6)


def test_results_and_figures_are_written(tmp_path):
    result = run("hlc001-benchmark", "--out", str(tmp_path / "new"), *AXES)
    assert result.exit_code == 0
    cells = xr.load_dataset(tmp_path / "new" / "cells.nc", engine="h5netcdf")
    assert dict(cells.sizes)["control.rate"] == 3
    figures = {path.name for path in (tmp_path / "new" / "figures").iterdir()}
    assert {"specification_curve.svg", "tornado.svg", "control_rate.svg"} <= figures


def test_where_no_analysis_has_an_answer_no_share_is_told():
    result = run("hlc001-benchmark", "--axis", "treated.successes=9")
    assert "No analysis has an answer: treated.successes = 9" in " ".join(result.stdout.split())
    assert "nan" not in result.stdout
    assert result.stderr == ""


def test_a_wrong_axis_is_bad_input_and_names_the_near_miss():
    result = run("hlc001-benchmark", "--axis", "control.rat=0.2")
    assert result.exit_code == 2
    assert "did you mean 'control.rate'" in result.stderr


def test_a_folder_with_something_else_is_not_touched(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    result = run("hlc001-benchmark", "--out", str(tmp_path), *AXES)
    assert result.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
