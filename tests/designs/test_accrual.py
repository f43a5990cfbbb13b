"""Time to fill a trial: the gamma-Poisson process, counted the other way round."""

import numpy as np
import pytest
from scipy import stats

from bayesips.designs.accrual import Accrual

HLC = Accrual.seen("HLC-001", "7 patients in 10.8 months", 7, 10.8)


@pytest.mark.parametrize("months", [5.0, 24.0, 90.0])
def test_the_trial_is_full_when_the_count_is_high_enough(months):
    counts = stats.nbinom(7.5, 10.8 / (10.8 + months))  # gamma-Poisson number in `months`
    assert float(HLC.completed(40, months)) == pytest.approx(counts.sf(39), rel=1e-10)


def test_quantiles_invert_the_chance_of_being_full():
    levels = np.array([0.05, 0.5, 0.95])
    for source in (HLC, Accrual.of_cases("known", "known", (300, 300), 0.1)):
        np.testing.assert_allclose(source.completed(40, source.months(40, levels)), levels)


def test_a_known_rate_waits_gamma_distributed():
    source = Accrual.of_cases("sponsor", "300 a year, one in ten", (300, 300), 0.1)
    assert float(source.months(40, 0.5)) == pytest.approx(stats.gamma(40, scale=0.4).median())


def test_a_range_of_cases_is_a_95_per_cent_range_of_its_rate():
    source = Accrual.of_cases("Japan", "60 to 100", (60, 100), 0.1)
    assert source.rate == pytest.approx(80 * 0.1 / 12)
    sd = source.rate / np.sqrt(source.shape)
    assert 2 * 1.959964 * sd == pytest.approx(40 * 0.1 / 12)


def test_patients_that_have_joined_sharpen_the_rate():
    later = HLC.after(20, 20.0)
    assert later.rate == pytest.approx(27.5 / 30.8)
    assert later.shape == 27.5
