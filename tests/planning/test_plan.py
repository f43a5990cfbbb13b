"""Plans: what is declared is read or refused, and the tree says what counting outcomes says."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from bayesips.declare.model import shipped_names
from bayesips.designs.rule import Rule
from bayesips.designs.worst_case import worst_case
from bayesips.planning.plan_file import PlanError, load_plan, shipped_plans
from bayesips.planning.trial import Trial
from bayesips.report.plan import plan

TWO_ARMS = """
name = "small"
question = "Does it help?"

[treated]
prior = [1, 1]

[[design]]
label = "12 + 8"
treated = 12
control = 8

[[design]]
label = "two looks"
treated = [6, 12]
control = [6, 12]

[[decision]]
margin = 0.0
probability = 0.9

[[stop]]
margin = 0.2
probability = 0.7

[interim]
futility = { predictive = 0.1 }

[truth]
treated = 0.7
control = 0.3

[goals]
alpha = 0.1
power = 0.8

[history]
arms = [{ label = "a", successes = 6, n = 20 }]

[control]
method = "pooled"
robust = { weight = 0.2 }

[assurance]
prior = [1, 1]
successes = 5
n = 7
least = 4
"""


def written(folder, text):
    """A plan file."""
    file = folder / "small.toml"
    file.write_text(text)
    return file


@pytest.fixture(scope="module")
def declared(tmp_path_factory):
    return load_plan(written(tmp_path_factory.mktemp("plan"), TWO_ARMS))


@pytest.fixture(scope="module")
def tree(declared):
    return plan(declared)


def control_sf(y, n, rate):
    """Posterior tail of the control: robust mixture of a pooled Beta(7, 15) and a uniform."""
    parts = ((0.8, 7, 15), (0.2, 1, 1))
    weights = np.array([w * stats.betabinom(n, a, b).pmf(y) for w, a, b in parts])
    tails = [stats.beta(a + y, b + n - y).sf(rate) for _, a, b in parts]
    return weights @ np.array(tails) / weights.sum()


def test_success_is_decided_outcome_by_outcome(declared):
    found = declared.trials[0].sequential.efficacy[-1]
    grid = (np.arange(4000) + 0.5) / 4000
    for y_treated, y_control in ((5, 2), (6, 2), (7, 2), (9, 6), (10, 6), (12, 8)):
        density = stats.beta(1 + y_treated, 13 - y_treated).pdf(grid)
        above = (density * (1 - control_sf(y_control, 8, grid))).mean()
        assert abs(above - 0.9) > 1e-3
        assert found[y_treated, y_control] == (above > 0.9)


def test_characteristics_are_sums_over_outcomes(declared, tree):
    met = declared.trials[0].sequential.efficacy[-1]
    treated, control = stats.binom(12, 0.7).pmf(range(13)), stats.binom(8, 0.3).pmf(range(9))
    row = tree["characteristics"].to_dataset().sel(design="12 + 8")
    assert float(row["power"]) == pytest.approx(treated @ met @ control, abs=1e-12)
    mean = 7 / 22  # of history alone: the vague part expects nothing
    assert tree.attrs["history_rate"] == pytest.approx(mean, abs=1e-10)
    null = stats.binom(12, mean).pmf(range(13)) @ met @ stats.binom(8, mean).pmf(range(9))
    assert float(row["type1_at_history"]) == pytest.approx(null, abs=1e-10)


def test_the_share_of_history_with_too_large_an_error_is_counted(declared, tree):
    rates = (np.arange(20000) + 0.5) / 20000
    weight = stats.beta(7, 15).pdf(rates) / 20000
    share = tree["characteristics"]["share_above_alpha"]
    for label, trial in zip(share["design"].values, declared.trials, strict=True):
        above = weight @ (trial.type1(rates) > declared.goals.alpha)
        assert float(share.sel(design=label)) == pytest.approx(above, abs=1e-3)


def test_errors_of_the_shipped_trial_are_taken_at_the_mean_of_history_alone():
    # recomputed by enumeration from the mean of the MAP predictive without its vague part
    shipped = load_plan("followon-rct")
    assert shipped.history_rate == pytest.approx(0.276, abs=5e-4)
    errors = [float(trial.type1(shipped.history_rate)) for trial in shipped.trials[:4]]
    assert errors == pytest.approx([0.0211, 0.0217, 0.0245, 0.0177], abs=5e-5)


@pytest.mark.parametrize("method", ["separate", "pooled"])
def test_only_a_plan_with_history_speaks_of_history(tmp_path, method):
    file = tmp_path / "own.toml"
    file.write_text(TWO_ARMS.replace('method = "pooled"', f'method = "{method}"'))
    found = plan(file)
    words = ("history", "histories", "historical", "borrow")
    said = [word for word in words if word in found.attrs["conclusion"].lower()]
    assert bool(said) == (method == "pooled")
    assert ("equal_error" in found.children) == (method == "pooled")


def test_the_worst_case_is_worst(tree):
    drift, table = tree["drift"]["type1"], tree["characteristics"].to_dataset()
    gap = table["worst_bound"] - drift.max("control_rate")
    assert np.all(gap.values > -1e-9)
    assert np.all((table["worst_bound"] - table["worst"]).values <= 1e-6)


def test_calibrated_thresholds_keep_the_error_and_no_lower_one_does(declared, tree):
    routes = tree["routes"].to_dataset()
    assert np.all(routes["worst"].isel(route=-1) <= 0.1 + 1e-9)
    assert np.all(routes["type1_at_history"].sel(route="calibrated at history") <= 0.1 + 1e-9)
    for label, trial in zip(routes["design"].values, declared.trials, strict=True):
        asked = float(routes["probability"].sel(design=label).isel(route=-1))
        below = np.unique(trial.design.above[0])
        lower = below[below < asked - 1e-9]
        looser = Rule([replace(trial.rule.criteria[0], probability=float(lower[-1]))])
        assert worst_case(trial.design.success_under(looser)).attained > 0.1


def test_verdicts_share_all_probability(tree):
    total = tree["verdicts"]["probability"].sum("verdict")
    np.testing.assert_allclose(total, 1.0, atol=1e-12)


def test_assurance_is_power_averaged_over_what_is_believed(declared, tree):
    rates = (np.arange(400) + 0.5) / 400
    treated = stats.beta(6, 3).pdf(rates) / 400
    control = (0.8 * stats.beta(7, 15).pdf(rates) + 0.2) / 400
    group = tree["assurance"].to_dataset().isel(evidence=0, history=0)
    for label, trial in zip(tree["drift"]["design"].values, declared.trials, strict=True):
        power = trial.power(rates[:, None], rates)
        better = rates[:, None] > rates
        row = group.sel(design=label)
        assert float(row["success"]) == pytest.approx(treated @ power @ control, abs=1e-4)
        works = treated @ (power * better) @ control
        assert float(row["works"]) == pytest.approx(works, abs=2e-3)
        assert float(row["success"]) == pytest.approx(float(row["works"] + row["lucky"]), abs=1e-12)


def test_a_selected_result_promises_less(tree):
    success = tree["assurance"]["success"]
    assert np.all(success.isel(evidence=1) < success.isel(evidence=0))


def test_the_tree_survives_its_file(tree, tmp_path):
    tree.to_netcdf(tmp_path / "plan.nc", engine="h5netcdf")
    read = xr.open_datatree(tmp_path / "plan.nc", engine="h5netcdf")
    assert read.attrs["conclusion"] == tree.attrs["conclusion"]
    xr.testing.assert_allclose(read["drift"].to_dataset(), tree["drift"].to_dataset())


def test_a_design_that_cannot_meet_its_goals_names_the_nearest_that_can(tmp_path):
    hard = TWO_ARMS.replace("power = 0.8", "power = 0.95")
    found = plan(load_plan(written(tmp_path, hard)))
    near = found["nearest"]
    assert near.attrs["kind"] == "searched"
    assert float(near["power"]) >= 0.95
    assert float(near["worst"]) <= 0.1 + 1e-6
    said = found.attrs["conclusion"]
    assert said.startswith("None of the designs meets its goals as declared.")
    assert f"The nearest that does: {near.attrs['label']} patients" in said


def test_shipped_plans_are_read_and_are_no_models():
    assert set(shipped_plans()) >= {
        "followon-rct", "followon-single-arm", "followon-two-stage"
    }  # fmt: skip
    assert not set(shipped_plans()) & set(shipped_names())
    for name in shipped_plans():
        assert all(isinstance(trial, Trial) for trial in load_plan(name).trials)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[goals]", "[goal]", "goal: unknown key (did you mean 'goals'?)"),
        ("margin = 0.0", "margn = 0.0", "[decision 1] margn: unknown key (did you mean 'margin'?)"),
        ("treated = [6, 12]", "treated = [12, 6]", "[design 2] treated: the list [12, 6] given"),
        ("control = [6, 12]", "control = [6]", "[design 2] control: the list [6] given; as many"),
        ('label = "two looks"', 'label = "12 + 8"', "label '12 + 8' is given twice"),
        ("futility = { predictive = 0.1 }", "", "interim: "),
        ("treated = 0.7", "treated = 0.2", "treated must be above control"),
        ('method = "pooled"', 'method = "poled"', "'pooled'"),
        ("alpha = 0.1", "alpha = 1.1", "[goals] alpha: 1.1 given"),
        ("least = 4", "least = 6", "[assurance] least: 6 given; a whole number from 0 to 5"),
        ('name = "small"', 'name = "small"\nmodel = "hlc001"', "not both"),
        ("robust = { weight = 0.2 }", 'mu = ["normal", 0, 1]', "mu: unknown key"),
    ],
)
def test_a_fault_is_named_with_its_place_and_what_is_allowed(tmp_path, old, new, said):
    assert TWO_ARMS.count(old) == 1
    with pytest.raises(PlanError) as caught:
        load_plan(written(tmp_path, TWO_ARMS.replace(old, new)))
    assert said in str(caught.value)
    assert "small.toml" in str(caught.value)


def test_all_faults_are_named_at_once(tmp_path):
    text = TWO_ARMS.replace("alpha = 0.1", "alpha = 2").replace("n = 7\n", "n = 0\n")
    with pytest.raises(PlanError) as caught:
        load_plan(written(tmp_path, text))
    assert len(caught.value.faults) >= 2


def test_an_unknown_plan_names_the_shipped_ones():
    with pytest.raises(PlanError, match="did you mean 'followon-rct'"):
        load_plan("followon-rtc")
