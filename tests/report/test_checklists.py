"""Checklists: filled from the tree, never a tick that the result does not support."""

import re
from functools import cache

import numpy as np
import pytest
import xarray as xr

from bayesips.answer.assessment.tree import versions
from bayesips.report import checklists
from bayesips.report.html import html
from tests.plots.trees import tree

SAMPLED = {
    "largest r_hat": (1.004, 1.01, True),
    "smallest bulk ESS": (2100.0, 400.0, False),
    "smallest tail ESS": (1800.0, 400.0, False),
    "divergences": (0.0, 0.0, True),
    "Monte Carlo standard error of P(effect > 0)": (0.001, 0.005, True),
}


def asked(result, name, words):
    """The one point of a checklist whose question has these words."""
    (found,) = [each for each in checklists.items(name, result) if words in each.asked]
    return found


def sampled():
    """A result by NUTS."""
    result = tree()
    value, limit, at_most = zip(*SAMPLED.values(), strict=True)
    table = xr.Dataset(
        {
            "value": ("check", list(value)),
            "limit": ("check", list(limit)),
            "at_most": ("check", list(at_most)),
            "passed": ("check", np.ones(len(SAMPLED), bool)),
            "withholds": ("check", np.ones(len(SAMPLED), bool)),
            "advice": ("check", [""] * len(SAMPLED)),
        },
        coords={"check": list(SAMPLED)},
    )
    result["diagnostics"] = xr.DataTree(table)
    result.attrs["engine"] = "nuts"
    return result


def withheld():
    """A result whose computation failed a check."""
    result = tree()
    table = result["diagnostics"].to_dataset()
    table["passed"] = ("check", np.array([False, True]))
    result["diagnostics"] = xr.DataTree(table)
    return result


@cache
def page(made):
    """The page of a result."""
    return html(made())


RESULTS = {"exact": tree, "nuts": sampled, "withheld": withheld}


def test_a_checklist_is_one_file():
    assert {"barg", "fda_draft", "robust"} <= set(checklists.names())
    assert len(checklists.items("robust", tree())) == 7


@pytest.mark.parametrize("made", RESULTS.values(), ids=RESULTS)
@pytest.mark.parametrize("name", checklists.names())
def test_no_answer_points_to_a_section_that_the_page_lacks(name, made):
    result = made()
    sections = set(re.findall(r'<section id="(\w+)"', page(made)))
    for item in checklists.items(name, result):
        assert item.said.endswith(".") or item.said.endswith(")"), item
        if item.section:
            assert item.section in sections, item
        else:
            assert item.status == "missing", item


@pytest.mark.parametrize("name", checklists.names())
def test_what_is_not_answered_says_what_to_add(name):
    for item in checklists.items(name, tree()):
        assert (item.status == "missing") == item.said.startswith("Add "), item


def test_without_chains_the_change_under_refinement_stands_for_convergence():
    said = asked(tree(), "barg", "convergence").said
    assert "No chains" in said
    assert "change under refinement 6e-10" in said
    assert "r_hat" not in said


def test_with_chains_convergence_names_r_hat_and_effective_draws():
    item = asked(sampled(), "barg", "convergence")
    assert item.status == "answered"
    assert "largest r_hat 1" in item.said
    assert "smallest bulk ESS 2.1e+03" in item.said
    assert "refinement" not in item.said


def test_a_failed_check_is_no_convergence_passed_over_in_silence():
    assert "FAILED" in asked(withheld(), "barg", "convergence").said
    assert asked(withheld(), "robust", "central tendency").status == "missing"
    assert asked(withheld(), "robust", "credible interval").status == "missing"
    assert asked(withheld(), "fda_draft", "Success criterion").status != "answered"


@pytest.mark.parametrize(("name", "words"), [("barg", "5. Sensitivity: priors"),
                                             ("robust", "sensitivity")])  # fmt: skip
def test_the_sensitivity_that_is_not_there_names_the_command_that_adds_it(name, words):
    item = asked(tree(), name, words)
    assert item.status == "missing"
    assert "`bayesips sensitivity hlc001`" in item.said
    assert "--bridge" not in item.said  # a binary model has none


@pytest.mark.parametrize("words", ["why a Bayesian", "why this prior", "why this criterion"])
def test_no_reason_is_made_up(words):
    assert asked(tree(), "barg", words).status == "missing"


def test_the_programs_that_sampled_belong_to_the_software():
    assert asked(tree(), "barg", "software").status == "answered"
    assert asked(sampled(), "barg", "software").status == "partly"  # its file names no PyMC
    assert {"pymc", "nutpie"} <= set(versions("nuts")) - set(versions("exact"))


def test_an_arm_without_a_source_is_no_complete_account_of_the_data():
    result = tree()
    assert asked(result, "barg", "Model: the data").status == "answered"
    table = result["evidence"].to_dataset()
    table["source"] = ("arm", ["", *table["source"].values[1:]])
    result["evidence"] = xr.DataTree(table)
    item = asked(result, "fda_draft", "what is borrowed")
    assert item.status == "partly"
    assert "source of 1 of 7" in item.said


def test_a_known_rate_has_no_number_of_patients():
    result = tree()
    control = result["control"].to_dataset().assign(std=0.0, ess_moment=np.nan, ess_elir=np.nan)
    result["control"] = xr.DataTree(control)
    assert "None exists" in asked(result, "fda_draft", "effective sample size").said


def test_the_draft_is_called_a_draft_and_the_list_ours():
    text = checklists.as_text(tree())
    assert "It is a draft and may change. This list is ours" in text
    assert "no official form" in text


def test_the_numbers_are_those_of_the_tree():
    result = tree()
    assert "difference +34 points" in asked(result, "robust", "central tendency").said
    assert "35 to 91 % with HLC-001" in asked(result, "robust", "credible interval").said
    assert "9.1 by ELIR" in asked(result, "fda_draft", "effective sample size").said


def test_a_command_on_the_page_is_code():
    assert "<code>bayesips sensitivity hlc001</code>" in page(tree)


def test_the_page_holds_every_point_closed_until_asked_for():
    assert page(tree).count("<details>") == len(checklists.names())
    for name in checklists.names():
        assert checklists.tally(checklists.items(name, tree())) in page(tree)
