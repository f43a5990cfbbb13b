"""Cells of counts and methods: each is what the table says, and all of it can be read."""

import dataclasses
import re
from itertools import pairwise

import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_rgb

from bayesips.answer.comparison import compare_with_controls
from bayesips.borrowing.pooled import Pooled
from bayesips.declare.model import load_model
from bayesips.plots import controls_by_method as cells
from bayesips.plots import counts_by_method, figure, names, style
from bayesips.plots.drawing import caption

FIGURE = "controls_by_method"
MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def table():
    """Two arms, pooled: what four controls would do."""
    model = load_model("hlc001-binary")
    model = dataclasses.replace(model, history=model.history[:2], method=Pooled(), robust=None)
    return compare_with_controls(model, 4, {"delta": 0.6})


def tree_of(table):
    """As figures take it."""
    return xr.DataTree.from_dict({"/comparison": table})


@pytest.fixture(scope="module")
def drawn(table):
    with style.look(FIGURE):
        return figure(FIGURE, tree_of(table))


def written(drawn, **look):
    """Numbers in cells, by (count, height), in the order from the top."""
    texts = [text for text in drawn.axes[0].texts if text.get_ha() == "center"]
    kept = [
        text for text in texts if all(getattr(text, f"get_{k}")() == v for k, v in look.items())
    ]
    return sorted((text.get_position()[::-1], text.get_text()) for text in kept)


def test_the_figure_is_of_counts_of_controls_only(table):
    assert FIGURE in names(tree_of(table))
    without = table.drop_vars(["realised_ess", "controls"])
    assert FIGURE not in names(tree_of(without.rename(probability="outcome_probability")))


def test_a_cell_is_blue_where_the_claim_is_met(table, drawn):
    answered = table.isel(method=np.flatnonzero(table["status"].values == ""))
    colours = [bar.get_facecolor()[:3] for bar in drawn.axes[0].patches]
    blue = np.array([np.allclose(each, to_rgb(cells.MET)) for each in colours])
    n = answered.sizes["controls"]
    assert len(blue) == n * (answered.sizes["method"] + 1)
    np.testing.assert_array_equal(blue[n:].reshape(-1, n), answered["met"].values)


def test_the_conflict_is_marked_where_the_tail_is_at_most_five_percent(table, drawn):
    bars = drawn.axes[0].patches[: table.sizes["controls"]]
    marked = [np.allclose(bar.get_facecolor()[:3], to_rgb(cells.CONFLICT)) for bar in bars]
    np.testing.assert_array_equal(marked, table["conflict"].values <= 0.05)
    assert any(marked)
    assert not all(marked)


def test_numbers_are_the_patients_borrowed(table, drawn):
    answered = table.isel(method=np.flatnonzero(table["status"].values == ""))
    found = [text for _, text in written(drawn, style="normal")][table.sizes["controls"] :]
    expected = answered["realised_ess"].values.ravel()
    for said, borrowed in zip(found, expected, strict=True):
        if np.isnan(borrowed):
            assert said == "\N{INFINITY}"
        else:
            assert abs(float(said.replace(MINUS, "-")) - borrowed) <= 0.5


def test_methods_that_learn_have_their_weights_below(table, drawn):
    answered = table.isel(method=np.flatnonzero(table["status"].values == ""))
    weights = answered["weight"].values
    found = [float(text) for _, text in written(drawn, style="italic")]
    np.testing.assert_allclose(found, weights[np.isfinite(weights)].ravel(), atol=0.00501)


def test_nothing_stands_outside_the_paper_or_below_eight_points(drawn):
    drawn.draw_without_rendering()  # the axis label is placed only then
    width, height = drawn.get_size_inches() * drawn.dpi
    shown = [text for text in drawn.findobj(match=lambda e: hasattr(e, "get_text")) if
             text.get_text()]  # fmt: skip
    for text in shown:
        box = text.get_window_extent()
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= width
        assert box.y1 <= height
        assert text.get_fontsize() >= 8


def wide(table, n):
    """The same with n + 1 counts."""
    counts = np.linspace(0, 4, n + 1)
    found = table.drop_vars(["title", "settings", "met"]).interp(controls=counts)
    return found.assign_coords(controls=np.arange(n + 1)).assign(
        met=found["probability"].isel(criterion=0) > 0.975, status=table["status"]
    )


def test_numbers_of_neighbours_do_not_touch_and_are_left_out_where_they_would(table):
    with style.look(FIGURE):
        most = figure(FIGURE, tree_of(wide(table, cells.FEW - 1)))
        more = figure(FIGURE, tree_of(wide(table, cells.FEW)))
    rows = {}
    for text in [text for text in most.axes[0].texts if text.get_ha() == "center"]:
        rows.setdefault(text.get_position()[1], []).append(text.get_window_extent())
    assert rows
    for boxes in rows.values():
        ends = sorted((box.x0, box.x1) for box in boxes)
        assert all(right < left for (_, right), (left, _) in pairwise(ends))
    assert written(more) == []
    assert "italic" not in " ".join(text.get_text() for text in more.axes[0].texts)


def test_the_caption_gives_the_numbers_to_those_who_cannot_see(table):
    said = caption(FIGURE, tree_of(table))
    assert "0 to 4 survivors among 4 concurrent controls" in said
    met = np.flatnonzero(table["met"].isel(method=0).values)
    assert f"as declared with {met[0]} to {met[-1]}" in said
    flagged = np.flatnonzero(table["conflict"].values <= 0.05)
    listed = re.search(r"tail at most 5 %\): (\d)", said)
    assert listed
    assert int(listed[1]) == flagged[0]


def test_a_table_without_answers_has_no_figure(table):
    nothing = table.assign(status=("method", np.full(table.sizes["method"], "no")))
    assert not cells.applies(tree_of(nothing))
    assert not counts_by_method.applies(tree_of(nothing))
