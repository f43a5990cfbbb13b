"""The smallest trial that meets the goals: found from below, for every allocation and looks."""

from bisect import bisect_left
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from bayesips.designs.calibration import calibrate
from bayesips.designs.power_bound import largest_power
from bayesips.designs.unconditional import boschloo
from bayesips.planning.characteristics import overview
from bayesips.planning.plan_file import PlanError, load_plan
from bayesips.planning.sizes import meets_goals, shapes, sizes, smallest
from tests.planning.test_plan import TWO_ARMS

LOOKS = """
[[design]]
label = "three looks"
treated = [20, 40, 60]
control = [10, 20, 30]
"""


def written(folder, text):
    file = folder / "plan.toml"
    file.write_text(text)
    return load_plan(file)


def designs_of(text, designs):
    """A plan with other designs."""
    start, rest = text.split("[[design]]", 1)
    return f"{start}{designs}\n[[decision]]{rest.split('[[decision]]', 1)[1]}"


def without_history(text):
    """The controls by their own uniform prior."""
    text = text.replace('method = "pooled"', 'method = "separate"')
    return text.replace("robust =", "# robust =")


@pytest.fixture(scope="module")
def shipped():
    return load_plan("followon-rct")


@pytest.fixture(scope="module")
def own_controls(tmp_path_factory):
    """Uniform priors and no history: every rate can be enumerated."""
    text = designs_of(TWO_ARMS, '[[design]]\nlabel = "3:1"\ntreated = 30\ncontrol = 10\n')
    text = text.replace("[interim]\nfutility = { predictive = 0.1 }\n", "")
    text = text.replace("alpha = 0.1", 'alpha = 0.1\nallocations = ["1:1"]')
    text = text.replace('method = "pooled"', 'method = "separate"').replace(
        "robust =", "# robust ="
    )
    return written(tmp_path_factory.mktemp("plan"), text)


def test_the_shipped_trial_needs_33_patients_an_arm(shipped):
    by_label = {shape.label: shape for shape in shapes(shipped)}
    assert set(by_label) == {"1:1", "2:1", "1:1, look at 50 %", "2:1, look at 50 %"}
    found = smallest(shipped, by_label["1:1"])
    assert (found.trial.label, found.enough) == ("33 + 33", True)
    assert found.trial.power(0.6, 0.25) >= 0.8
    assert found.trial.worst().bound <= 0.025
    analysis = shipped.trials[0].design.analysis
    for n in range(25, 33):
        smaller = shipped.trial(str(n), ((n, n),), analysis).calibrated(0.025)
        assert not meets_goals(shipped, smaller)


def enumerated(n_treated, n_control, alpha):
    """Largest power at .7 against .3 under uniform priors, the error kept at every rate."""
    y_treated, y_control = np.arange(n_treated + 1), np.arange(n_control + 1)
    grid = (np.arange(2000) + 0.5) / 2000
    density = stats.beta(1 + y_control, n_control - y_control + 1).pdf(grid[:, None]) / 2000
    tails = stats.beta(1 + y_treated, n_treated - y_treated + 1).sf(grid[:, None])
    above = np.round(tails.T @ density, 8)
    rates = np.linspace(0, 1, 401)[:, None]
    treated, control = (stats.binom.pmf(y, len(y) - 1, rates) for y in (y_treated, y_control))
    wanted = np.outer(stats.binom.pmf(y_treated, n_treated, 0.7),
                      stats.binom.pmf(y_control, n_control, 0.3))  # fmt: skip
    asked = np.unique(above).tolist()

    def kept(least):
        return np.einsum("ri,ij,rj->r", treated, above >= least, control).max() <= alpha

    place = bisect_left(asked, True, key=kept)
    return float((wanted * (above >= asked[place])).sum()) if place < len(asked) else 0.0


def test_the_first_size_and_that_from_which_all_do_are_those_of_an_enumeration(own_controls):
    found = {shape.label: smallest(own_controls, shape) for shape in shapes(own_controls)}
    assert set(found) == {"3:1", "1:1"}
    for label, arms in (("1:1", (1, 1)), ("3:1", (3, 1))):
        most = found[label].searched // sum(arms)
        power = {k: enumerated(k * arms[0], k * arms[1], 0.1) for k in range(1, most + 1)}
        enough = [k for k, each in power.items() if each >= 0.8]
        assert found[label].trial.patients == enough[0] * sum(arms)
        last_failure = max(k for k, each in power.items() if each < 0.8)
        assert found[label].settled == (last_failure + 1) * sum(arms)


def test_the_nearest_is_the_smallest_of_all_allocations(own_controls):
    table, near = sizes(own_controls)
    assert near.attrs["kind"] == "searched"
    patients = int(near["n_treated"]) + int(near["n_control"])
    assert patients == int(table["patients"].min())
    assert near["n_treated"] == near["n_control"]


def test_interim_looks_are_kept(shipped):
    shape = shapes(shipped)[2]
    assert shape.patients(33) == ((17, 17), (33, 33))
    assert [len(look) for look in shapes(load_plan("followon-two-stage"))[-1].looks] == [1, 1, 1]


def test_no_test_has_more_power_than_the_bound():
    for n in ((12, 12), (20, 10), (33, 33)):
        mean = float(np.average((0.6, 0.25), weights=n))
        bound = largest_power(n, (0.6, 0.25), (mean, mean), 0.025)
        assert float(boschloo(*n).power(0.6, 0.25)) <= bound <= 1


def test_one_arm_reaches_the_bound_of_the_binomial_test():
    # Neyman & Pearson: more than r of 10, and r by chance
    tail = stats.binom(10, 0.3).sf
    share = (0.05 - tail(5)) / (tail(4) - tail(5))
    power = stats.binom(10, 0.6).sf(5) + share * stats.binom(10, 0.6).pmf(5)
    assert tail(5) < 0.05 < tail(4)
    assert largest_power((10,), (0.6,), (0.3,), 0.05) == pytest.approx(power, abs=1e-12)


def test_errors_do_not_count_on_stops_for_futility(tmp_path):
    # own enumeration: calibrated to 2.43 % if all are obeyed, 2.59 % if they are overruled
    text = designs_of(TWO_ARMS, LOOKS).replace('method = "pooled"', 'method = "separate"')
    text = text.replace("robust =", "# robust =").replace(
        "probability = 0.9\n", "probability = 0.975\n"
    )
    text = text.replace("alpha = 0.1", "alpha = 0.025")
    stops = "efficacy = { posterior = 0.999 }\nfutility = { predictive = 0.05 }"
    declared = written(tmp_path, text.replace("futility = { predictive = 0.1 }", stops))
    (trial,) = declared.trials
    obeyed = replace(trial, design=calibrate(trial.design, 0.025).design)
    assert obeyed.worst_obeyed().bound == pytest.approx(0.0243, abs=5e-5)
    assert obeyed.worst().bound == pytest.approx(0.0259, abs=5e-5)
    assert trial.calibrated(0.025).worst().bound <= 0.025
    row = overview(declared).isel(design=0)
    assert float(row["worst_bound"]) > float(row["worst_obeyed"])


@pytest.mark.parametrize("given", ['["2:2"]', '"2:1"', '["two"]', "[2]"])
def test_allocations_are_ratios_in_lowest_terms(tmp_path, given):
    text = TWO_ARMS.replace("alpha = 0.1", f"alpha = 0.1\nallocations = {given}")
    with pytest.raises(PlanError, match="lowest terms"):
        written(tmp_path, text)
