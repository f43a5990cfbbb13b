"""Values of an axis are read as a model file is read: of the right kind, or refused in words."""

import json

import pytest

import bayesips as bips
from bayesips.sensitivity.axes import read_axes
from tests.commands import run
from tests.model_texts import DECISION, TOP, TREATED

KNOWN_MEAN = (
    TOP
    + TREATED
    + """
[history]
arms = [{{ label = "A", successes = 8, n = 20 }}, {{ label = "B", successes = 13, n = 24 }}]
[control]
method = "map"
{mu}
"""
    + DECISION
)

WRONG = [
    ("control.robust.weight=x", "a number from 0 to 1 is required"),
    ("control.robust.weight=1.5", "a number from 0 to 1 is required"),
    ("control.robust=x", "a number from 0 to 1 is required"),
    ("control.tau=3", "a prior is required"),
    ("control.mu=x", "a prior is required"),
    ("control.tau=half_normal(x)", "the numbers of a prior are finite numbers"),
    ("control.tau.scale=x", "a finite number is required"),
    ("control.method=3", "allowed are 'benchmark', 'beta_hierarchy'"),
    ("control.method=mapp", "did you mean 'map'?"),
    ("control.known_rate=x", "a number above 0 and below 1 is required"),
    ("endpoint=3", "allowed are 'binary', 'landmark'"),
    ("landmark.shape=x", "a prior is required"),
    ("landmark_day=x", "a number above 0 is required"),
    ("scale=3", "allowed are 'difference', 'ratio', 'odds_ratio'"),
    ("treated.prior=3", "[a, b] with both above 0"),
    ("treated.prior=(1,-1)", "[a, b] with both above 0"),
    ("treated.prior.n=x", "a number above 0 is required"),
    ("treated.successes=x", "a whole number is required"),
    ("treated.n=7.5", "a whole number is required"),
    ("history.without=3", "a name, or names joined by +, is required"),
    ("history.control_set=3", "a name, or names joined by +, is required"),
    ("history.bounds=3", "allowed are 'read', 'dropped'"),
    ("bias=3", "none, { name = { mean, sd } } or rows"),
    ("bias.zeal.mean=x", "a finite number is required"),
    ("bias.zeal.sd=-1", "a number from 0 up is required"),
    ("decision.margin=x", "a finite number is required"),
    ("decision.probability=2", "a number above 0 and below 1 is required"),
]


@pytest.mark.parametrize(("axis", "allowed"), WRONG)
def test_a_value_of_the_wrong_kind_is_refused_with_what_is_allowed(axis, allowed):
    result = run("sensitivity", "hlc001-binary", "--axis", axis)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"bayesips: error: axis {axis.partition('=')[0]}: ")
    assert allowed in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def model():
    return bips.load_model("hlc001-binary")


def values(model, name, *given):
    """What an axis sets, and what it is called."""
    (axis,) = read_axes(model, {name: list(given)})
    return axis.values, axis.labels


def test_a_prior_is_read_as_in_a_file_and_none_is_the_default(model):
    read, named = values(model, "control.tau", ["half_normal", 0.5], "none")
    assert read == (("half_normal", 0.5), None)
    assert named == ("half_normal(0.5)", "none")


def test_a_method_with_settings_is_the_method_of_a_file(model):
    declared = {"method": "power", "discount": 0.25}
    assert values(model, "control.method", declared)[0] == (bips.Power(0.25),)
    with pytest.raises(bips.Refused, match=r"discount: 2 given; a number from 0 to 1"):
        values(model, "control.method", {"method": "power", "discount": 2})


def test_a_prior_of_the_treated_may_have_every_form_of_a_file(model):
    read, _ = values(model, "treated.prior", (1, 1), {"mean": 0.5, "n": 2})
    assert [(float(each.a[0]), float(each.b[0])) for each in read] == [(1, 1), (1, 1)]


@pytest.mark.parametrize(
    "given", [("zeal", 0.1, 0.2), {"zeal": (0.1, 0.2)}, {"zeal": {"mean": 0.1, "sd": 0.2}}]
)
def test_biases_are_read_in_every_form(model, given):
    assert values(model, "bias", given)[0] == ((("zeal", 0.1, 0.2),),)


def test_a_known_mean_of_all_studies_is_assessed(tmp_path):
    """With mu fixed at 0 the mean of all cohorts is 1/2, whatever their spread: by symmetry."""
    text = KNOWN_MEAN.format(mu='mu = ["fixed", 0]')
    (tmp_path / "known.toml").write_text(text, encoding="utf-8")
    found = run("assess", tmp_path / "known.toml", "--json")
    assert found.exit_code == 0
    tree = bips.assess(bips.load_model(tmp_path / "known.toml"))
    assert float(tree["control"].population_mean) == pytest.approx(0.5, abs=1e-12)
    assert json.loads(found.stdout)["control"]["arms"] == 2
