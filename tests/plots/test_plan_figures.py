"""Figures of a plan: their titles state the finding and fit the sheet."""

import pytest

from bayesips import plots
from bayesips.report.plan import plan
from tests.planning.test_plan import TWO_ARMS

FIGURES = ("plan_boundaries", "plan_drift", "plan_power", "plan_trade_off", "plan_verdicts")


@pytest.fixture(scope="module")
def single_arm():
    return plan("followon-single-arm")


@pytest.fixture(scope="module")
def two_arms(tmp_path_factory):
    file = tmp_path_factory.mktemp("plan") / "small.toml"
    file.write_text(TWO_ARMS)
    return plan(file)


def titles(tree):
    """Titles as drawn, with whether they end inside the figure."""
    found = {}
    for name in FIGURES:
        figure = plots.figure(name, tree)
        (axes,) = figure.axes
        title = next(each for each in axes.findobj() if each is axes._left_title)
        found[name] = title.get_text(), title.get_window_extent().x1 <= figure.bbox.width
    return found


@pytest.mark.parametrize("name", ["single_arm", "two_arms"])
def test_titles_fit_the_sheet(name, request):
    drawn = titles(request.getfixturevalue(name))
    assert all(text and fits for text, fits in drawn.values())


def test_titles_say_what_the_tree_says(single_arm, two_arms):
    power = single_arm["characteristics"]["power"].values
    assert max(power) < 0.8
    drawn = titles(single_arm)
    assert drawn["plan_power"][0] == "As declared, 0 of 3 designs reach 80 % power"
    assert drawn["plan_boundaries"][0] == "40 patients: go from 37 of 40"
    worst = two_arms["drift"]["type1"].max("control_rate").values
    low, high = (f"{100 * each:.1f} %" for each in (worst.min(), worst.max()))
    assert titles(two_arms)["plan_drift"][0].startswith(f"Error at worst {low} to {high}")
