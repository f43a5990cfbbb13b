"""Data behind the figures of sensitivity, and that each of them can be drawn."""

import sys
import textwrap

import numpy as np
import pytest
from scipy import special

import bayesips as bips
from bayesips import plots
from bayesips.plots import heat_map, outcome_spider, specification_curve, tipping_curve, tornado
from bayesips.plots.picture import SensitivityFound, names, picture, save, save_all

CHOICES = {
    "control.rate": [0.1, 0.245, 0.4],
    "treated.prior": [(1, 1), (0.5, 0.5)],
    "treated.successes": [4, 5, 8],
}


@pytest.fixture(scope="module")
def model():
    """5 of 7 against a known 24.5 %."""
    return bips.load_model("hlc001-benchmark")


@pytest.fixture(scope="module")
def cells(model):
    """Eighteen cells, six of them impossible (8 of 7)."""
    return bips.vary(model, CHOICES)


def test_the_specification_curve_has_every_answered_cell_in_order(cells):
    data = specification_curve.data(cells)
    assert data.sizes["cell"] == 12
    assert data.attrs["unsettled"] == 6
    assert np.all(np.diff(data.probability.values) >= 0)
    assert data.attrs["share"] == pytest.approx(float(data.met.mean()))
    chosen = data.chosen.values
    for axis in CHOICES:
        assert np.all(chosen[data["axis"].values == axis].sum(axis=0) == 1)


def test_the_specification_curve_says_which_cell_is_which(cells):
    data = specification_curve.data(cells)
    last = data.isel(cell=-1)
    labels = [str(label) for label in data["label"].values[last.chosen.values]]
    expected = max(special.betaincc(6, 3, 0.1), special.betaincc(5.5, 2.5, 0.1))
    assert labels[0] == "0.1"
    assert labels[2] == "5"
    assert float(last.probability) == pytest.approx(expected, abs=1e-10)


def test_the_heat_map_is_the_median_over_the_other_choices(cells):
    data = heat_map.data(cells, "control.rate", "treated.prior")
    pair = [special.betaincc(5, 4, 0.245), special.betaincc(6, 3, 0.245)]
    found = float(data.probability.sel({"control.rate": 0.245, "treated.prior": "(1, 1)"}))
    assert found == pytest.approx(np.mean(pair), abs=1e-10)
    with pytest.raises(ValueError, match="no axis of these cells"):
        heat_map.data(cells, "control.rate", "history.control_set")


def test_the_widest_bar_of_the_tornado_comes_first(model):
    data = tornado.data(model, CHOICES)
    width = (data.high - data.low).values
    assert np.all(np.diff(width) <= 0)
    rate = data.sel(axis="control.rate")
    assert float(rate.low) == pytest.approx(special.betaincc(6, 3, 0.4), abs=1e-10)
    assert (str(rate.low_label.item()), str(rate.high_label.item())) == ("0.4", "0.1")


def test_the_tipping_curve_is_shaded_where_the_claim_holds(model):
    data = tipping_curve.data(model, "control.rate")
    (tips,) = data.attrs["flips"]
    expected = special.betaincc(6, 3, data["value"].values)
    np.testing.assert_allclose(data.probability, expected, atol=1e-10)
    assert tips == pytest.approx(special.betaincinv(6, 3, 0.025), abs=1e-8)


def test_the_spider_holds_every_outcome_of_every_choice(model):
    data = outcome_spider.data(model, "control.rate", [0.1, 0.4])
    for row, rate in enumerate([0.1, 0.4]):
        expected = special.betaincc(1 + np.arange(8), 8 - np.arange(8), rate)
        np.testing.assert_allclose(data.probability[row], expected, atol=1e-10)


@pytest.mark.parametrize("way", ["linear", "whole", "log"])
def test_every_kind_of_tipping_curve_is_drawn(model, way):
    knob = {"linear": "control.rate", "whole": "treated.successes", "log": "treated.prior.n"}[way]
    data = tipping_curve.data(model, knob)
    assert data.attrs["way"] == way
    assert picture("tipping_curve", data).axes
    assert tipping_curve.caption(data).endswith(".")


def test_the_other_figures_are_drawn_and_say_what_they_show(model, cells, tmp_path):
    made = {
        specification_curve: specification_curve.data(cells),
        heat_map: heat_map.data(cells, "control.rate", "treated.successes"),
        tornado: tornado.data(model, CHOICES),
        outcome_spider: outcome_spider.data(model, "control.rate", [0.1, 0.4]),
    }
    for module, data in made.items():
        name = module.__name__.rpartition(".")[2]
        first, again = (save(name, data, tmp_path / f"{name}{i}.svg") for i in (1, 2))
        assert first.read_bytes() == again.read_bytes()
        assert module.caption(data).endswith(".")


def test_an_unknown_figure_names_those_there_are(cells):
    with pytest.raises(ValueError, match="specification_curve"):
        picture("specification", cells)


ADDED = """
    \"\"\"A figure of sensitivity that a user adds: how many analyses have an answer.\"\"\"

    from bayesips.plots import style

    def data(cells):
        return cells[["settled"]]

    def of_sensitivity(found):
        yield "answered", data(found.cells)

    def sheet(data):
        return style.Sheet(3, 2)

    def draw(data, ax):
        ax.barh(0, int(data["settled"].sum()))

    def caption(data):
        return f"{int(data['settled'].sum())} analyses have an answer."
"""


def test_a_figure_of_sensitivity_is_one_file(model, cells, tmp_path, monkeypatch):
    (tmp_path / "answered.py").write_text(textwrap.dedent(ADDED), encoding="utf-8")
    monkeypatch.setattr(plots, "__path__", [*plots.__path__, str(tmp_path)])
    found = SensitivityFound(model, CHOICES, cells, bips.sensitivity.tipping_table(model))
    save_all(found, tmp_path)
    assert {"answered", "specification_curve", "tornado"} <= {
        p.stem for p in tmp_path.glob("*.svg")
    }
    assert "answered" in names()
    del sys.modules["bayesips.plots.answered"]
