"""What `compare --controls` says is what its table holds."""

import dataclasses
import re

import numpy as np
import pytest

from bayesips.answer.comparison import compare_with_controls, counts_in_words, hyperprior_stage
from bayesips.answer.conflict_stages import evans_moshonov_stages
from bayesips.borrowing.map import Map
from bayesips.borrowing.pooled import Pooled
from bayesips.borrowing.sam import Sam
from bayesips.cli.output import comparison_controls as output
from bayesips.declare.model import load_model
from bayesips.evidence.arm import Arm
from tests.commands import run

ARMS = (Arm("A", 2, 9), Arm("B", 4, 12))
METHOD = Map(mu=("normal", 0, 2), tau=("half_normal", 1))


@pytest.fixture(scope="module")
def model():
    return dataclasses.replace(
        load_model("hlc001-binary"), history=ARMS, method=METHOD, robust=None
    )


@pytest.fixture(scope="module")
def table(model):
    return compare_with_controls(model, 3, {"delta": 0.6})


def said(table, capsys):
    """Everything printed, in one line."""
    output.show(table)
    return " ".join(capsys.readouterr().out.split())


def test_the_table_of_the_methods_spans_their_answers(table, capsys):
    text = said(table, capsys)
    for name in ("map", "sam", "test_then_pool"):
        one = table.sel({"method": name})
        low, high = (f"{100 * float(end):.1f}" for end in (
            one["probability"].min(), one["probability"].max()))  # fmt: skip
        row = re.search(rf"│ {name} │[^│]*│[^│]*│[^│]*│ ([^│]*) │", text)
        assert row
        assert row[1] == f"{low} % to {high} %"


def test_only_methods_that_learn_show_a_weight(table, capsys):
    text = said(table, capsys)
    learning = int(np.isfinite(table["weight"]).any("controls").sum())
    assert text.count("survivors ┃ weight ┃ borrowed") == learning


def test_the_tails_are_those_of_the_table(table, capsys):
    text = said(table, capsys)
    for count in range(4):
        tail, mid = (100 * float(table[key][count]) for key in ("conflict", "mid_p"))
        assert f"│ {count} of 3 │ {tail:.1f} % │ {mid:.1f} % │" in text


def test_hyperpriors_are_told_only_where_asked(table, model, capsys):
    assert "Hyperpriors" not in said(table, capsys)
    stage = hyperprior_stage(model)
    assert stage["hyperprior_tail"] == evans_moshonov_stages(ARMS, METHOD).hyperpriors
    text = said(table.assign(stage), capsys)
    assert f"{100 * stage['hyperprior_tail']:.1f} % of histories" in text
    assert "a sum over every history" in text
    drawn = table.assign(hyperprior_tail=0.2, hyperprior_error=0.013, hyperprior_draws=1000)
    assert "1000 histories drawn, standard error 1.3 points" in said(drawn, capsys)


def test_the_stage_of_a_sam_is_that_of_the_map_it_starts_from(model):
    declared = dataclasses.replace(model, method=Sam(0.3, informative=METHOD))
    assert hyperprior_stage(declared) == hyperprior_stage(model)


def test_a_model_without_such_hyperpriors_is_refused(model):
    with pytest.raises(ValueError, match="the method is pooled"):
        hyperprior_stage(dataclasses.replace(model, method=Pooled()))
    with pytest.raises(ValueError, match="rows at their own days"):
        hyperprior_stage(load_model("hlc001"))


@pytest.mark.parametrize(
    ("counts", "words"),
    [((), "none"), ((3,), "3"), ((0, 1, 2), "0 to 2"), ((0, 2, 3, 7), "0, 2 to 3, 7")],
)
def test_neighbouring_counts_stand_together(counts, words):
    assert counts_in_words(np.array(counts, dtype=int)) == words


def test_the_setting_given_for_controls_is_told_with_the_rows_it_stands_in():
    found = run("compare", "hlc001-binary", "--controls", 2, "--delta", 0.6)
    said = " ".join(found.stdout.split())
    assert "delta 0.6: chosen for elastic, sam." in said
    assert "sam (delta 0.6)" in said
    assert "give --delta" not in said
    assert "Evans and Moshonov" in said
    assert said.count("tail:") == 1  # history's conflict is one, whatever the method
