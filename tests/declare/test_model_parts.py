"""Settings of several parts, of each arm, and covariates, in model and evidence files."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from bayesips.borrowing.exnex import Exnex
from bayesips.cli import application
from bayesips.declare.model import ModelError, load_model
from bayesips.evidence.rows import EvidenceError
from bayesips.evidence.selection import load_evidence
from tests.model_texts import FROM_FILE, GOOD, HISTORY, control

EXNEX = """
method = "exnex"
exchangeable = [0.25, 0.35]
mu = [["normal", -2, 3], ["normal", -1, 2]]
tau = ["half_normal", 1]
"""
ALONE = (
    EXNEX
    + """
[control.alone]
"Study 1" = ["normal", -1, 2]
"Study 2" = ["normal", 0, 2]
control = ["normal", 0, 1]
"""
)
REGRESSION = """
method = "meta_regression"
trial = { era = 2022, steroid_first = 0 }
slope = ["normal", 0, 0.5]
"""
ADJUSTED = """
[history]
arms = [
    { label = "A", successes = 23, n = 107, covariates = { era = 1990, steroid_first = 1 } },
    { label = "B", successes = 12, n = 44, covariates = { era = 2001.5, steroid_first = 0 } },
    { label = "C", successes = 8, n = 31, covariates = { era = 1995, steroid_first = 0 } },
]
"""
REGRESSED = control(REGRESSION).replace(HISTORY, ADJUSTED)
ROWS = """study,arm,endpoint,landmark_day,relation,survivors,n,control_set,covariate:era
One,all,overall_survival,56,=,3,10,broad,1990
One,all,overall_survival,28,=,5,10,broad,
Two,all,overall_survival,56,=,4,12,broad,2001.5
"""


@pytest.fixture
def load(tmp_path):
    """Load a model from text, an evidence file beside it."""

    def loaded(text, rows=ROWS):
        (tmp_path / "evidence.csv").write_text(rows, encoding="utf-8")
        file = tmp_path / "trial.toml"
        file.write_text(text, encoding="utf-8")
        return load_model(file)

    return loaded


def test_several_parts_are_lists(load):
    expected = Exnex((0.25, 0.35), (("normal", -2, 3), ("normal", -1, 2)), ("half_normal", 1))
    assert load(control(EXNEX)).method == expected


def test_what_each_arm_is_alone_is_a_table(load):
    alone = {
        "Study 1": ("normal", -1, 2),
        "Study 2": ("normal", 0, 2),
        "control": ("normal", 0, 1),
    }
    plain = load(control(EXNEX)).method
    assert load(control(ALONE)).method == replace(plain, alone=alone)


def test_a_model_of_several_parts_is_assessed(load, tmp_path):
    load(control(EXNEX))
    run = CliRunner().invoke(application(), ["assess", str(tmp_path / "trial.toml")])
    assert run.exit_code == 0
    assert "exchangeable or not (EXNEX)" in run.output


def test_covariates_stand_in_the_arms(load):
    model = load(REGRESSED)
    assert model.method.trial == {"era": 2022.0, "steroid_first": 0.0}
    assert dict(model.history[1].covariates) == {"era": 2001.5, "steroid_first": 0.0}


def test_covariates_stand_in_columns_of_an_evidence_file(load):
    text = control('method = "meta_regression"\ntrial = { era = 2022 }')
    model = load(text.replace(HISTORY, FROM_FILE))
    assert [dict(arm.covariates) for arm in model.history] == [{"era": 1990.0}, {"era": 2001.5}]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("era = 2022", "eras = 2022", "no arm has a covariate 'eras' (did you mean 'era'?)"),
        ("era = 2001.5, ", "", "[history] covariates: B: no covariate 'era'"),
        (
            "steroid_first = 1",
            "steroid_first = 0",
            "covariate 'steroid_first' is 0 in every arm; nothing to adjust for",
        ),
        ("era = 1995", "era = 2001.5", "'era' and 'steroid_first' are collinear over the 3 arms"),
        ("era = 2022", 'era = "late"', "given; era: 'late' given; a finite number"),
        ("era = 1990", "era = true", "[history.arms 1.covariates] era: true given"),
        (
            "trial = { era = 2022, steroid_first = 0 }",
            "trial = 2022",
            "[control] trial: 2022 given",
        ),
        (
            "trial = { era = 2022, steroid_first = 0 }",
            "",
            "[control] trial: missing; method 'meta_regression' is nothing without it",
        ),
        (
            "trial = { era = 2022, steroid_first = 0 }",
            "trial = {}",
            "[control] trial: the table {} given; the arms have covariates 'era', 'steroid_first'; "
            "the trial's value of each",
        ),
    ],
)
def test_covariates_that_cannot_be_used_are_refused_by_name(load, old, new, said):
    assert REGRESSED.count(old) == 1
    with pytest.raises(ModelError) as caught:
        load(REGRESSED.replace(old, new))
    assert "trial.toml" in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (EXNEX.replace("0.35]", "0.85]"), "sum of at most 1"),
        (EXNEX.replace("[0.25, 0.35]", '"half"'), "[control] exchangeable: 'half' given"),
        (
            EXNEX.replace('["normal", -1, 2]', '["normal", -1]'),
            "number 2: the list ['normal', -1] given",
        ),
        (EXNEX.replace(', ["normal", -1, 2]', ""), "mu has 1 priors; exchangeable has 2 parts"),
        (ALONE.replace('"Study 2" =', '"Study 3" ='), "add 'Study 2'"),
        (ALONE.replace("control =", "new ="), "add 'control'"),
        (ALONE.replace('["normal", 0, 1]', "3"), "given; control: 3 given; a prior is required"),
    ],
)
def test_parts_that_cannot_be_used_are_refused_by_name(load, text, said):
    with pytest.raises(ModelError) as caught:
        load(control(text))
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("2001.5", "late", "row 4, column covariate:era: 'late' given; a number is required"),
        (
            "broad,\n",
            "broad,1991\n",
            "rows 2 and 3 (One, all), column covariate:era: 1990 and 1991",
        ),
        ("covariate:era", "covariate:", "row 1: column 'covariate:' needs the covariate's name"),
    ],
)
def test_columns_of_covariates_that_cannot_be_used_are_refused(tmp_path, old, new, said):
    file = tmp_path / "evidence.csv"
    file.write_text(ROWS.replace(old, new), encoding="utf-8")
    with pytest.raises(EvidenceError) as caught:
        load_evidence(file)
    assert said in str(caught.value)


def test_the_exact_engine_says_at_assess_that_a_meta_regression_needs_nuts(load, tmp_path):
    load(REGRESSED)
    run = CliRunner().invoke(application(), ["assess", str(tmp_path / "trial.toml")])
    assert run.exit_code != 0
    assert "--engine nuts" in f"{run.output} {run.exception}"


@pytest.mark.slow
def test_a_model_with_covariates_is_assessed_by_nuts(load, tmp_path):
    near = REGRESSED.replace("era = 2022", "era = 2003")  # far from its arms too few draws agree
    load(
        near.replace(
            'slope = ["normal", 0, 0.5]', 'slope = ["normal", 0, 0.3]\ntau = ["half_normal", 0.3]'
        )
    )
    file = str(tmp_path / "trial.toml")
    run = CliRunner().invoke(application(), ["assess", file, "--engine", "nuts", "--seed", "3"])
    assert run.exit_code == 0
    assert "MAP with arm covariates" in run.output


def test_a_model_without_covariates_has_none(load):
    assert all(arm.covariates == () for arm in load(GOOD).history)
