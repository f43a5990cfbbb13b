"""What a plan says: every rule and prior declared, one word for one thing, nothing misleading."""

import numpy as np
import pytest
from scipy import stats

from bayesips import plots
from bayesips.cli.output import plan_output
from bayesips.planning.monitoring import monitor
from bayesips.planning.plan_file import load_plan
from bayesips.planning.routes import calibrations
from bayesips.plots import plan_boundaries
from bayesips.plots.drawing import caption
from bayesips.report.plan import plan
from tests.planning.test_plan import TWO_ARMS


@pytest.fixture(scope="module")
def randomised():
    return plan("followon-rct")


@pytest.fixture(scope="module")
def single_arm():
    return plan("followon-single-arm")


@pytest.fixture(scope="module")
def two_stage():
    return plan("followon-two-stage")


def everything_said(tree, capsys):
    """Text, tables and captions of a plan."""
    plan_output.show(tree)
    pictures = [caption(name, tree) for name in plots.names(tree)]
    return " ".join([capsys.readouterr().out, *pictures])


def test_a_plan_without_history_speaks_of_none_in_any_text(tmp_path, capsys):
    file = tmp_path / "own.toml"
    file.write_text(TWO_ARMS.replace('method = "pooled"', 'method = "separate"'))
    said = everything_said(plan(file), capsys).lower()
    assert [word for word in ("histor", "borrow", "sweet spot") if word in said] == []


@pytest.mark.parametrize(
    "formula",
    [
        "P(difference > 0) > 0.975",
        "P(difference \N{LESS-THAN OR EQUAL TO} 0.15) > 0.7",
        "P(difference > 0) > 0.999",
        "P(success at the end | data) < 0.05",
        "map(mu normal(0, 2), tau half_normal(1)); vague part of weight 0.2, Beta(1, 1)",
        "treated rate Beta(1, 1)",
        "Beta(0.5, 0.5)",
    ],
)
def test_every_rule_and_prior_is_said_in_text_and_json(randomised, formula):
    assert formula in randomised.attrs["conclusion"]
    said = plan_output.as_object(randomised)["declared"]
    assert any(formula.removeprefix("treated rate ") in each for each in said.values())


def test_what_is_without_working_stands_beside_the_same_reading(randomised):
    table = randomised["assurance"].to_dataset().isel(history=0, design=2)
    line = next(
        line
        for line in randomised.attrs["conclusion"].splitlines()
        if line.startswith("- 1:1, 40 + 40:") and "without working" in line
    )
    second = f"{100 * float(table.success[1]):.3g} % discounted"
    assert f"{second}: seen because 4 or more (of it {100 * float(table.lucky[1]):.3g} %" in line
    first = f"{100 * float(table.success[0]):.3g} % 5 of 7 as read"
    assert float(table.lucky[0]) < 0.001
    assert f"{first} (of it below 0.1 %" in line


def test_a_rate_of_60_per_cent_leads_to_the_same_in_both_figures(single_arm):
    rows = plan_boundaries.data(single_arm)
    verdicts = single_arm["verdicts"]["probability"].sel(treated_rate=0.6, method="nearest")
    for place, name in enumerate(rows["design"].values):
        row = rows.isel(row=place)
        stop, go = int(row["stop_at_most"]), int(row["claim_at_least"])
        n = int(row["n_treated"])
        assert stop < round(0.6 * n) < go
        counted = stats.binom(n, 0.6).pmf(np.arange(n + 1))
        shares = counted[go:].sum(), counted[stop + 1 : go].sum(), counted[: stop + 1].sum()
        np.testing.assert_allclose(verdicts.sel(design=name), shares, atol=1e-12)


def test_a_running_trial_is_told_in_the_same_words():
    declared = load_plan("followon-single-arm")
    assert [monitor(declared, {"treated": (y, 20)}, "20 patients").action for y in (6, 12, 19)] == [
        "stop",
        "consider",
        "go",
    ]
    looks = load_plan("followon-two-stage")
    assert monitor(looks, {"treated": (3, 9)}, "9 then 20 patients").action == "stop for futility"


def test_the_safety_rule_is_said_with_and_without_the_earlier_patients(randomised):
    # own enumeration: P(rate > 20 %) > 0.9 after y of the first 5, with 0 of 7 before and without
    for before, column in ((7, "stop_at_least"), (0, "stop_at_least_alone")):
        held = [stats.beta(0.5 + y, 0.5 + before + 5 - y).sf(0.2) > 0.9 for y in range(6)]
        assert int(randomised["safety"][column].values[0]) == held.index(True)
    said = randomised.attrs["conclusion"]
    assert "Each of these 7 patients counts in full" in said
    assert "- with the 7 earlier patients: stop from 5 of the first 5," in said
    assert "- without them: stop from 3 of the first 5," in said


def test_earlier_patients_may_count_in_part(tmp_path):
    file = tmp_path / "part.toml"
    safety = "[safety]\nn = 7\nreactions = 5\nserious = 0\ndiscount = 0.5\n"
    file.write_text(f"{TWO_ARMS}\n{safety}limit = 0.2\nprobability = 0.9\nevery = 4\n")
    found = plan(file)
    held = [stats.beta(0.5 + y, 0.5 + 3.5 + 4 - y).sf(0.2) > 0.9 for y in range(5)]
    assert int(found["safety"]["stop_at_least"].values[0]) == held.index(True)
    assert "counts as 0.5 of a patient" in found.attrs["conclusion"]


def test_a_single_arm_says_its_error_at_every_control_rate_that_matters(single_arm):
    # own enumeration of the calibrated designs: 7.3 % with 20 and 13.1 % with 30 patients at 32 %
    declared = load_plan("followon-single-arm")
    rate = float(declared.belief.prior.mean())
    assert rate == pytest.approx(0.32, abs=0.002)
    for trial, error in zip(declared.trials, (0.073, 0.131), strict=False):
        calibrated = calibrations(declared, trial)[-1]
        assert float(calibrated.type1(rate)) == pytest.approx(error, abs=5e-4)
        route = single_arm["routes"].to_dataset().sel(design=trial.label).isel(route=-1)
        kept = float(route["kept_up_to"])
        assert float(calibrated.type1(kept - 1e-6)) <= 0.025 < float(calibrated.type1(kept + 1e-6))
        high = float(calibrated.type1(declared.history.ppf(0.975)))
        assert float(route["type1_at_high"]) == pytest.approx(high, abs=1e-12)


def test_a_single_arm_that_cannot_meet_its_goals_says_so_first(single_arm):
    said = single_arm.attrs["conclusion"]
    assert said.startswith("As declared, no trial of this kind up to 400 patients meets its goals.")
    near = single_arm["nearest"].to_dataset()
    verdict = said.split("\n\n")[0]
    for name in ("type1_at_history", "type1_at_high"):
        assert f"{100 * float(near[name]):.3g} % at the" in verdict
    assert f"up to a control rate of {100 * float(near['kept_up_to']):.1f} %" in verdict
    assert "error at worst" not in verdict


def test_history_gains_nothing_over_boschloos_test_at_equal_error(randomised):
    calibrated = randomised["routes"]["power"].isel(route=-1).values[:4]
    assert calibrated == pytest.approx([0.588, 0.776, 0.894, 0.729], abs=5e-4)
    boschloo = randomised["exact_tests"]["power"].sel(test="Boschloo").values[:4]
    assert boschloo == pytest.approx([0.587, 0.793, 0.895, 0.749], abs=5e-4)
    said = randomised.attrs["conclusion"]
    assert "\N{MINUS SIGN}2 to 0 percentage points above that of Boschloo's exact test" in said


@pytest.mark.parametrize("name", ["randomised", "single_arm", "two_stage"])
def test_a_plan_fits_80_columns(name, request, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    found = request.getfixturevalue(name)
    plan_output.show_all(found)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    for label in found["characteristics"]["design"].values:
        assert any(
            label in line for line in lines if line.startswith("\N{BOX DRAWINGS LIGHT VERTICAL}")
        )
