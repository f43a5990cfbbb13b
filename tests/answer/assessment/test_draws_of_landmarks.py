"""Landmark results whose numbers are draws: any bridge, and rows of unknown days."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from bayesips.answer.assessment import assess, predictive_checks
from bayesips.answer.assessment.landmark_reading import LandmarkReading
from bayesips.answer.assessment.shape_points import ShapePoints, independent
from bayesips.borrowing import Robust
from bayesips.declare.model import load_model
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.endpoints import Landmark
from bayesips.evidence.arm import Arm

DRAWS = 4000
PIECEWISE = Landmark(bridge="piecewise")


def chains(endpoint, arms):
    """Draws as chains have them: every arm's rate near a half, the bridge's unknowns near 0."""
    rng = np.random.default_rng(1)
    steps = [f"hazard_step_{place + 1}" for place in range(len(endpoint.cuts))]
    shape = ["shape"] if endpoint.bridge == "weibull" else steps
    draws = {name: (("chain", "draw"), rng.normal(0.65, 0.05, (4, DRAWS // 4))) for name in shape}
    rates = rng.beta(40, 40, (4, DRAWS // 4, len(arms)))
    draws["arm_rate"] = (("chain", "draw", "arm"), rates)
    draws["control"] = (("chain", "draw"), rng.beta(4, 4, (4, DRAWS // 4)))
    return {"posterior": xr.Dataset(draws)}


def test_a_vague_part_beside_draws_of_a_piecewise_bridge_keeps_their_mean():
    rng = np.random.default_rng(2)
    shape = tuple(rng.normal(0, 0.3, (len(PIECEWISE.cuts), DRAWS)))
    drawn = ShapePoints.of_draws(rng.beta(3, 5, DRAWS), shape)
    mixed = drawn.mixed(Robust(0.2))
    expected = 0.8 * float(drawn.weight @ drawn.rates()) + 0.2 * 0.5
    assert float(mixed.weight @ mixed.rates()) == pytest.approx(expected, abs=1e-3)
    treated = independent(BetaMixture([1.0], [6.0], [3.0]), mixed)
    assert float(treated.weight @ treated.survival(PIECEWISE, 56.0)) == pytest.approx(
        6 / 9, abs=1e-3
    )
    for value, kept in zip(shape, treated.shape, strict=True):
        assert np.mean(kept) == pytest.approx(value.mean(), abs=0.1)


@pytest.mark.parametrize("endpoint", [Landmark(), PIECEWISE], ids=["weibull", "piecewise"])
def test_rows_are_predicted_from_draws_under_any_bridge(endpoint):
    model = replace(load_model("hlc001-narrow"), endpoint=endpoint)
    arms = tuple(model.history)
    found = predictive_checks.checks(LandmarkReading(model, arms, chains(endpoint, arms)))
    assert np.all(np.isfinite(found["own_mean"]))
    own, patients = np.asarray(found["own_mean"]), np.asarray(found["n"])
    assert np.all((own >= 0) & (own <= patients))
    at_landmark = np.asarray(found["day"]) == 56
    assert found["own_mean"].values[at_landmark] == pytest.approx(
        found["n"].values[at_landmark] / 2, rel=0.02
    )
    known = endpoint.bridge == "weibull"
    assert (
        np.all(np.isfinite(found["others_mean"]))
        if known
        else np.all(np.isnan(found["others_mean"]))
    )


@pytest.mark.parametrize("known", [(28, "=", 14), (100, "<=", 9), (365 / 4, "=", 6)])
def test_an_arm_with_a_known_and_an_unknown_day_is_assessed(known):
    model = load_model("hlc001-narrow")
    day, relation, count = known
    last = ("discharge", "=", 8) if relation == "=" else ("discharge", ">=", 3)
    arm = Arm("both", count, 22, day=float(day), relation=relation, observations=(last,))
    tree = assess(replace(model, history=(*model.history, arm)))
    rows = tree["rows"].to_dataset()
    own = rows["own_mean"].values[rows["arm"].values == "both"]
    assert len(own) == 2
    assert np.all((own > 0) & (own < 22))
