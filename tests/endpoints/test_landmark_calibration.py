"""The landmark model is calibrated: 90 % intervals hold a new cohort's rate nine times in ten."""

import numpy as np
import pytest

from tests.endpoints.landmark_calibration import rank

REPLICATES = 500


@pytest.mark.slow
def test_ninety_percent_intervals_cover_ninety_percent_of_new_cohorts():
    ranks = np.array([rank(seed) for seed in range(REPLICATES)])
    coverage = np.mean((ranks > 0.05) & (ranks < 0.95))
    assert 0.85 <= coverage <= 0.95
