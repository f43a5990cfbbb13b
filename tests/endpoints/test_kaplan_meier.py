"""Kaplan-Meier of patients followed in time, and counts of those alive on a day."""

import numpy as np
import pytest
from scipy import stats

from bayesips.distributions.exact_binomial import clopper_pearson
from bayesips.endpoints.kaplan_meier import estimate, steps
from bayesips.endpoints.patient_times import Interval, PatientArm, intervals_of
from bayesips.evidence.patient_files import read_curve, read_times

# Freireich et al. 1963, remission under 6-MP (weeks), as in Cox 1972: 21 patients.
WEEKS = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
RELAPSED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]


@pytest.fixture
def remission():
    return PatientArm("6-MP", intervals_of(WEEKS, RELAPSED))


def test_the_curve_of_the_leukaemia_trial_is_the_published_one(remission):
    published = {6: 0.857, 7: 0.807, 10: 0.753, 13: 0.690, 16: 0.627, 22: 0.538, 23: 0.448}
    curve = steps(remission)
    for week, rate in published.items():
        assert estimate(remission, week).rate == pytest.approx(rate, abs=5e-4)
        assert float(curve.rate[curve.day == week][0]) == pytest.approx(rate, abs=5e-4)


def test_the_curve_is_scipys(remission):
    data = stats.CensoredData.right_censored(WEEKS, [not relapsed for relapsed in RELAPSED])
    survival = stats.ecdf(data).sf
    for week in range(1, 36):
        expected = float(survival.evaluate(week))
        assert estimate(remission, week).rate == pytest.approx(expected, abs=1e-12)


def test_without_censoring_limits_are_clopper_and_pearsons():
    arm = PatientArm("a", intervals_of([5, 9, 9, 20, 31, 60, 60, 60, 60], [1] * 5 + [0] * 4))
    for day, alive in ((4, 9), (5, 8), (9, 6), (25, 5), (31, 4), (60, 4)):
        found = estimate(arm, day)
        low, high = clopper_pearson(alive, 9)
        assert (found.rate, found.low, found.high) == pytest.approx((alive / 9, low, high))


def test_censored_patients_widen_the_limits(remission):
    followed = PatientArm("all", intervals_of(WEEKS, [1] * 21))
    at = [estimate(arm, 20) for arm in (remission, followed)]
    whole = clopper_pearson(round(21 * at[0].rate), 21)
    assert at[0].high - at[0].low > whole[1] - whole[0]


def test_those_alive_on_a_day_are_counted_one_by_one(remission):
    """Enumerated from the list of patients."""
    for week in (5, 6, 8, 12, 20, 30, 35):
        patients = list(zip(WEEKS, RELAPSED, strict=True))
        seen = sum(time > week or (time == week and not relapsed) for time, relapsed in patients)
        gone = sum(time <= week and bool(d) for time, d in patients)
        assert remission.alive_between(week) == (seen, 21 - gone)


def test_a_count_is_read_only_where_everybody_was_followed(remission):
    arm = remission.counted_at(6)
    assert (arm.successes, arm.n, arm.day, arm.relation) == (18, 21, 6, "=")
    with pytest.raises(ValueError, match="6-MP: 16 to 17 of 21 alive at day 7"):
        remission.counted_at(7)
    with pytest.raises(ValueError, match="6-MP: times are counted at the landmark day"):
        remission.counted_at(None)


def test_a_day_between_two_points_of_a_curve_has_no_count():
    arm = PatientArm("Study 9", (Interval(0, 50, 10, 2), Interval(50, 60, 8, 3)))
    with pytest.raises(ValueError, match=r"Study 9: 5 to 8 of 10 alive at day 56.*no point there"):
        arm.counted_at(56)
    assert arm.counted_at(50).successes == 8


def test_rows_for_tables_are_counts_or_bounds_from_both_sides(remission):
    assert remission.reported_rows(6) == ((6, "=", 18), (35, ">=", 1), (35, "<=", 12))


def test_until_ends_the_follow_up(tmp_path):
    path = tmp_path / "times.csv"
    lines = [f"{week},{relapsed}" for week, relapsed in zip(WEEKS, RELAPSED, strict=True)]
    path.write_text("\n".join(["time,status", *lines]))
    whole, short = read_times(path, "a"), read_times(path, "a", until=16)
    assert short.day == 16
    assert short.file == path
    np.testing.assert_allclose(
        [estimate(short, week).rate for week in range(1, 17)],
        [estimate(whole, week).rate for week in range(1, 17)],
    )
    curve = tmp_path / "curve.csv"
    curve.write_text("time,survival,at_risk\n0,1,10\n10,0.8,8\n20,0.6,\n30,0.5,\n")
    assert read_curve(curve, "a", until=25).intervals == read_curve(curve, "a").intervals[:2]
