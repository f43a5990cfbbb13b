"""bayesips report: the page of a saved result, and refusals of what is none."""

import numpy as np
import pytest
import xarray as xr
from typer.testing import CliRunner

from bayesips.cli import application
from bayesips.report.html import html
from bayesips.report.saved import load
from tests.plots.trees import tree


def run(*arguments):
    """Run the command in this process."""
    return CliRunner().invoke(application(), ["report", *map(str, arguments)])


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "result.nc"
    tree().to_netcdf(path, engine="h5netcdf")
    return path


def test_the_page_of_a_saved_result_is_that_of_the_result(saved, tmp_path):
    assert run(saved, "--out", tmp_path / "deep" / "page.html").exit_code == 0
    page = (tmp_path / "deep" / "page.html").read_text(encoding="utf-8")
    assert page == html(tree())
    assert run(tmp_path).exit_code == 0  # the folder, and the page beside the result
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"result.nc", "deep", "report.html"}


def test_checklists_alone_write_nothing(saved, tmp_path):
    result = run(saved, "--checklists")
    assert result.exit_code == 0
    assert "[not reported here] Prior: justified" in result.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["result.nc"]


def test_nothing_is_inferred_again(saved, monkeypatch):
    import bayesips.answer.assessment.tree

    monkeypatch.setattr(bayesips.answer.assessment.tree, "analyse", None)
    assert run(saved, "--checklists").exit_code == 0


def test_a_withheld_result_is_reported_as_withheld(tmp_path):
    result = tree()
    table = result["diagnostics"].to_dataset()
    table["passed"] = ("check", np.array([False, True]))
    result["diagnostics"] = xr.DataTree(table)
    result.to_netcdf(tmp_path / "result.nc", engine="h5netcdf")
    assert run(tmp_path).exit_code == 1
    assert "No conclusion is drawn" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_what_is_no_result_is_refused(saved, tmp_path):
    (tmp_path / "notes.nc").write_text("no netCDF", encoding="utf-8")
    xr.Dataset({"x": 1}).to_netcdf(tmp_path / "other.nc", engine="h5netcdf")
    for given, message in (
        ("missing.nc", "no such file"),
        ("notes.nc", "no netCDF file"),
        ("other.nc", "holds no result of `bayesips assess`"),
    ):
        result = run(tmp_path / given)
        assert (result.exit_code, message in result.stderr) == (2, True), given
        assert "Traceback" not in result.stderr
    assert not (tmp_path / "report.html").exists()


@pytest.mark.parametrize("name", ["page.txt", "result.nc"])
def test_only_a_page_is_written_over(saved, tmp_path, name):
    before = saved.read_bytes()
    result = run(saved, "--out", tmp_path / name)
    assert (result.exit_code, "ends in .html" in result.stderr) == (2, True)
    assert saved.read_bytes() == before


def test_a_saved_result_is_loaded_whole(saved):
    assert set(load(saved).children) == set(tree().children)
