"""Evidence files of any outcome: three columns are enough, and old names are read as new ones."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from bayesips import control_prior
from bayesips.declare.model import ModelError, load_model
from bayesips.evidence.columns import COLUMNS, table
from bayesips.evidence.rows import EvidenceError
from bayesips.evidence.selection import load_evidence
from tests.model_texts import FROM_FILE, GOOD, HISTORY

FEW = "study,successes,n\nBaeten 2013,1,6\nBraun 2011,12,44\n"
FULL = (
    "# Responses under placebo\n#,one line for each group\n"
    "study,arm,successes,n,day,relation,source,doubt,control_set,endpoint\n"
    "One,placebo,3,10,112,=,doi:10.1/x,abstract only; open label,narrow;broad,response\n"
    "One,placebo,4,10,84,=,,counted early,narrow;broad,response\n"
    "Two,,5,20,112,,,,broad,response\n"
)
SCHEMA = Path(__file__).parents[2] / "docs" / "evidence.md"


@pytest.fixture
def load(tmp_path):
    """Load evidence from text."""

    def loaded(text):
        (tmp_path / "evidence.csv").write_text(text, encoding="utf-8")
        return load_evidence(tmp_path / "evidence.csv")

    return loaded


def test_study_successes_and_n_are_enough(load):
    evidence = load(FEW)
    first, second = evidence.select("all").arms
    assert (first.label, first.successes, first.n, first.day) == ("Baeten 2013", 1, 6, None)
    assert (second.label, second.relation, evidence.known_sets) == ("Braun 2011", "=", ("all",))


def test_every_column_of_an_arm_is_read(load):
    one, two = load(FULL).select("broad").arms
    assert (one.label, two.label) == ("One, placebo", "Two")
    assert one.rows == ((84, "=", 4), (112, "=", 3))
    assert one.flags == ("counted early", "abstract only", "open label")
    assert two.rows == ((112, "=", 5),)
    assert load(FULL).select("narrow").arms[0].n == 10


def test_former_names_of_columns_are_read_alike(load):
    new = load(FULL)
    old = load(FULL.replace("successes", "survivors").replace(",day,", ",landmark_day,"))
    plain, former = ([replace(row, text={}) for row in each.rows] for each in (new, old))
    assert former == plain
    cited = load(FULL.replace(",source,", ",citation,"))
    assert [arm.source for arm in cited.arms] == [arm.source for arm in new.arms]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("control_set,", "survivors,", "columns 'successes' and 'survivors' are the same"),
        (",3,10", ",11,10", "row 4, column successes: '11' given; at most the 10 patients"),
        ("20,112", "20,", "row 6, column day: '' given; a day above 0"),
        ("broad,response\n", "broad,remission\n", "rows 4 and 6, column endpoint: 'response' and"),
        ("Two,,5,20", "One,placebo,5,10", "columns day and relation: 112 and '=' given twice"),
    ],
)
def test_a_fault_names_the_columns_of_the_file(load, old, new, said):
    assert old in FULL
    place = FULL.rindex(old)
    with pytest.raises(EvidenceError) as caught:
        load(FULL[:place] + new + FULL[place + len(old) :])
    assert said in str(caught.value)


def test_a_group_without_days_stands_once(load):
    with pytest.raises(EvidenceError, match="columns study and arm: given twice"):
        load(FEW + "Braun 2011,12,44\n")


def test_more_responses_later_than_earlier_are_no_fault_of_a_response(load):
    (arm,) = load(FULL.replace("4,10,84", "2,10,84")).select("narrow").arms
    assert arm.rows == ((84, "=", 2), (112, "=", 3))


def test_sets_of_different_outcomes_are_not_selected_together(load):
    evidence = load(f"{FULL}Three,,1,9,7,,,,other,harm\n")
    assert evidence.known_sets == ("narrow", "broad", "other")
    with pytest.raises(EvidenceError, match="'response' and 'harm' given; the rows of a control"):
        evidence.select("broad", "other")


@pytest.fixture
def model(tmp_path):
    """The model of a text, with an evidence file beside it."""

    def loaded(text, evidence):
        (tmp_path / "evidence.csv").write_text(evidence, encoding="utf-8")
        (tmp_path / "trial.toml").write_text(text, encoding="utf-8")
        return load_model(tmp_path / "trial.toml")

    return loaded


def test_an_outcome_without_days_needs_no_day_and_one_set_no_name(model):
    text = GOOD.replace(HISTORY, '[history]\nevidence = "evidence.csv"\n')
    found = model(text.replace("landmark_day = 56\n", ""), FEW)
    assert found.landmark_day is None
    direct = control_prior(found.history, found.method, robust=found.robust)
    assert float(found.control().mean()) == pytest.approx(float(direct.mean()), abs=1e-12)


@pytest.mark.parametrize(
    ("text", "evidence", "said"),
    [
        (
            GOOD.replace(HISTORY, FROM_FILE).replace("landmark_day = 56\n", ""),
            FULL,
            "landmark_day: missing; a number above 0 is required: the evidence file states days",
        ),
        (
            GOOD.replace(HISTORY, '[history]\nevidence = "evidence.csv"\n'),
            FULL,
            "control_set: missing; a control set of the evidence file is required: 'narrow'",
        ),
    ],
)
def test_what_the_file_leaves_open_the_model_must_state(model, text, evidence, said):
    with pytest.raises(ModelError) as caught:
        model(text, evidence)
    assert said in str(caught.value)


def test_the_schema_page_lists_the_columns_that_the_reader_knows():
    lines = [line for line in SCHEMA.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"]
    cells = [tuple(re.split(r" *\| *", line.strip("| "))) for line in lines]
    assert cells == table()
    assert {column.name for column in COLUMNS if column.required} == {"study", "successes", "n"}
