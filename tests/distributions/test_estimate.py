"""Numbers that carry their error and reason still behave as numbers."""

import json
import pickle

import numpy as np
import pytest
import xarray as xr

import bayesips as bips
from bayesips.distributions.estimate import Estimate, Estimates, estimate

TREATED, CONTROL = bips.BetaMixture(1.0, 6, 3), bips.BetaMixture([0.8, 0.2], [8, 1], [24, 1])


def test_an_estimate_is_a_number_to_python_numpy_json_and_xarray():
    found = Estimate(0.25, 1e-9)
    assert isinstance(found, float)
    assert found == 0.25
    assert hash(found) == hash(0.25)
    assert f"{found:.1%}" == "25.0%"
    assert json.loads(json.dumps({"p": found})) == {"p": 0.25}
    assert type(found + 1) is np.float64
    assert np.asarray([found, 1]).tolist() == [0.25, 1]
    assert xr.Dataset({"p": found})["p"].item() == 0.25


def test_an_array_of_estimates_computes_as_a_plain_array():
    found = Estimates([0.1, 0.2, 0.4], 1e-9)
    for computed in (found + 1, 1 - found, np.mean(found, axis=0, keepdims=True), found > 0.1,
                     np.where(found > 0.1, found, 0), np.concatenate([found, found])):  # fmt: skip
        assert type(computed) is np.ndarray
    assert found.tolist() == [0.1, 0.2, 0.4]
    assert (found @ np.ones(3)).tolist() == pytest.approx(0.7)
    assert type(xr.DataArray(found, dims="x").values) is np.ndarray


def test_a_chosen_number_keeps_its_own_error_and_reason():
    found = Estimates([0.1, np.nan], lambda: np.array([1e-9, np.nan]), "no density")
    assert (found[0].error, found[0].reason) == (1e-9, None)
    assert np.isnan(found[1].error)
    assert found[1].reason == "no density"
    assert found[:1].error.tolist() == [1e-9]


def test_an_error_is_computed_once_and_only_when_asked_for():
    asked = []
    found = estimate(0.5, lambda: asked.append(1) or 1e-12)
    assert (repr(found), asked) == ("Estimate(0.5)", [])
    assert (found.error, found.error, asked) == (1e-12, 1e-12, [1])
    assert repr(found) == "Estimate(0.5, error=1e-12)"


@pytest.mark.parametrize("values", [0.5, [0.5, 0.25]])
def test_an_estimate_survives_a_pickle(values):
    found = pickle.loads(pickle.dumps(estimate(values, lambda: 1e-3, "why")))
    assert np.array_equal(found, values)
    assert (np.max(found.error), found.reason) == (1e-3, "why")


def test_a_view_made_by_numpy_claims_no_error():
    assert np.isnan(Estimates([0.1, 0.2], 1e-9).reshape(2, 1).error).all()


def test_probabilities_carry_the_error_that_refinement_shows():
    found = bips.prob_greater(TREATED, CONTROL, [0.0, 0.1])
    assert found.error.tolist() == bips.prob_greater_error(TREATED, CONTROL, [0.0, 0.1]).tolist()
    assert np.all((found.error > 0) & (found.error < 1e-11))
    assert bips.prob_greater(TREATED, CONTROL).error < 1e-11


def test_effective_sample_sizes_carry_their_reason():
    assert bips.ess(TREATED).reason is None
    singular = bips.ess(bips.BetaMixture(1.0, 0.5, 3.0))
    assert "shape below 1" in singular.reason
    assert bips.ess_reason(bips.BetaMixture(1.0, 0.5, 3.0)) == singular.reason
    assert np.isnan(singular.error)
