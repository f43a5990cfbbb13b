"""Every count by borrowing method: the folder of `compare --out`, and lines that are its table."""

import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr

from bayesips.plots import counts_by_method, figure, names
from bayesips.plots.drawing import caption
from tests.commands import run

FIGURE = "counts_by_method"


def tree_of(folder):
    """The table in a folder, as figures take it."""
    with xr.open_dataset(folder / "comparison.nc", engine="h5netcdf") as table:
        return xr.DataTree.from_dict({"/comparison": table.load()})


def files(folder):
    """Everything in a folder, by its path."""
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


def lines(tree):
    """Lines of the figure by what they stand for."""
    drawn = figure(FIGURE, tree).axes[0].findobj(mpl.lines.Line2D)
    return {each.get_gid(): each for each in drawn if each.get_gid()}


def marks(tree):
    """Which marks of each method are filled."""
    drawn = figure(FIGURE, tree).axes[0].collections
    return {
        each.get_gid().removeprefix("marks of "): ~np.all(each.get_facecolor() == 1, axis=1)
        for each in drawn
    }


def key(tree):
    """What the key says, from top to bottom."""
    return [text.get_text() for text in figure(FIGURE, tree).axes[0].get_legend().get_texts()]


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """The folder of the command on the shipped binary model."""
    place = tmp_path_factory.mktemp("compare") / "out"
    result = run("compare", "hlc001-binary", "--out", place)
    assert result.exit_code == 0, result.output
    assert f"Written to {place}" in result.stdout
    assert [each.name for each in place.parent.iterdir()] == ["out"]
    return place


@pytest.fixture(scope="module")
def controls(tmp_path_factory):
    """The folder of the command with concurrent controls."""
    place = tmp_path_factory.mktemp("controls") / "out"
    result = run("compare", "hlc001-binary", "--controls", 3, "--out", place)
    assert result.exit_code == 0, result.output
    return place


def tables_of(folder):
    """The tables in a folder, as CSV and in one workbook."""
    found = {name for name in files(folder) if name.startswith("tables")}
    assert "tables.xlsx" in found and len(found) > 1
    return found


def test_the_folder_holds_the_table_and_both_figures(outcomes):
    drawn = {f"figures/{name}.{end}" for name in ("comparison", FIGURE) for end in ("svg", "png")}
    assert files(outcomes) - tables_of(outcomes) == {"comparison.nc"} | drawn
    assert names(tree_of(outcomes)) == ("comparison", FIGURE)


def test_each_line_is_a_method_of_the_table_and_none_lacks_an_answer(outcomes):
    tree = tree_of(outcomes)
    table = tree["comparison"].to_dataset()
    answered = table["method"].values[table["status"].values == ""]
    found = lines(tree)
    assert 0 < answered.size < table.sizes["method"]
    assert set(found) == {*answered, "required", "observed"}
    for name in answered:
        one = table.sel({"method": name})
        np.testing.assert_array_equal(found[name].get_xdata(), np.arange(8))
        np.testing.assert_array_equal(
            found[name].get_ydata(), one["outcome_probability"].isel(criterion=0).values
        )
        np.testing.assert_array_equal(marks(tree)[name], one["outcome_met"].values)
    assert set(found["required"].get_ydata()) == {0.975}
    assert set(found["observed"].get_xdata()) == {5}


def test_no_two_lines_look_alike(outcomes, controls):
    for tree in (tree_of(outcomes), tree_of(controls)):
        shown = figure(FIGURE, tree).axes[0].get_legend().legend_handles
        assert len({(each.get_color(), each.get_marker()) for each in shown}) == len(shown)


def test_the_key_stands_in_the_order_of_the_answers(outcomes):
    tree = tree_of(outcomes)
    said = key(tree)
    assert said[0] == "benchmark, 99.6 %"
    assert said[-1] == "required: more than 97.5 %"
    chances = [float(each.split(", ")[1].removesuffix(" %")) for each in said[:-1]]
    assert chances == sorted(chances, reverse=True)
    assert "With 5, as seen, it runs from 66.7 % to 99.6 %" in caption(FIGURE, tree)


def test_with_controls_the_lines_go_over_their_counts(controls):
    tree = tree_of(controls)
    drawn = {f"figures/{n}.{x}" for n in (FIGURE, "controls_by_method") for x in ("svg", "png")}
    assert files(controls) - tables_of(controls) == {"comparison.nc"} | drawn
    table = tree["comparison"].to_dataset()
    found = lines(tree)
    assert "observed" not in found
    for name in table["method"].values[table["status"].values == ""]:
        one = table.sel({"method": name})
        np.testing.assert_array_equal(
            found[name].get_ydata(), one["probability"].isel(criterion=0).values
        )
        np.testing.assert_array_equal(marks(tree)[name], one["met"].values)
    assert "among 3 concurrent controls, 5 of 7 treated" in caption(FIGURE, tree)


def test_many_counts_have_lines_without_marks(outcomes):
    table = tree_of(outcomes)["comparison"].to_dataset()
    table = table.interp(survivors=np.linspace(0, 7, 57)).assign_coords(survivors=np.arange(57))
    table["outcome_met"] = table["outcome_probability"].isel(criterion=0) > 0.975
    drawn = xr.DataTree.from_dict({"/comparison": table})
    assert marks(drawn) == {}
    assert len(lines(drawn)) == counts_by_method.data(drawn).sizes["method"] + 2
    ticks = figure(FIGURE, drawn).axes[0].get_xticks()
    assert np.all(ticks == np.floor(ticks))  # there are no halves of patients


def test_a_folder_of_something_else_is_refused_and_kept(tmp_path):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    result = run("compare", "hlc001-binary", "--out", tmp_path)
    assert result.exit_code != 0
    assert files(tmp_path) == {"mine.txt"}
