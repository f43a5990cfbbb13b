"""Words and direction of the outcome: a harm mirrors its lack, a response is no survival."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

import bayesips as bips
from bayesips.cli.output.result_object import as_object
from bayesips.declare.model import ModelError
from bayesips.plots import drawing, style
from bayesips.report.checklists import as_text
from bayesips.report.html import html
from tests.commands import said
from tests.trial_texts import SMALL, SPONDYLITIS, fault, text

HISTORY = ((32, 80), (29, 60), (15, 50))
RESPONSE = '[outcome]\nevent = "responded"\nnoun = "response rate"\nday = 112\n'
HARM = '[outcome]\nevent = "had mucositis"\nnoun = "mucositis rate"\nbetter = "lower"\n'
FREE = '[outcome]\nevent = "were free of it"\nnoun = "rate free of mucositis"\n'
OF_SURVIVAL = re.compile(r"surviv|alive|\bdead\b|\bdied\b|death|\bdies?\b", re.IGNORECASE)
BIAS = "[bias]\nera = { mean = 0.2, sd = 0.1 }\n[control]"


@pytest.fixture
def load(tmp_path):
    """Write a model with an outcome and load it."""

    def loaded(outcome, *parts, **more):
        file = tmp_path / "trial.toml"
        whole = text(*parts, **more).replace("[treated]", f"{outcome}[treated]", 1)
        file.write_text(whole.replace("[control]", BIAS))
        return bips.load_model(file)

    return loaded


def pair(load, scale=None, **more):
    """A harm and the same data counted as free of it."""
    harm = load(HARM, HISTORY, (3, 24), (9, 25), **more)
    turned = [(n - r, n) for r, n in HISTORY]
    free = load(FREE, turned, (21, 24), (16, 25), **more)
    return harm, free


CONTROLS = (
    'method = "map"\nrobust = { weight = 0.2 }',
    'method = "sam"\ndelta = 0.15',
    'method = "normalized_power"',
)


@pytest.mark.parametrize("control", CONTROLS)
def test_a_harm_is_the_mirror_of_its_lack(load, control):
    harm, free = (bips.assess(each) for each in pair(load, control=control))
    for group, name in (("decision", "probability"), ("outcomes", "probability"),
                        ("concurrent", "vague_weight"), ("effect", "share_no_benefit"),
                        ("effect", "number_needed"), ("surprise", "p_value")):  # fmt: skip
        found, expected = (tree[group][name].values for tree in (harm, free))
        expected = expected[::-1] if group == "outcomes" else expected
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    assert float(harm["control"]["mean"] + free["control"]["mean"]) == pytest.approx(1, abs=1e-12)
    assert float(harm["effect"]["mean"] + free["effect"]["mean"]) == pytest.approx(0, abs=1e-12)
    np.testing.assert_array_equal(harm["decision"]["met"], free["decision"]["met"])


def test_an_odds_ratio_turns_into_its_inverse(load):
    harm, free = pair(load)
    decisions = [(bips.Criterion(0.8, 0.9, "lower"),), (bips.Criterion(1 / 0.8, 0.9),)]
    turned = [
        replace(model, scale="odds_ratio", decisions=each)
        for model, each in zip((harm, free), decisions, strict=True)
    ]
    found = [float(each.effect(each.control()).probabilities(each.rule)[0]) for each in turned]
    assert found[0] == pytest.approx(found[1], abs=1e-12)


def test_sensitivity_turns_with_the_outcome(load):
    harm, free = pair(load)
    axes = {"bias.era.mean": [-0.3, 0.4], "decision.margin": [0.0, 0.1],
            "control.robust.weight": [0.0, 0.3]}  # fmt: skip
    cells = [bips.vary(model, axes)["probability"].values for model in (harm, free)]
    np.testing.assert_allclose(*cells, rtol=0, atol=1e-12)
    assert bips.tipping_point(harm, "treated.successes") == 24 - bips.tipping_point(
        free, "treated.successes"
    )
    turned = [bips.tipping_point(model, "decision.margin") for model in (harm, free)]
    assert turned[0] == pytest.approx(turned[1], abs=1e-7)
    rates = [bips.sensitivity.exact_tipping_rate(model) for model in (harm, free)]
    assert sum(rates) == pytest.approx(1, abs=1e-12)


@pytest.mark.slow
def test_the_bias_that_turns_the_decision_turns_with_the_outcome(load):
    turned = [bips.tipping_point(model, "bias.further shift.mean") for model in pair(load)]
    assert turned[0] == pytest.approx(turned[1], abs=1e-7)


def test_comparison_turns_with_the_outcome(load):
    tables = [bips.compare(model) for model in pair(load)]
    found, expected = (table["probability"].values for table in tables)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(tables[0]["met"], tables[1]["met"])


def test_a_harm_says_lower_and_at_most(load):
    tree = bips.assess(pair(load)[0])
    words = bips.conclusion(tree)
    assert "the mucositis rate is lower with New" in words
    assert "the mucositis rate with New is lower by more than 10 percentage points" in words
    assert re.search(r"It takes at most \d+ of 24 to meet it", words)
    assert "P(effect < margin)" in drawing.figure("outcomes", tree).axes[0].get_ylabel()
    assert "up to" in drawing.caption("outcomes", tree)
    assert "lower mucositis rate" in words_of(drawing.figure("effect", tree))


def words_of(figure):
    """Every text that stands in a figure."""
    with style.look("words"):
        found = figure.findobj(lambda each: hasattr(each, "get_text"))
    return "\n".join(each.get_text() for each in found)


def test_every_output_of_a_response_has_its_words(load, tmp_path):
    tree = bips.assess(load(RESPONSE, SPONDYLITIS, (14, 23), (1, 6)))
    file = tmp_path / "trial.toml"
    printed = {
        "conclusion": bips.conclusion(tree),
        "page": re.sub(r"data:image/svg\+xml;base64,[^\"]*", "", html(tree)),
        "json": json.dumps(as_object(tree)),
        "checklists": as_text(tree),
        "terminal": said("assess", file),
        "validate": said("validate", file),
        "compare": said("compare", file),
        "comparing controls": said("compare", file, "--controls", 3),
    }
    for name in drawing.names(tree):
        printed[f"caption of {name}"] = drawing.caption(name, tree)
        printed[f"figure {name}"] = words_of(drawing.figure(name, tree))
    found = {name: OF_SURVIVAL.findall(words) for name, words in printed.items()}
    assert {name: words for name, words in found.items() if words} == {}
    assert "14 of 23 patients treated with New responded at day 112" in printed["conclusion"]
    assert "the probability that the response rate is higher with New" in printed["conclusion"]
    assert as_object(tree)["endpoint"] == {"name": "response rate", "landmark_day": 112.0}


@pytest.mark.slow
def test_sensitivity_of_a_response_has_its_words(load, tmp_path):
    load(RESPONSE, SPONDYLITIS, (14, 23), (1, 6))
    printed = said("sensitivity", tmp_path / "trial.toml", "--out", tmp_path / "found")
    assert OF_SURVIVAL.findall(printed) == []
    figures = list((tmp_path / "found" / "figures").glob("*.svg"))
    assert figures
    texts = "".join(re.sub(r"<[^>]*>", " ", each.read_text()) for each in figures)
    assert OF_SURVIVAL.findall(texts) == []


def test_survival_keeps_its_words():
    words = bips.load_model("hlc001-binary").words
    assert words.did == "were alive at day 56"
    assert words.chance == "probability of being alive at day 56"
    assert (words.people, words.having, words.claim) == (
        "survivors", "having survived", "P(effect > margin)",
    )  # fmt: skip


def test_a_unit_of_its_own_is_named():
    tree = bips.assess(replace(bips.load_model("hlc001-binary"), outcome=EYES))
    assert "5 of 7 eyes treated with HLC-001 improved at day 56" in bips.conclusion(tree)
    assert "eyes that improved among 7 eyes" in words_of(drawing.figure("outcomes", tree))


EYES = bips.load_model("hlc001-binary").outcome.__class__(
    noun="rate of improvement", event="improved", unit="eyes"
)


@pytest.mark.parametrize(("old", "new", "why"), [
    ("event", "evnt", "did you mean 'event'?"),
    ('event = "responded"\n', "", "[outcome] event: missing; a text is required"),
    ("day = 112", 'better = "less"', "[outcome] better: 'less' given; allowed are 'higher'"),
    ("day = 112", "day = 0", "[outcome] day: 0 given; a number above 0 is required"),
    ("[outcome]", "landmark_day = 56\n[outcome]", "landmark_day is 56; they are one day"),
])  # fmt: skip
def test_outcomes_that_cannot_be_are_refused(tmp_path, old, new, why):
    whole = text(SMALL, (19, 40), (4, 20)).replace("[treated]", f"{RESPONSE}[treated]", 1)
    assert whole.count(old) == 1
    assert why in fault(tmp_path, whole.replace(old, new))


def test_patients_followed_in_time_are_better_off_if_more_stay(tmp_path):
    whole = text(SMALL, (19, 40), (4, 20)).replace("[treated]", f"{HARM}day = 56\n[treated]", 1)
    file = tmp_path / "trial.toml"
    file.write_text(whole.replace('"binary"', '"landmark"'))
    with pytest.raises(ModelError, match="more of them are better: count those"):
        bips.load_model(file)


def test_python_takes_the_same_outcome_as_a_file(load):
    harm = pair(load)[0]
    arms = [(f"Study {k}", r, n) for k, (r, n) in enumerate(HISTORY, 1)]
    words = {"event": "had mucositis", "noun": "mucositis rate", "better": "lower"}
    built = bips.model(
        arms, ("New", 3, 24), concurrent=("Placebo", 9, 25), outcome=words, robust=0.2,
        bias={"era": (0.2, 0.1)}, decisions=[(0.0, 0.975), (0.1, 0.9)],
    )  # fmt: skip
    found, expected = (bips.assess(each)["decision"]["probability"] for each in (built, harm))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)
    with pytest.raises(bips.Refused, match="outcome: event: missing"):
        bips.model(arms, ("New", 3, 24), outcome={"noun": "rate"})
