"""The landmark model is calibrated: it is right about new cohorts as often as it says it is."""

import numpy as np
import pytest
from scipy import stats

from bayesips.engine.quadrature.by_shape import TOLERANCE
from tests.endpoints.landmark_calibration import rank

REPLICATES = 500


@pytest.fixture(scope="module")
def ranks():
    """Rank of a new cohort's rate in each replicate; about a second each."""
    return np.array([rank(seed) for seed in range(REPLICATES)])


@pytest.mark.slow
def test_ninety_percent_intervals_cover_ninety_percent_of_new_cohorts(ranks):
    coverage = float(np.mean((ranks > 0.05) & (ranks < 0.95)))
    print(f"90 % intervals cover {coverage:.1%} of {REPLICATES} new cohorts")
    assert 0.85 <= coverage <= 0.95


@pytest.mark.slow
def test_ranks_of_new_cohorts_are_uniform(ranks):
    distance = stats.kstest(ranks, "uniform")
    print(f"distance from uniform {distance.statistic:.3f}, p = {distance.pvalue:.2f}")
    assert distance.pvalue > 0.01


@pytest.mark.slow
def test_a_belief_to_three_digits_ranks_as_one_to_six(monkeypatch):
    few = rank(0)
    monkeypatch.setattr("tests.endpoints.landmark_calibration.TOLERANCE", TOLERANCE)
    assert rank(0) == pytest.approx(few, abs=2e-3)
