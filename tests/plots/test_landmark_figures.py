"""Figures of survival in time: what is drawn is what the result says."""

import numpy as np
import pytest
import xarray as xr

import bayesips as bips
from bayesips.plots import bridge, figure, names, survival
from bayesips.plots.survival_rows import BAR, placed


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """The narrow set, read back from its file."""
    path = tmp_path_factory.mktemp("result") / "result.nc"
    bips.assess("hlc001-narrow").to_netcdf(path, engine="h5netcdf")
    with xr.open_datatree(path, engine="h5netcdf") as opened:
        yield opened.load()


def test_survival_has_its_figures_and_counts_of_one_day_have_not(saved):
    assert {"survival", "bridge"} <= set(names(saved))
    assert not {"survival", "bridge"} & set(names(bips.assess("hlc001-benchmark")))


def test_a_curve_never_rises_and_passes_through_the_answer(saved):
    table = survival.data(saved)
    for name in ("control", "treated"):
        assert np.all(np.diff(table[f"{name}_mean"].values) < 0)
        at_day = float(table[f"{name}_mean"].sel(day=56))
        assert at_day == pytest.approx(float(saved[name]["mean"]), abs=1e-5)


def test_every_row_of_history_is_named(saved):
    drawn = figure("survival", saved)
    texts = [text.get_text() for text in drawn.axes[0].texts]
    assert "Tizon 2012, CS alone - not discharged off support: 4/18, day 28" in texts
    assert "Thompson 2017, non-responders to etanercept+CS: 0/13, day 60" in texts
    assert {"A", "B"} <= set(texts)


def test_a_mark_stands_on_its_day_where_nothing_else_does(saved):
    table = survival.data(saved)
    assert list(table["row_place"].values) == list(table["row_day"].values) == [28, 60]


def test_groups_with_the_same_count_on_the_same_day_stand_apart_under_their_own_letters():
    rows = {
        "arm": ["Study, one", "Study, one", "Study, two", "Study, two"],
        "day": [56.0, 100.0, 56.0, 100.0],
        "relation": [">=", "<=", ">=", ">="],
        "rate": [0.5] * 4,
        "low": [np.nan] * 4,
        "high": [np.nan] * 4,
        "day_known": [True] * 4,
        "followed": [False] * 4,
    }
    table = xr.Dataset({name: ("row", np.array(column)) for name, column in rows.items()})
    found = placed(table, (56.0, 0.29, 0.96))
    places = [56.0, *found["place"].values]
    assert min(np.diff(np.sort(places))) >= 2 * BAR
    assert list(found["letter"].values) == ["A", "A", "B", "B"]


def test_the_fan_of_the_bridge_closes_at_the_day_asked_about(saved):
    table = bridge.data(saved)
    width = table["survival"].sel(end="low") - table["survival"].sel(end="high")
    narrowest = table["day"].values[np.abs(width).values.argmin(axis=-1)]
    assert np.all(np.abs(narrowest - 56) < 2)
