"""The trial's own controls: file, Python and a plain grid agree, and everything says so."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import bayesips as bips
from bayesips.cli.output.result_object import as_object
from bayesips.plots import drawing
from bayesips.report.html import html
from tests.answer.assessment.brute_force import better
from tests.commands import run, said
from tests.trial_texts import SMALL, SPONDYLITIS, VAGUE, fault, text


@pytest.mark.parametrize(("history", "treated", "controls"), [
    (SMALL, (19, 40), (4, 20)), (SPONDYLITIS, (14, 23), (1, 6)),
])  # fmt: skip
@pytest.mark.parametrize("weight", [0.0, VAGUE])
def test_the_answer_is_that_of_a_plain_grid(load, history, treated, controls, weight):
    control = f'method = "map"\nrobust = {{ weight = {weight} }}'
    model = load(history, treated, controls, control=control)
    found = bips.assess(model)["decision"]["probability"].values
    grid = [better(history, treated, controls, weight, margin) for margin in (0.0, 0.1)]
    np.testing.assert_allclose(found, grid, rtol=0, atol=1e-6)


def test_file_and_python_give_the_published_probability(load):
    model = load(SMALL, (19, 40), (4, 20))
    arms = [bips.Arm(f"Study {k}", r, n) for k, (r, n) in enumerate(SMALL, 1)]
    control = bips.control_posterior(arms, "map", bips.Arm("Placebo", 4, 20), robust=VAGUE)
    treated = bips.BetaMixture([1.0], [1.0], [1.0]).update(19, 40)
    by_hand = float(bips.prob_greater(treated, control))
    from_file = float(bips.assess(model)["decision"]["probability"][0])
    built = replace(load(SMALL, (19, 40), None), concurrent=bips.Arm("Placebo", 4, 20))
    in_python = float(bips.assess(built)["decision"]["probability"][0])
    assert by_hand == pytest.approx(from_file, abs=1e-12)
    assert in_python == from_file
    assert round(from_file, 3) == 0.997


def test_without_them_the_same_trial_is_not_met(load):
    tree = bips.assess(load(SMALL, (19, 40), None))
    assert "concurrent" not in tree.children
    assert not tree["decision"].attrs["all_met"]


def test_an_adaptive_method_is_answered_with_them_and_refused_without(load, tmp_path):
    sam = 'method = "sam"\ndelta = 0.15'
    model = load(SMALL, (19, 40), (4, 20), control=sam)
    own = bips.assess(model)["concurrent"]
    change = bips.adapted(bips.Sam(0.15), model.arms, model.concurrent)
    assert float(own["weight"]) == pytest.approx(change.weight, abs=1e-12)
    assert own.attrs["adapted"].startswith("map with a vague part")
    load(SMALL, (19, 40), None, control=sam)
    refused = run("validate", tmp_path / "trial.toml")
    assert refused.exit_code == 2
    assert "[concurrent] sam needs controls" in refused.stderr


def test_the_vague_part_loses_weight_as_bayes_says(load):
    model = load(SMALL, (19, 40), (4, 20))
    own = bips.assess(model)["concurrent"]
    history = bips.control_prior(model.arms, "map")
    chances = float(history.predictive(20).pmf(4)), 1 / 21  # a flat rate: every count alike
    expected = VAGUE * chances[1] / (VAGUE * chances[1] + (1 - VAGUE) * chances[0])
    assert float(own["vague_weight"]) == pytest.approx(expected, rel=1e-8)


def test_what_was_borrowed_is_what_the_control_is_worth_beyond_its_own_patients(load):
    tree = bips.assess(load(SMALL, (19, 40), (4, 20)))
    mean, sd = float(tree["control"]["mean"]), float(tree["control"]["std"])
    worth = mean * (1 - mean) / sd**2 - 1
    assert float(tree["concurrent"]["realised_ess"]) == pytest.approx(worth - 20, rel=1e-9)


def test_what_the_method_learned_stands_beside_it(load):
    model = load(SMALL, (19, 40), (4, 20), control='method = "normalized_power"')
    own = bips.assess(model)["concurrent"].to_dataset()
    direct = bips.learned(model.arms, model.method, model.concurrent)
    np.testing.assert_allclose(own["learned_mean"], direct["mean"], rtol=0, atol=0)
    assert list(own["unknown"].values) == list(direct["unknown"].values)


def test_conflict_is_that_of_the_prior_predictive(load):
    own = bips.assess(load(SMALL, (19, 40), (15, 20)))["concurrent"]
    history = bips.control_prior([bips.Arm(f"{r}", r, n) for r, n in SMALL], "map")
    chances = history.predictive(20).pmf(np.arange(21))
    expected = chances[chances <= chances[15] * (1 + 1e-9)].sum()
    assert float(own["conflict"]) == pytest.approx(expected, rel=1e-6)
    flagged = np.array([chances[chances <= c * (1 + 1e-9)].sum() <= 0.05 for c in chances])
    power = stats.binom.pmf(np.arange(21), 20, 0.75) @ flagged
    assert float(own["conflict_power"]) == pytest.approx(power, rel=1e-9)


def test_comparison_holds_every_method_against_the_same_trial(load):
    model = load(SPONDYLITIS, (14, 23), (1, 6))
    table = bips.compare(model).sel(criterion=1)
    declared = float(bips.assess(model)["decision"]["probability"][0])
    assert float(table["probability"].sel({"method": "as declared"})) == pytest.approx(
        declared, abs=1e-4
    )
    alone = bips.BetaMixture([1.0], [2.0], [6.0])  # a flat prior and 1 of 6
    treated = bips.BetaMixture([1.0], [15.0], [10.0])
    separate = float(table["probability"].sel({"method": "separate"}))
    assert separate == pytest.approx(float(bips.prob_greater(treated, alone)), abs=1e-9)
    assert table["status"].sel({"method": "test_then_pool"}) == ""
    assert np.isfinite(table["weight"].sel({"method": "test_then_pool"}))


def test_varying_them_is_assessing_another_trial(load):
    model = load(SMALL, (19, 40), (4, 20))
    sam = {"method": "sam", "delta": 0.15}
    axes = {"concurrent.successes": [3, 6], "concurrent.n": [20, 25],
            "control.robust.weight": [0.0, 0.5], "control.method": ["map", sam]}  # fmt: skip
    cells = bips.vary(model, axes)["probability"].isel(criterion=0)
    for x, n, weight in ((3, 25, 0.5), (6, 20, 0.0)):
        other = replace(model, concurrent=bips.Arm("Placebo", x, n), robust=bips.Robust(weight))
        place = {"concurrent.successes": x, "concurrent.n": n, "control.robust.weight": weight}
        for column, method in enumerate((model.method, bips.Sam(0.15))):
            one = replace(other, method=method)
            expected = float(one.effect(one.control()).probability(0.0))
            found = float(cells.sel(place).isel({"control.method": column}))
            assert found == pytest.approx(expected, abs=1e-9)


def test_their_tipping_point_is_the_first_count_that_is_not_met(load):
    model = load(SMALL, (19, 40), (4, 20))
    tipping = bips.tipping_point(model, "concurrent.successes")
    met = [better(SMALL, (19, 40), (x, 20), VAGUE) > 0.975 for x in (tipping - 1, tipping)]
    assert met == [True, False]


def test_every_output_says_that_patients_were_treated_without_it(load, tmp_path):
    model = load(SPONDYLITIS, (14, 23), (1, 6))
    tree = bips.assess(model)
    page = html(tree)
    assert "nobody was treated without" not in page
    assert "6 patients of the same trial were treated without it (Placebo)" in page
    assert "Of the trial&#39;s own 6 controls (Placebo), 1 was" in page
    assert "6 of whom were treated without New" in bips.conclusion(tree)
    assert "Placebo), 1 of 6" in drawing.caption("evidence", tree)
    assert {"evidence", "controls"} <= set(drawing.names(tree))
    own = json.loads(said("assess", tmp_path / "trial.toml", "--json"))["concurrent"]
    assert (own["successes"], own["n"], own["weight"]) == (1, 6, None)
    assert own == as_object(tree)["concurrent"]
    assert as_object(bips.assess(load(SPONDYLITIS, (14, 23), None)))["concurrent"] is None


def test_curves_of_survival_in_time_know_them_too(load):
    model = load(SPONDYLITIS, (14, 23), (1, 6))
    landmark = replace(model, endpoint=bips.Landmark(day=56), landmark_day=56.0)
    tree = bips.assess(landmark)
    at_day = tree["survival"].to_dataset().sel(day=56.0)
    for name in ("mean", "low", "high"):
        found, expected = float(at_day[f"control_{name}"]), float(tree["control"][name])
        assert found == pytest.approx(expected, abs=2e-4)


@pytest.mark.parametrize(("old", "new", "why"), [
    ("successes = 4\nn = 20", "successes = 21\nn = 20", "[concurrent] successes: 21 given"),
    ('"Placebo"', '"Study 2"', "[concurrent] label: 'Study 2' is the label of another arm"),
    ('"Placebo"', '"New"', "no patient may enter twice"),
    ("[concurrent]", "[concurent]", "did you mean 'concurrent'?"),
    ("successes = 4\nn = 20", "n = 20", "[concurrent] successes: missing"),
    ("successes = 4", "day = 3\nsuccesses = 4", "[concurrent] day: unknown key"),
])  # fmt: skip
def test_controls_that_cannot_be_are_refused(tmp_path, old, new, why):
    whole = text(SMALL, (19, 40), (4, 20))
    assert whole.count(old) == 1
    assert why in fault(tmp_path, whole.replace(old, new))
