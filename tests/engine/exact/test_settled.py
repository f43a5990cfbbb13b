"""What leaves the exact engine has settled: and strata in time need no draws."""

import dataclasses

import numpy as np
import pytest

import bayesips as bips
from bayesips.answer.assessment.landmark_reading import LandmarkReading
from bayesips.answer.assessment.shape_points import summary
from bayesips.engine.settle import Reading, Watched, settle


@pytest.mark.parametrize("share", [("beta", 1, 1), ("uniform", 0.2, 0.5)])
def test_strata_at_the_day_asked_about_are_the_control_whatever_the_prior_of_their_share(share):
    model = bips.load_model("hlc001-ventilation")
    model = dataclasses.replace(model, method=bips.Stratified(share=share))
    control, points = model.control(), LandmarkReading(model, model.arms).control()
    mean, low, high = summary(points.survival(model.endpoint, 56.0), points.weight, (0.025, 0.975))
    assert mean == pytest.approx(float(control.mean()), abs=1e-5)
    assert [low, high] == pytest.approx(control.ppf(np.array([0.025, 0.975])), abs=1e-3)


class Halving:
    """A reader whose grids are numbers: each resolution halves the error; the region is ignored."""

    def region(self):
        """Anywhere."""
        return "anywhere"

    def hierarchy(self, region, resolution):
        """An error."""
        return 2.0**-resolution

    def widened(self, read, region):
        """Never wider."""


def test_a_quantity_that_still_moves_is_refused_with_its_change():
    quantity = Watched("a sum", lambda error: Reading(error, np.array([1 + error])))
    with pytest.raises(bips.NotSettled, match=r"a sum did not settle .* by 0\.25"):
        settle(Halving(), quantity, [1, 2], 0.1)
    found = settle(Halving(), quantity, [1, 2, 3, 4], 0.1)
    assert (found.value, found.error) == (0.0625, 0.0625)
