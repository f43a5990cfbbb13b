"""The shipped models load, and each control set holds the rows it is meant to hold."""

from itertools import combinations

import pytest
from scipy.special import logit

from bayesips.borrowing import method_name
from bayesips.declare.model import load_model, shipped_names
from bayesips.declare.shipped import models_directory
from bayesips.endpoints import Binary, Landmark
from bayesips.endpoints.counts import binary_reading
from bayesips.evidence.checks import SURVIVAL
from bayesips.evidence.rows import EvidenceError
from bayesips.evidence.selection import load_evidence, without_bounds

PLACEBO = ("Yanik 2014, placebo+CS", 18, ((56, ">=", 9), (100, "<=", 9)))
SETS = {
    "trial": [("HLC-001", 7, ((56, "=", 5), (100, "=", 5), ("not stated", "=", 2)))],
    "benchmark": [],
    "narrow": [
        ("Tizon 2012, CS alone - not discharged off support", 18, ((28, "=", 4),)),
        ("Thompson 2017, non-responders to etanercept+CS", 13, ((60, "=", 0),)),
    ],
    "broad": [
        ("Kantrow 1997, all IPS", 85, (("discharge", "=", 18),)),
        ("Fukuda 2003, all IPS (NMA+conventional)", 81, (("not stated", "=", 20),)),
        ("Tizon 2012, CS alone (1999-2003)", 22, ((28, "=", 8),)),
        ("Zhu 2008, early-onset IPS", 23, ((100, "<=", 3),)),
        ("Sano 2014, IPS", 14, (("not stated", "=", 3),)),
        PLACEBO,
    ],
    "broad_registry": [("Broglie 2019, pneumonitis", 388, ((100, "=", 190),))],
    "optimistic": [
        ("Tizon 2012, CS+etanercept (2004-2007)", 17, ((28, "=", 15),)),
        ("Yanik 2008, etanercept+CS", 15, ((28, "=", 11),)),
        PLACEBO,
        ("Yanik 2014, etanercept+CS", 16, ((56, ">=", 8), (100, ">=", 8))),
    ],
    "optimistic_paediatric": [("Yanik 2015, etanercept+CS", 28, ((28, "=", 25),))],
    "ventilation": [
        ("Kantrow 1997, mechanically ventilated", 59, (("discharge", "=", 2),)),
        ("Kantrow 1997, never ventilated", 26, (("discharge", "=", 16),)),
    ],
}
MODELS = {  # model: control set, method, robust weight
    "hlc001": ("broad", "map", 0.2),
    "hlc001-bias": ("broad", "map", 0.2),
    "hlc001-binary": ("broad", "map", 0.2),
    "hlc001-narrow": ("narrow", "map", 0.2),
    "hlc001-optimistic": ("optimistic", "map", 0.2),
    "hlc001-ventilation": ("ventilation", "stratified", None),
    "hlc001-benchmark": ("benchmark", "benchmark", None),
}


@pytest.fixture(scope="module")
def ips():
    return load_evidence(models_directory() / "evidence" / "ips.csv")


def told(arms):
    """Arms as label, patients and rows."""
    return [(arm.label, arm.n, arm.rows) for arm in arms]


@pytest.mark.parametrize("name", SETS)
def test_a_control_set_holds_these_rows_and_no_others(ips, name):
    assert told(ips.select(name).arms) == SETS[name]


def test_no_other_control_set_is_in_the_file(ips):
    assert set(ips.known_sets) == set(SETS)


def test_every_row_is_survival_belongs_to_a_set_and_has_a_source(ips):
    for row in ips.rows:
        assert row.endpoint in SURVIVAL
        assert row.control_sets
        assert row.text["citation"]


def test_recalled_identifiers_are_shown_as_unverified(ips):
    recalled = {row.study for row in ips.rows if row.text["identifiers"] == "recalled"}
    assert recalled == {"Fukuda 2003", "Tizon 2012", "Zhu 2008", "Yanik 2008", "Yanik 2015"}
    for arm in ips.arms:
        unverified = arm.label.split(",")[0] in recalled
        assert ("identifiers recalled, not verified" in arm.flags) == unverified
        assert ("not verified" in arm.source) == unverified


@pytest.mark.parametrize("name", SETS)
def test_no_set_holds_two_arms_of_one_study_unless_they_are_disjoint(ips, name):
    disjoint = [
        {"mechanically ventilated", "never ventilated"},  # 59 + 26 of 85
        {"placebo+CS", "etanercept+CS"},  # randomised
    ]
    rows = {(row.study, row.arm) for row in ips.select(name).rows}
    for (study, arm), (other, part) in combinations(rows, 2):
        assert study != other or {arm, part} in disjoint


def test_the_ventilation_strata_are_never_joined_to_their_whole(ips):
    with pytest.raises(EvidenceError, match="count twice"):
        ips.select("broad", "ventilation")


def test_in_the_broad_set_only_the_placebo_arm_speaks_of_day_56():
    arms = load_model("hlc001").history
    pretended = {
        arm.label: [f for f in arm.flags if "day" in f or "bound" in f]
        for arm in binary_reading(arms, 56)
    }
    assert pretended == {
        "Kantrow 1997, all IPS": ["day of discharge unknown"],
        "Fukuda 2003, all IPS (NMA+conventional)": ["day not stated"],
        "Tizon 2012, CS alone (1999-2003)": ["day 28, not day 56"],
        "Zhu 2008, early-onset IPS": ["bound read as a count (at most)", "day 100, not day 56"],
        "Sano 2014, IPS": ["day not stated"],
        "Yanik 2014, placebo+CS": ["bound read as a count (at least)"],
    }


def test_the_second_run_of_the_broad_set_drops_its_two_bounds():
    kept = binary_reading(without_bounds(load_model("hlc001").history), 56)
    assert [(arm.successes, arm.n) for arm in kept] == [(18, 85), (20, 81), (8, 22), (3, 14)]


def test_these_models_are_shipped_at_least():
    assert set(MODELS) <= set(shipped_names())


@pytest.mark.parametrize("name", MODELS)
def test_a_shipped_model_declares_what_its_name_says(name):
    control_set, method, weight = MODELS[name]
    model = load_model(name)
    assert model.name == name
    assert (model.treated.successes, model.treated.n) == (5, 7)
    assert model.treated.observations == ((100, "=", 5), ("not stated", "=", 2))
    assert model.landmark_day == 56
    assert told(model.history) == SETS[control_set]
    assert method_name(model.method) == method
    assert (model.robust and model.robust.weight) == weight
    assert [(d.margin, d.probability) for d in model.decisions] == [(0.0, 0.975)]


def test_rows_are_read_at_their_own_days_but_where_the_name_says_binary_or_benchmark():
    binary = {name for name in MODELS if isinstance(load_model(name).endpoint, Binary)}
    assert binary == {"hlc001-binary", "hlc001-benchmark"}
    landmark = [load_model(name) for name in MODELS if name not in binary]
    assert {model.endpoint for model in landmark} == {Landmark(day=56)}


def test_the_biases_are_immortal_time_and_refractoriness():
    biases = {bias.name: (bias.mean, bias.sd) for bias in load_model("hlc001-bias").bias}
    assert set(biases) == {"immortal_time", "refractory"}
    mean, sd = biases["immortal_time"]
    low, high = (logit(rate) - logit(0.245) for rate in (0.30, 0.36))
    assert low < mean < high
    assert sd == pytest.approx((high - low) / 2, abs=0.01)
    assert biases["refractory"][0] < 0


@pytest.mark.parametrize("name", shipped_names())
def test_every_shipped_model_loads(name):
    assert load_model(name).name == name


def test_the_benchmark_is_the_rate_of_its_evidence_row():
    model = load_model("hlc001-benchmark")
    (row,) = model.evidence.records()
    assert model.method.rate == float(row["reported"]) / 100
