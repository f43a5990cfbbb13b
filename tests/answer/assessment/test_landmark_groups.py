"""What a landmark result says of other days, other rows and other arms, against the engine."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import special, stats

import bayesips as bips
from bayesips.answer.assessment.bridge_sensitivity import bridge_sensitivity
from bayesips.answer.assessment.later_landmarks import joint_later_landmarks
from bayesips.cli.output.result_object import as_object
from bayesips.cli.output.tables import survival_in_words
from bayesips.declare.model import load_model
from bayesips.endpoints import Landmark
from bayesips.engine import exact
from bayesips.evidence.arm import Arm

TAILS = np.array([0.025, 0.975])


@pytest.fixture(scope="module")
def narrow():
    return load_model("hlc001-narrow")


@pytest.fixture(scope="module")
def tree(narrow):
    return bips.assess(narrow)


def test_survival_at_the_day_asked_about_is_the_control(tree):
    at = tree["survival"].to_dataset().sel(day=56)
    assert float(at["control_mean"]) == pytest.approx(float(tree["control"]["mean"]), abs=1e-5)
    for end in ("low", "high"):
        assert float(at[f"control_{end}"]) == pytest.approx(float(tree["control"][end]), abs=2e-5)
        expected = stats.beta(6, 3).ppf(TAILS[0 if end == "low" else 1])
        assert float(at[f"treated_{end}"]) == pytest.approx(expected, abs=1e-4)
    assert float(at["treated_mean"]) == pytest.approx(6 / 9, abs=1e-5)


def test_the_interval_of_an_arm_is_that_of_its_posterior(narrow, tree):
    posteriors = exact.arm_posteriors(narrow.method, list(narrow.history), endpoint=narrow.endpoint)
    evidence = tree["evidence"].to_dataset()
    for label, posterior in posteriors.items():
        line = evidence.sel(arm=label)
        assert float(line["shrunken"]) == pytest.approx(float(posterior.mean()), abs=1e-5)
        ends = [float(line["shrunken_low"]), float(line["shrunken_high"])]
        assert ends == pytest.approx(posterior.ppf(TAILS), abs=3e-5)


def test_survival_on_another_day_is_what_a_fixed_shape_makes_of_it(narrow):
    """With the shape known, S(100) is a power of S(56)."""
    known = replace(narrow, endpoint=Landmark(shape=("fixed", 0.65)), robust=None)
    at = bips.assess(known)["survival"].to_dataset().sel(day=100)
    rate = exact.solve(known.method, list(known.history), endpoint=known.endpoint)
    power = (100 / 56) ** 0.65
    assert float(at["control_mean"]) == pytest.approx(
        float(rate.expect(lambda theta: theta**power)), abs=1e-5
    )
    expected = rate.ppf(TAILS) ** power
    assert float(at["control_high"]) == pytest.approx(expected[1], abs=1e-3)


def test_leaving_a_study_out_is_a_model_without_it(narrow, tree):
    left_out = tree["left_out"].to_dataset()
    for place, arm in enumerate(narrow.history):
        others = tuple(other for other in narrow.history if other is not arm)
        alone = bips.assess(replace(narrow, history=others))
        line = left_out.isel(arm=place)
        assert float(line["mean"]) == pytest.approx(float(alone["control"]["mean"]), abs=1e-5)
        assert float(line["probability"][0]) == pytest.approx(
            float(alone["decision"]["probability"][0]), abs=1e-5
        )


def test_shrunken_arms_are_the_engines_own(narrow, tree):
    posteriors = exact.arm_posteriors(narrow.method, list(narrow.history), endpoint=narrow.endpoint)
    for label, rate in posteriors.items():
        shown = float(tree["evidence"].to_dataset().sel(arm=label)["shrunken"])
        assert shown == pytest.approx(float(rate.mean()), abs=1e-5)


def test_a_prediction_of_a_row_is_a_count_of_its_patients(narrow, tree):
    second = narrow.history[1]
    line = tree["rows"].to_dataset().isel(row=1)
    assert str(line["arm"].values) == second.label
    assert 0 <= float(line["others_low"]) <= float(line["others_mean"]) <= 13
    assert 0 < float(line["others_tail"]) <= 1


def test_later_landmarks_without_any_change_nothing(narrow):
    treated = Arm("HLC-001", 5, 7)
    found = joint_later_landmarks(replace(narrow, treated=treated))
    assert found.with_them[0] == pytest.approx(found.without[0], abs=1e-9)
    control = bips.assess(narrow)["decision"]
    assert found.without[0] == pytest.approx(float(control["probability"][0]), abs=1e-4)


def test_later_landmarks_weigh_the_shape_by_what_the_treated_say(narrow):
    """One known control rate per shape: history says nothing of the shape, the treated do."""
    model = replace(
        narrow,
        treated=Arm("HLC-001", 5, 7, day=56, observations=[(100, "=", 5)]),
        robust=None,
    )
    found = joint_later_landmarks(model)
    assert found.shape_with < found.shape_without  # nobody died late: the curve is flat
    assert found.treated_with != pytest.approx(found.treated_without, abs=1e-4)
    eta = np.linspace(-9, 3, 4001)
    theta = np.exp(-np.exp(eta))
    slope = np.exp(eta) * theta
    growth = (100 / 56) ** found.shape_without
    weight = stats.binom.pmf(5, 7, theta) * theta ** (5 * (growth - 1)) * slope
    about = float(np.sum(theta * weight) / np.sum(weight))
    assert found.treated_with == pytest.approx(about, abs=0.02)
    assert special.logit(found.with_them[0]) > 0


def test_a_binary_model_has_no_bridge():
    with pytest.raises(ValueError, match="hlc001-binary: a binary endpoint has no bridge"):
        bridge_sensitivity(load_model("hlc001-binary"))
    with pytest.raises(ValueError, match="later landmarks need the landmark endpoint"):
        joint_later_landmarks(load_model("hlc001-binary"))


def test_the_default_bridge_is_the_first_line(narrow, tree):
    table = bridge_sensitivity(narrow)
    assert float(table["mean"][0]) == pytest.approx(float(tree["control"]["mean"]), abs=1e-9)
    assert table.sizes["bridge"] == 5


def test_json_and_text_hold_other_days_and_each_study_left_out(tree):
    found = as_object(tree)
    at = {each["day"]: each for each in found["survival"]}
    assert at[56]["control_mean"] == pytest.approx(found["control"]["mean"], abs=1e-5)
    assert at[28]["treated_mean"] > at[56]["treated_mean"] > at[100]["treated_mean"]
    assert [each["without"] for each in found["left_out"]] == list(tree["left_out"]["arm"].values)
    assert [each["arm"] for each in found["row_checks"]] == list(tree["rows"]["arm"].values)
    assert "Alive at day 28: treated" in survival_in_words(tree)
