"""Patients' own times: exact likelihoods, and files that are refused in one message."""

import numpy as np
import pytest
from scipy import integrate

from bayesips.borrowing.map import Map
from bayesips.endpoints import NUMPY, Binary, Landmark, arm_log_likelihood
from bayesips.endpoints.patient_times import Interval, PatientArm, intervals_of
from bayesips.engine import exact
from bayesips.evidence.arm import Arm
from bayesips.evidence.patient_files import read_curve, read_times

TIMES = [3, 9, 9, 14, 20, 31, 31, 56, 80, 120]
DIED = [1, 1, 1, 0, 1, 1, 0, 1, 0, 0]
ETA = np.array([-0.8, 0.1])
SHAPE = np.array([[0.65]])


def log_likelihood(arm):
    return arm_log_likelihood(Landmark(), arm, ETA[None, :], (SHAPE,), NUMPY)[0]


def hazard(day):
    """Cumulative hazard."""
    return np.exp(ETA) * (day / 56.0) ** 0.65


def by_patient():
    """Death on day t: t - 1 < T <= t; alive when last seen: T > t."""
    total = np.zeros(2)
    for time, died in zip(TIMES, DIED, strict=True):
        alive = np.exp(-hazard(time))
        total += np.log(np.exp(-hazard(time - 1)) - alive) if died else np.log(alive)
    return total


def test_times_with_censoring_are_the_product_over_patients():
    found = log_likelihood(PatientArm("a", intervals_of(TIMES, DIED)))
    apart = found - by_patient()  # binomial coefficients, the same for every rate
    assert apart[0] == pytest.approx(apart[1], abs=1e-10)


def test_without_censoring_times_say_what_counts_on_every_day_say():
    times, arm = [10, 40, 70, 90], Arm("a", 3, 4, day=10, observations=[(40, "=", 2)])
    whole = PatientArm("a", (Interval(0, 10, 4, 1), Interval(10, 40, 3, 1)))
    endpoint = Landmark(bridge="piecewise")
    steps = (np.array([[-0.7]]),) * 3
    found, expected = (
        arm_log_likelihood(endpoint, each, ETA[None, :], steps, NUMPY) for each in (whole, arm)
    )
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert intervals_of(times, [1, 1, 1, 1])[-1].at_risk == 1


def test_the_exact_engine_hears_patients():
    """One arm, known spread: the posterior by brute force."""
    arm = PatientArm("a", intervals_of(TIMES, DIED))
    endpoint = Landmark(shape=("fixed", 0.65))
    method = Map(mu=("normal", -0.37, 1), tau=("fixed", 0.5))
    found = exact.solve(method, [arm], endpoint=endpoint)

    mus, owns = np.linspace(-4, 4, 161), np.linspace(-3, 3, 121)
    logs = arm_log_likelihood(endpoint, arm, owns[None], (SHAPE,), NUMPY)[0]
    prior = -0.5 * (mus[:, None] + 0.37) ** 2 - 0.5 * ((owns - mus[:, None]) / 0.5) ** 2
    weight = np.exp(prior + logs).sum(axis=1)
    z = np.linspace(-6, 6, 401)
    inner = [
        np.trapezoid(np.exp(-np.exp(mu + 0.5 * z)) * np.exp(-0.5 * z**2), z) / np.sqrt(2 * np.pi)
        for mu in mus
    ]
    assert float(found.mean()) == pytest.approx(float(weight @ inner / weight.sum()), abs=1e-6)


def test_the_binary_endpoint_refuses_patients_followed_in_time():
    arm = PatientArm("Study 9", intervals_of(TIMES, DIED))
    with pytest.raises(ValueError, match=r"Study 9.*landmark endpoint"):
        exact.solve(Map(), [arm], endpoint=Binary())


def test_times_beyond_the_weibull_bridge_are_refused_by_name():
    arm = PatientArm("Study 9", intervals_of([*TIMES, 400], [*DIED, 1]))
    with pytest.raises(ValueError, match=r"Study 9: a row at day (400|399)"):
        log_likelihood(arm)


def test_a_file_of_times_is_an_arm(tmp_path):
    path = tmp_path / "times.csv"
    lines = [f"{t},{d}" for t, d in zip(TIMES, DIED, strict=True)]
    path.write_text("\n".join(["time,status", *lines]))
    arm = read_times(path, "Study 9", source="doi:10")
    assert (arm.n, arm.successes, arm.source) == (10, 1, "doi:10")
    assert arm.intervals == intervals_of(TIMES, DIED)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("time,status\n3,1\n-2,0\nx,1\n5,dead\n", ["row 3, column time", "row 4", "row 5, column"]),
        ("time\n3\n", ["column 'status' is missing"]),
        ("time,status\n", ["no rows"]),
        ("time,status\n3\n", ["row 2: 1 cells"]),
    ],
)
def test_a_bad_file_of_times_is_refused_in_one_message(tmp_path, text, faults):
    path = tmp_path / "times.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"times\.csv") as caught:
        read_times(path, "Study 9")
    for fault in faults:
        assert fault in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"none\.csv: there is no such file"):
        read_times(tmp_path / "none.csv", "Study 9")


def curve_of(times, died, days):
    """Kaplan-Meier estimate and numbers at risk."""
    times, died = np.array(times), np.array(died, bool)
    rows, rate = [], 1.0
    for before, day in zip([0, *days[:-1]], days, strict=True):
        for moment in np.unique(times[died & (times > before) & (times <= day)]):
            rate *= 1 - np.sum(died & (times == moment)) / np.sum(times >= moment)
        rows.append((day, rate, int(np.sum(times > day))))
    return rows


def test_a_printed_curve_gives_back_the_deaths_behind_it(tmp_path):
    rng = np.random.default_rng(3)
    times = np.ceil(56 * rng.exponential(size=80) ** (1 / 0.65)).clip(max=150)
    died = times < 150
    days = list(range(5, 151, 5))
    body = [
        f"{d},{r:.6f},{n if d % 25 == 0 and d < 150 else ''}"
        for d, r, n in curve_of(times, died, days)
    ]
    path = tmp_path / "curve.csv"
    path.write_text("\n".join(["time,survival,at_risk", "0,1,80", *body]))
    arm = read_curve(path, "Study 9")
    assert sum(part.deaths for part in arm.intervals) == int(died.sum())
    assert arm.flags == ("counts read off a printed curve",)
    truth = PatientArm("a", intervals_of(times, died))

    def mean_eta(each):
        grid = np.linspace(-2, 2, 401)
        logs = arm_log_likelihood(Landmark(), each, grid[None, :], (SHAPE,), NUMPY)[0]
        mass = np.exp(logs - logs.max())
        return integrate.trapezoid(grid * mass, grid) / integrate.trapezoid(mass, grid)

    assert mean_eta(arm) == pytest.approx(mean_eta(truth), abs=0.02)


def test_censoring_between_printed_numbers_is_found(tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text("time,survival,at_risk\n0,1,20\n30,0.8,\n60,0.6,6\n")
    arm = read_curve(path, "Study 9")
    dead = sum(part.deaths for part in arm.intervals)
    assert arm.n - dead - 6 > 0
    assert arm.intervals[1].at_risk < 20 - arm.intervals[0].deaths


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("time,survival,at_risk\n0,1,20\n30,1.2,\n", "row 3, column survival"),
        (
            "time,survival,at_risk\n0,1,20\n30,0.8,\n20,0.7,\n",
            "row 4, column time: 20 given after 30 on row 3; days must rise",
        ),
        (
            "time,survival,at_risk\n0,1,20\n30,0.8,\n60,0.9,\n",
            "row 4, column survival: 0.9 given after 0.8 on row 3; survival must not rise",
        ),
        (
            "time,survival,at_risk\n0,1,20\n30,0.8,25\n",
            "row 3, column at_risk: 25 given after 20 on row 2; it must not rise",
        ),
        (
            "time,survival,at_risk\n0,1,30\n10,0.9,30.5\n",
            "row 3, column at_risk: '30.5' given; a whole number",
        ),
        ("time,survival,at_risk\n5,0.9,20\n30,0.8,\n", "the first row must be time 0"),
    ],
)
def test_a_bad_curve_is_refused_in_one_message(tmp_path, text, fault):
    path = tmp_path / "curve.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=fault):
        read_curve(path, "Study 9")


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (
            "0,1,30\n10,0.2,25\n",
            "row 3, column at_risk: 25 given; survival falls from 1 on row 2 to 0.2, so that "
            "about 6 of the 30 at risk there are alive",
        ),
        ("0,1,100\n10,0.8,40\n20,0.7,\n30,0.4,30\n", "row 5, column at_risk: 30 given; survival"),
    ],
)
def test_no_more_can_be_at_risk_than_the_curve_leaves_alive(tmp_path, body, fault):
    """The second: 40 of 100 at risk on day 10, of whom half die by day 30."""
    path = tmp_path / "curve.csv"
    path.write_text("time,survival,at_risk\n" + body)
    with pytest.raises(ValueError, match=fault):
        read_curve(path, "Study 9")


@pytest.mark.parametrize("seed", range(5))
def test_numbers_at_risk_just_before_a_death_and_rough_digitising_are_accepted(tmp_path, seed):
    """Whole per cents, misread by one; numbers at risk count those who die on that day too."""
    rng = np.random.default_rng(seed)
    times = np.arange(1, 31) * 3 + rng.integers(0, 2, size=30)  # no two on one day
    died = rng.random(30) < 0.7
    rows = curve_of(times, died, list(range(10, 80, 10)))
    rates = np.minimum.accumulate(
        [1.0, *(round(r + rng.uniform(-0.01, 0.01), 2) for _, r, _ in rows)]
    )
    body = [
        f"{day},{rate:.2f},{np.sum(times >= day)}"
        for (day, _, _), rate in zip(rows, rates[1:], strict=True)
    ]
    path = tmp_path / "curve.csv"
    path.write_text("\n".join(["time,survival,at_risk", "0,1,30", *body]))
    assert read_curve(path, "Study 9").n == 30


@pytest.mark.parametrize(
    "intervals",
    [(), (Interval(0, 10, 5, 6),), (Interval(0, 10, 5, 1), Interval(5, 20, 4, 0)),
     (Interval(0, 10, 5, 1), Interval(10, 20, 5, 0))],
)  # fmt: skip
def test_intervals_that_no_patients_could_give_are_refused_by_name(intervals):
    with pytest.raises(ValueError, match="Study 9"):
        PatientArm("Study 9", intervals)
