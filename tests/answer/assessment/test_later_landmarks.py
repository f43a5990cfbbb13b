"""The treated arm's later rows included: in results, in words, and against NUTS."""

import json
from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

import bayesips as bips
from bayesips.answer.assessment.later_landmarks import Unanswered, later_landmarks_of, rows_in_words
from bayesips.cli import application
from bayesips.cli.output.result_object import as_object
from bayesips.distributions.effects import prob_greater
from bayesips.evidence.arm import Arm
from bayesips.report.html import html

ROWS = "5 of 7 at day 100, 2 of 7 on a day not stated"


@pytest.fixture(scope="module")
def model():
    return bips.load_model("hlc001-narrow")


@pytest.fixture(scope="module")
def tree(model):
    return bips.assess(model)


def run(*words):
    """What a command prints."""
    return CliRunner().invoke(application(), list(words)).stdout


def test_a_result_holds_the_answer_with_later_rows(model, tree):
    found = bips.joint_later_landmarks(model)
    group = tree["later"].to_dataset()
    assert group["probability"].values.tolist() == pytest.approx(list(found.with_them), abs=1e-12)
    assert float(group["error"][0]) < 1e-4
    assert group.attrs["rows"] == ROWS


def test_the_conclusion_says_what_the_later_course_changes(tree):
    with_rows = float(tree["later"]["probability"][0])
    assert f"({ROWS}), the probability is {100 * with_rows:.1f} %" in bips.conclusion(tree)


def test_nothing_is_said_where_no_row_is_later(model):
    alone = replace(model, treated=replace(model.treated, observations=()))
    for one in (alone, bips.load_model("hlc001-binary")):
        without = bips.assess(one)
        assert "later" not in without.children
        assert "later course" not in bips.conclusion(without)


def test_a_later_row_beyond_the_bridge_leaves_the_answer_and_says_why(model, tree):
    far = Arm("HLC-001", 5, 7, observations=[(100, "=", 5), (365, "=", 2)])
    found = bips.assess(replace(model, treated=far))
    same = [float(each["decision"]["probability"][0]) for each in (found, tree)]
    assert same[0] == same[1]
    reason = "a row at day 365 lies beyond the Weibull bridge (days 14 to 180)"
    said = f"(5 of 7 at day 100, 2 of 7 at day 365): not answered, for {reason}."
    assert said in bips.conclusion(found)
    assert reason in html(found)
    assert as_object(found)["later_landmarks"] == {
        "rows": "5 of 7 at day 100, 2 of 7 at day 365",
        "missing_because": reason,
    }
    assert later_landmarks_of(replace(model, treated=far)) == Unanswered(reason)


def test_rows_are_named_with_their_bounds_and_days():
    arm = Arm("a", 5, 7, day=56, observations=[(70, ">=", 3), ("discharge", "<=", 4)])
    assert rows_in_words(arm) == "at least 3 of 7 at day 70, at most 4 of 7 at discharge"


def test_both_commands_print_it_and_give_it_as_json(tree):
    with_rows = float(tree["later"]["probability"][0])
    found = json.loads(run("assess", "hlc001-narrow", "--json"))["later_landmarks"]
    assert found["decision"][0]["probability"] == pytest.approx(with_rows, abs=1e-12)
    few = ("sensitivity", "hlc001-narrow", "--axis", "control.robust.weight=0.2")
    assert f"later course included ({ROWS})" in " ".join(run(*few).split())
    found = json.loads(run(*few, "--json"))["later_landmarks"]
    assert found["with_them"][0] == pytest.approx(with_rows, abs=1e-12)


def test_json_has_null_where_there_is_no_such_sensitivity():
    assert json.loads(run("assess", "hlc001-benchmark", "--json"))["later_landmarks"] is None


@pytest.mark.slow
@pytest.mark.parametrize("name", ["hlc001", "hlc001-narrow"])
def test_the_sum_over_shapes_is_what_nuts_says_of_the_joint(name):
    """The joint written by hand in PyMC: the later rows given those alive at the day asked about.

    The robust part and the shape are independent, so the vague rate is set aside on both sides.
    """
    import arviz as az
    import pymc as pm
    import pytensor.tensor as pt

    from bayesips.engine import nuts

    model = replace(bips.load_model(name), robust=None)
    log_days, days = model.endpoint.unknown_days(model.treated)
    after = days > 100  # five were alive at day 100, two later
    with bips.pymc_model(model) as joint:
        eta = pt.log(-pt.log(joint["treated_rate"]))
        hazard_56 = pt.exp(eta)
        hazard_100 = pt.exp(eta + joint["shape"] * np.log(100 / 56))
        hazard_last = pt.exp(eta + joint["shape"] * np.log(days[after] / 56))
        stayed = -5 * (hazard_100 - hazard_56)
        log_alive = hazard_100 - hazard_last
        two_of_five = 2 * log_alive + 3 * pt.log(-pt.expm1(log_alive))
        pm.Potential("later", stayed + pt.logsumexp(log_days[after] + two_of_five))
    chains = nuts.sample(joint, seed=1, draws=4000, target_accept=0.97)
    posterior = chains["posterior"]
    better = (posterior["treated_rate"] > posterior["control_rate"]).values.astype(float)
    worst = json.loads(chains.attrs["diagnostics"])
    assert (worst["divergences"], worst["r_hat"] < 1.01) == (0, True)
    found = bips.joint_later_landmarks(model)
    for values, exact in (
        (better, found.with_them[0]),
        (posterior["treated_rate"].values, found.treated_with),
        (posterior["shape"].values, found.shape_with),
        (posterior["control_rate"].values, found.control_with),
    ):
        assert float(values.mean()) == pytest.approx(exact, abs=5 * float(az.mcse(values)))


def test_without_later_rows_the_sum_is_the_product_formula(model):
    alone = replace(model, treated=replace(model.treated, observations=()), robust=None)
    found = bips.joint_later_landmarks(alone)
    control = bips.control_prior(alone.history, alone.method, endpoint=alone.endpoint)
    treated = alone.treated_prior.update(5, 7)
    assert found.with_them[0] == pytest.approx(float(prob_greater(treated, control)), abs=1e-4)
