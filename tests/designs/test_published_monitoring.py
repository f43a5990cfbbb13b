"""Published monitoring boundaries and their errors: Lee & Liu, Thall & Simon, BOP2."""

import numpy as np
import pytest

from bayesips.designs.analyses import OneArm
from bayesips.designs.bop2 import bop2, bop2_fe_design
from bayesips.designs.looks import (
    Posterior,
    PredictiveAbove,
    PredictiveBelow,
    sequential_design,
)
from bayesips.designs.monitoring_rules import lee_liu, thall_simon
from bayesips.designs.predictive import predictive_probability, predictive_probability_two_arm
from bayesips.designs.rule import Criterion, Rule
from bayesips.designs.sequential import SequentialDesign
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.distributions import BetaMixture
from tests.reference_cases import load

PUBLISHED = {case["id"]: case for case in load("published_designs")}
UNIFORM = BetaMixture(1, 1, 1)
LOOKS = (10, 15, 20, 25, 30, 35, 40)


def beta(a, b):
    return BetaMixture(1, a, b)


def test_predictive_probability_of_lee_and_liu_2008():
    case = PUBLISHED["leeliu2008_pp"]
    found = predictive_probability(16, 23, 40, beta(0.6, 0.4), Rule([Criterion(0.6, 0.9)]))
    assert found == pytest.approx(case["expected"], abs=5e-8)


def test_predictive_probabilities_of_the_peer():
    mixture = beta(1, 1).mix(beta(25, 15), 0.25)
    found = predictive_probability(20, 23, 40, mixture, Rule([Criterion(0.6, 0.9)]))
    assert found == pytest.approx(PUBLISHED["phase1b_predprob_mix"]["expected"], abs=1e-9)
    trial = PUBLISHED["nct03377023_ppos"]["expected"]
    rule = Rule([Criterion(0.07, 0.95)])
    found = predictive_probability([1, 2], 20, 40, UNIFORM, rule)
    assert found == pytest.approx([trial["ppos_r1"], trial["ppos_r2"]], abs=5e-4)
    follow_on = predictive_probability(0, 0, 20, beta(6, 3), Rule([Criterion(0.3, 0.975)]))
    design = SingleArmDesign(20, beta(6, 3), Rule([Criterion(0.3, 0.975)]))
    assert follow_on == pytest.approx(design.assurance(beta(6, 3)), abs=1e-12)


def test_two_arm_predictive_probabilities_of_the_peer():
    treated, control = UNIFORM.mix(beta(50, 10), 1 / 3), UNIFORM.mix(beta(20, 40), 1 / 3)
    for name in ("phase1b_predprobDist_rct", "phase1b_predprobDist_rct_t05"):
        case = PUBLISHED[name]
        rule = Rule([Criterion(0.1, case["inputs"]["thetaT"])])
        design = TwoArmDesign(40, 20, treated, control, rule)
        found = predictive_probability_two_arm((16, 5), (23, 10), design)
        assert found == pytest.approx(case["expected"], abs=1e-7)
    design = TwoArmDesign(40, 0, beta(0.6, 0.4), beta(7, 11), Rule([Criterion(0.1, 0.9)]))
    expected = PUBLISHED["phase1b_predprobDist_single"]["expected"]["pp"]
    assert predictive_probability_two_arm((16, 0), (23, 0), design) == pytest.approx(expected)


def test_predictive_probability_at_the_end_is_the_decision():
    rule = Rule([Criterion(0.3, 0.9)])
    found = predictive_probability(np.arange(13), 12, 12, UNIFORM, rule)
    np.testing.assert_array_equal(found, SingleArmDesign(12, UNIFORM, rule).decisions())


def changes(design, key):
    """[look, boundary] at every look where the boundary moves."""
    rows = [(row["n"], row[key]) for row in design.boundaries() if row[key] is not None]
    return [list(row) for i, row in enumerate(rows) if not i or row[1] != rows[i - 1][1]]


@pytest.mark.parametrize(("name", "prior"), [("fut30", (0.4, 1.6)), ("fut40", (0.6, 1.4))])
def test_futility_boundaries_of_lee_and_liu(name, prior):
    case = PUBLISHED[f"ph2bayes_stopbound_pred_{name}"]
    rule = Rule([Criterion(case["inputs"]["p0"], 0.85)])
    design = lee_liu(range(1, case["inputs"]["nmax"] + 1), beta(*prior), rule, 0.05)
    assert changes(design, "stop_at_most") == case["expected"]


def test_superiority_boundary_of_lee_and_liu():
    rule = Rule([Criterion(0.3, 0.85)])
    design = lee_liu(range(1, 41), beta(0.6, 1.4), rule, 0.0, 0.95)
    assert (
        changes(design, "claim_at_least") == PUBLISHED["ph2bayes_stopbound_pred_sup40"]["expected"]
    )


@pytest.mark.parametrize(
    ("name", "prior", "standard"),
    [("fut30", (0.4, 1.6), (10, 40)), ("fut40", (0.6, 1.4), (15, 35))],
)
def test_futility_boundaries_of_thall_and_simon(name, prior, standard):
    case = PUBLISHED[f"ph2bayes_stopbound_post_{name}"]
    last = case["inputs"]["nmax"]
    design = thall_simon(range(1, last + 2), beta(*prior), beta(*standard), 0, 0.05, 0.95)
    found = [row for row in changes(design, "stop_at_most") if row[0] <= last]
    assert found == case["expected"]


def test_superiority_boundary_of_thall_and_simon():
    design = thall_simon(range(1, 41), beta(0.6, 1.4), beta(15, 35), 0, None, 0.95)
    assert (
        changes(design, "claim_at_least") == PUBLISHED["ph2bayes_stopbound_post_sup40"]["expected"]
    )


def test_continuous_monitoring_of_lee_and_liu_has_the_published_errors():
    expected = PUBLISHED["leeliu2008_design_N36"]["expected"]
    design = lee_liu(range(10, 37), beta(0.2, 0.8), Rule([Criterion(0.2, 0.9)]), 0.001)
    found = [design.power(0.2), design.power(0.4), design.early_stop(0.2), design.expected_n(0.2)]
    keys = ("type1", "power", "PET_p0", "EN_p0")
    assert found == pytest.approx([expected[key] for key in keys], abs=1e-9)
    assert [row[::-1] for row in changes(design, "stop_at_most")][:-1] == expected[
        "first_rejection"
    ]


@pytest.mark.parametrize("name", ["nct03377023_armA", "nct03377023_armB"])
def test_two_stage_trial_of_the_registry(name):
    given, expected = PUBLISHED[name]["inputs"], PUBLISHED[name]["expected"]
    rule = Rule([Criterion(given["p0"], given["theta"])])
    design = lee_liu((given["n1"], given["N"]), UNIFORM, rule, given["d"])
    first, last = design.boundaries()
    assert first["stop_at_most"] == expected["stop_if_le"]
    assert last["claim_at_least"] == expected["success_if_ge"]
    found = [design.power(given["p1"]), design.power(given["p0"]), design.early_stop(given["p0"])]
    wanted = [expected[key] for key in ("power", "type1", "PET_p0")]
    assert found == pytest.approx(wanted, abs=0.0051)


def bounds(design):
    rows = design.boundaries()
    return [row["stop_at_most"] for row in rows], [row["claim_at_least"] for row in rows]


def test_posterior_boundaries_of_the_peer_with_its_mixture_as_declared():
    # the peer transposes the mixture and pins the bounds of another prior in its own tests
    case = PUBLISHED["phase1b_boundsPostprob_mix_CORRECT"]
    go, stop = Rule([Criterion(0.2, 0.8)]), Rule([Criterion(0.15, 0.6, "lower")])
    for prior, key in (
        (BetaMixture([0.2, 0.8], [1, 2], [19, 10]), "phase1b_boundsPostprob_mix_CORRECT"),
        (BetaMixture([0.2, 0.8], [1, 19], [2, 10]), "phase1b_boundsPostprob_mix_as_pinned"),
    ):
        expected = PUBLISHED[key]["expected"]
        stopping = [OneArm(prior).decisions((n,), stop) for n in case["inputs"]["looks"]]
        going = [OneArm(prior).decisions((n,), go) for n in case["inputs"]["looks"]]
        assert [np.flatnonzero(each)[-1] for each in stopping] == expected["xL"]
        assert [np.flatnonzero(each)[0] for each in going] == expected["xU"]


def test_posterior_and_predictive_boundaries_of_the_peer():
    looks = (10, 20, 30, 40)
    expected = PUBLISHED["phase1b_boundsPostprob"]["expected"]
    stop, go = Rule([Criterion(0.15, 0.7, "lower")]), Rule([Criterion(0.2, 0.6)])
    design = sequential_design(OneArm(UNIFORM), looks, go, Posterior(go), Posterior(stop))
    assert bounds(design)[0][:3] == expected["xL"][:3]
    assert bounds(design)[1] == expected["xU"]
    expected = PUBLISHED["phase1b_boundsPredprob"]["expected"]
    success, failure = PredictiveAbove(0.9), PredictiveBelow(0.1)
    final = Rule([Criterion(0.2, 0.8)])
    design = sequential_design(OneArm(UNIFORM), looks, final, success, failure)
    assert bounds(design) == (expected["xL"], expected["xU"])


@pytest.mark.parametrize("name", [name for name in PUBLISHED if name.startswith("bop2_exact")])
def test_optimal_bop2_designs_by_enumeration(name):
    given, expected = PUBLISHED[name]["inputs"], PUBLISHED[name]["expected"]
    found = bop2(given["looks"], given["p0"], given["p1"], given["alpha"])
    assert bounds(found.design)[0] == expected["boundary_stop_le"]
    p0, p1 = given["p0"], given["p1"]
    size = found.design.expected_n(np.array([p0, p1]))
    result = [found.type1, found.power, found.design.early_stop(p0), *size]
    keys = ("type1", "power", "PET_p0", "EN_p0", "EN_p1")
    assert result == pytest.approx([expected[key] for key in keys], abs=1e-9)


def test_bop2_without_an_admissible_pair_names_the_nearest():
    with pytest.raises(ValueError, match="nearest has"):
        bop2((5, 10), 0.3, 0.6, 0.001)


def test_boundaries_and_errors_of_bop2_with_efficacy_stopping():
    expected = PUBLISHED["bop2fe_binary_boundary"]["expected"]
    design = bop2_fe_design(LOOKS, 0.2, 0.909, 1)
    assert bounds(design) == (expected["fut"], expected["sup"])
    exact = PUBLISHED["bop2fe_binary_oc"]["exact"]
    table = design.operating_characteristics([0.2, 0.4])
    for scenario, name in enumerate(("H0", "H1")):
        row = table.isel(scenario=scenario)
        assert 100 * row.power == pytest.approx(exact[name]["reject"], abs=1e-9)
        assert row.expected_n == pytest.approx(exact[name]["ASN"], abs=1e-9)
        early = row.efficacy[:-1].sum(), row.futility[:-1].sum()
        wanted = exact[name]["early_sup"], exact[name]["early_fut"]
        assert [100 * float(each) for each in early] == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "endpoint", "p0"),
    [
        ("coprimary", "ORR", 0.1),
        ("coprimary", "PFS6", 0.2),
        ("nested", "CR", 0.15),
        ("nested", "CRPR", 0.3),
    ],
)
def test_boundaries_of_bop2_for_each_of_several_endpoints(name, endpoint, p0):
    # a margin of the Dirichlet prior worth one patient is a Beta worth one patient
    expected = PUBLISHED[f"bop2fe_{name}_boundary"]["expected"]
    stop, claim = bounds(bop2_fe_design(LOOKS, p0, 0.95, 1))
    assert stop == expected[f"fut_{endpoint}"]
    assert claim == expected[f"sup_{endpoint}"]


def test_toxicity_boundary_of_the_peer():
    looks, limits = (20, 40, 60, 75), (7, 12, 17, 20)
    crossed = [np.arange(n + 1) > limit for n, limit in zip(looks, limits, strict=True)]
    never = [np.zeros(n + 1, dtype=bool) for n in looks]
    design = SequentialDesign(looks, crossed, never)
    rates = np.array([0.2, 0.26, 0.35])
    found = np.stack([design.power(rates), design.early_stop(rates), design.expected_n(rates)], 1)
    expected = np.array(PUBLISHED["clinfun_toxbdry"]["expected"])
    np.testing.assert_allclose(found, expected, atol=0.051)
    np.testing.assert_allclose(found[:, :2], expected[:, :2], atol=6e-4)
