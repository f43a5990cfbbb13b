"""Figures of survival in time: what is drawn is what the result says."""

import numpy as np
import pytest
import xarray as xr

import bayesips as bips
from bayesips.plots import bridge, figure, names, survival


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
    assert "Tizon 2012: 4/18, day 28" in texts
    assert "Thompson 2017: 0/13, day 60" in texts


def test_the_fan_of_the_bridge_closes_at_the_day_asked_about(saved):
    table = bridge.data(saved)
    width = table["survival"].sel(end="low") - table["survival"].sel(end="high")
    narrowest = table["day"].values[np.abs(width).values.argmin(axis=-1)]
    assert np.all(np.abs(narrowest - 56) < 2)
