"""Figures: what is drawn is what the result says, and a file repeats to the byte."""

import re
import sys
import textwrap

import numpy as np
import pytest
import xarray as xr

from bayesips import plots
from bayesips.plots import (
    comparison,
    draw_all,
    effect,
    evidence,
    figure,
    names,
    outcomes,
    style,
    treated,
)
from bayesips.plots.drawing import caption, rendered
from bayesips.words.numbers import brief, brief_span
from tests.plots.small_trial import SURVIVORS, N, greater
from tests.plots.trees import tree


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A result read back from its file: figures need no inference."""
    path = tmp_path_factory.mktemp("result") / "result.nc"
    tree().to_netcdf(path, engine="h5netcdf")
    with xr.open_datatree(path, engine="h5netcdf") as opened:
        yield opened.load()


def texts(drawn):
    """Everything written on a figure."""
    return [text.get_text() for text in drawn.findobj(match=lambda each: hasattr(each, "get_text"))]


def test_every_file_of_the_folder_that_draws_is_a_figure(saved):
    assert names(saved) == ("evidence", "treated", "effect", "outcomes")
    assert set(names(saved)) < set(names())  # NUTS has its own


def test_arms_stand_by_rising_survival(saved):
    raw = evidence.data(saved)["raw"].values
    assert np.all(np.diff(raw) >= 0)
    assert evidence.data(saved).sizes["arm"] == 6


def test_only_a_count_at_the_day_asked_about_goes_unmarked(saved):
    assert evidence.data(saved)["pretended"].values.all()  # history has no such count at all
    saved = saved.copy()
    table = saved["evidence"].to_dataset()
    table["is_bound"] = table["is_bound"] & False
    saved["evidence"] = xr.DataTree(table)
    unmarked = evidence.data(saved).where(~evidence.data(saved)["pretended"], drop=True)
    assert list(unmarked["arm"].values) == ["Yanik 2014, placebo+CS"]


def test_bounds_are_arrows_and_counts_are_not(saved):
    with style.look("test"):
        drawn = figure("evidence", saved)
    arrows = [each for each in drawn.axes[0].texts if getattr(each, "arrow_patch", None)]
    assert len(arrows) == 2
    directions = {np.sign(each.xy[0] - each.xyann[0]) for each in arrows}
    assert directions == {-1, 1}  # at most, at least


def test_the_forest_says_how_far_history_disagrees(saved):
    assert "reports differ: \u2264 13 % to \u2265 50 %" in texts(figure("evidence", saved))


def test_densities_have_the_area_one(saved):
    data = treated.data(saved)
    for name in ("treated_prior", "treated_likelihood", "treated_posterior", "control"):
        area = np.trapezoid(data[name].values, data["rate"].values)
        assert area == pytest.approx(1, abs=1e-3)


def test_under_a_flat_prior_likelihood_and_posterior_are_one_curve(saved):
    assert bool(treated.data(saved)["same"])


def test_a_known_control_is_drawn_as_a_line(saved):
    saved = saved.copy()
    curves = saved["curves"].to_dataset().drop_dims("atom")
    curves["control"] = curves["control"] * 0
    curves = curves.assign_coords(atom=[0.245]).assign(atom_weight=("atom", [1.0]))
    saved["curves"] = xr.DataTree(curves)
    assert "exactly 24.5 %" in texts(figure("treated", saved))


def test_a_remnant_beyond_the_last_panel_is_not_drawn_as_a_known_rate(saved):
    saved = saved.copy()
    curves = saved["curves"].to_dataset().drop_dims("atom")
    curves = curves.assign_coords(atom=[0.0]).assign(atom_weight=("atom", [1.6e-6]))
    saved["curves"] = xr.DataTree(curves)
    assert "exactly" not in texts(figure("treated", saved))


def test_an_interval_ends_at_zero_only_where_it_is_exactly_zero():
    assert brief_span(0.0004, 0.88) == "< 1 to 88 %"
    assert brief_span(0.0, 0.88) == "0 to 88 %"


def test_the_shaded_area_is_the_probability(saved):
    data = effect.data(saved)
    beyond = data["density"].where(data["effect_grid"] >= 0, 0.0)
    area = np.trapezoid(beyond.values, data["effect_grid"].values)
    assert area == pytest.approx(greater(SURVIVORS, 0.0), abs=2e-3)


def test_the_outcome_seen_has_the_probability_of_the_decision(saved):
    data = outcomes.data(saved)
    seen = data["probability"].sel(survivors=int(data["observed"]))
    np.testing.assert_allclose(seen, saved["decision"]["probability"], rtol=1e-12)
    assert data.sizes["survivors"] == N + 1


def test_captions_give_the_numbers_to_those_who_cannot_see(saved):
    assert "\u2264 13 % to \u2265 50 %" in caption("evidence", saved)
    assert "5 of 7" in caption("treated", saved)
    assert "P(effect > 0) = 90.8 %" in caption("effect", saved)
    assert "from 7 survivors on" in caption("outcomes", saved)


def test_when_no_outcome_would_do_the_figure_says_so():
    hopeless = tree(margins=(0.5,), required=(0.99,))
    assert "No outcome among 7 patients" in caption("outcomes", hopeless)
    assert "no outcome meets the claim" in texts(figure("outcomes", hopeless))


def test_files_repeat_to_the_byte(saved, tmp_path):
    first = draw_all(saved, tmp_path / "first")
    second = draw_all(saved, tmp_path / "second")
    assert {path.suffix for path in first} == {".svg", ".png"}
    assert [a.read_bytes() for a in first] == [b.read_bytes() for b in second]


def test_nothing_on_a_figure_is_smaller_than_eight_points(saved):
    for name in names(saved):
        with style.look(name):
            drawn = figure(name, saved)
            sizes = [t.get_fontsize() for t in drawn.findobj(match=_is_text) if t.get_text()]
        assert min(sizes) >= 8


def test_nothing_is_written_outside_the_paper(saved):
    for name in names(saved):
        with style.look(name):
            drawn = figure(name, saved)
            drawn.draw_without_rendering()
            paper = drawn.bbox
            for text in (t for t in drawn.findobj(match=_is_text) if t.get_text().strip()):
                box = text.get_window_extent()
                assert box.x0 >= paper.x0 - 1, (name, text.get_text())
                assert box.x1 <= paper.x1 + 1, (name, text.get_text())
                assert box.y0 >= paper.y0 - 1, (name, text.get_text())
                assert box.y1 <= paper.y1 + 1, (name, text.get_text())


def test_svg_files_are_whole_and_carry_no_date(saved):
    for drawn in rendered(saved, "svg"):
        text = drawn.content.decode()
        assert text.rstrip().endswith("</svg>")
        assert not re.search(r"<dc:date>", text)


def test_an_unknown_figure_is_refused_by_name(saved):
    with pytest.raises(ValueError, match=r"no figure 'forest'; there are evidence"):
        figure("forest", saved)


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.5, "50 %"), (0.999, "> 99 %"), (0.001, "< 1 %"), (1.0, "100 %"), (0, "0 %")],
)
def test_no_percentage_is_rounded_to_a_certainty(value, said):
    assert brief(value) == said


def _is_text(artist):
    """Whether an artist is text that is drawn."""
    return hasattr(artist, "get_fontsize") and hasattr(artist, "get_text") and artist.get_visible()


def test_results_side_by_side_are_one_row_each():
    hard = tree(margins=(0.0,), required=(0.99,))
    easy = tree(margins=(0.0,), required=(0.5,))
    both = xr.DataTree(children={"hard": hard, "easy": easy})
    assert names(both) == ("comparison",)
    data = comparison.data(both)
    assert list(data["row"].values) == ["hard", "easy"]
    assert list(data["met"].values) == [False, True]
    assert "met under easy" in caption("comparison", both)
    assert "hard" in texts(figure("comparison", both))


def test_methods_without_an_answer_have_no_row():
    table = xr.Dataset(
        {
            "mean": ("method", [0.3, np.nan]),
            "low": ("method", [0.1, np.nan]),
            "high": ("method", [0.5, np.nan]),
            "probability": (("method", "criterion"), [[0.98], [np.nan]]),
            "status": ("method", ["", "needs controls"]),
        },
        coords={"method": ["map", "sam"], "criterion": [1], "required": ("criterion", [0.975])},
    )
    data = comparison.data(xr.DataTree.from_dict({"/comparison": table}))
    assert list(data["row"].values) == ["map"]
    assert bool(data["met"][0])


ADDED = """
    \"\"\"A figure that a user adds: the treated patients as one bar.\"\"\"

    from bayesips.plots import style

    def applies(tree):
        return "treated" in tree.children

    def data(tree):
        return tree["treated"].to_dataset()[["successes", "n"]]

    def sheet(data):
        return style.Sheet(3, 2)

    def draw(data, ax):
        ax.barh(0, float(data["successes"]) / float(data["n"]))

    def caption(data):
        return f"{int(data['successes'])} of {int(data['n'])}."
"""


def test_a_figure_is_one_file(saved, tmp_path, monkeypatch):
    (tmp_path / "bar.py").write_text(textwrap.dedent(ADDED), encoding="utf-8")
    monkeypatch.setattr(plots, "__path__", [*plots.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "bayesips.plots.bar", raising=False)
    assert names(saved)[-1] == "bar"
    assert caption("bar", saved) == "5 of 7."
    written = draw_all(saved, tmp_path / "figures", ["svg"])
    assert [path.stem for path in written] == list(names(saved))
    del sys.modules["bayesips.plots.bar"]
