"""One- and two-arm designs against another library's, against enumeration, and closed forms."""

import numpy as np
import pytest
from scipy import special

from bayesips.designs.arm_analysis import ArmAnalysis
from bayesips.designs.binomial import expectation, pair_expectation, pmf_table
from bayesips.designs.comparison import Comparison
from bayesips.designs.rule import Criterion, Rule, ThreeWay
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.superiority import superiority_table
from bayesips.designs.three_way import ThreeWayDesign
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.distributions import BetaMixture, Points
from bayesips.distributions.convert import as_density
from tests.reference_cases import identified, load

CASES = load("designs")
PUBLISHED = {case["id"]: case for case in load("published_designs")}
PRIORS = {name: BetaMixture(*parameters) for name, parameters in CASES["priors"].items()}
UNIFORM = BetaMixture(1, 1, 1)
SUPERIOR = Rule([Criterion(0, 0.975)])


def rule(declared):
    return Rule([Criterion(*each) for each in declared["criteria"]], declared["scale"])


def outcomes_met(case):
    met = np.zeros((case["n_treated"] + 1, case["n_control"] + 1), dtype=bool)
    for control, between in enumerate(case["met"]):
        if between is not None:
            met[between[0] : between[1] + 1, control] = True
    return met


@pytest.mark.parametrize("case", CASES["one_arm"], ids=identified)
def test_one_arm_designs_are_those_of_the_reference(case):
    design = SingleArmDesign(case["n"], PRIORS[case["prior"]], rule(CASES["rules"][case["rule"]]))
    assert np.flatnonzero(design.decisions()).tolist() == case["met"]
    assert design.power(case["rate"]) == pytest.approx(np.array(case["power"]), abs=1e-11)
    for name, expected in zip(case["design_priors"], case["assurance"], strict=True):
        assert design.assurance(PRIORS[name]) == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("case", CASES["two_arm"], ids=identified)
def test_two_arm_designs_are_those_of_the_reference(case):
    design = TwoArmDesign(
        case["n_treated"],
        case["n_control"],
        PRIORS[case["prior_treated"]],
        PRIORS[case["prior_control"]],
        rule(CASES["rules"][case["rule"]]),
    )
    np.testing.assert_array_equal(design.decisions(), outcomes_met(case))
    power = design.power(case["rate_treated"], case["rate_control"])
    assert power == pytest.approx(np.array(case["power"]), abs=1e-11)
    pairs = zip(case.get("design_priors", []), case.get("assurance", []), strict=True)
    for (treated, control), expected in pairs:
        found = design.assurance(PRIORS[treated], PRIORS[control])
        assert found == pytest.approx(expected, abs=1e-11)


@pytest.mark.parametrize("case", CASES["two_sided"], ids=identified)
def test_two_sided_two_arm_designs_are_those_of_the_enumeration(case):
    priors = [BetaMixture(*case[name]) for name in ("prior_treated", "prior_control")]
    design = TwoArmDesign(case["n_treated"], case["n_control"], *priors, rule(case["rule"]))
    np.testing.assert_array_equal(design.decisions(), np.array(case["met"], dtype=bool))
    power = design.power(case["rate_treated"], case["rate_control"])
    assert power == pytest.approx(np.array(case["power"]), abs=1e-12)


@pytest.mark.parametrize("name", ["rbest_oc2S_classic", "rbest_oc2S_lancet"])
def test_informative_control_designs_of_the_peer(name):
    given, expected = PUBLISHED[name]["inputs"], PUBLISHED[name]["expected"]
    priors = [BetaMixture(1, *given[key]) for key in ("prior_active", "prior_control")]
    rules = Rule([Criterion(0, 0.95)])
    design = TwoArmDesign(given["n_active"], given["n_control"], *priors, rules)
    rates = np.array(given["theta_type1"])
    assert design.power(rates, rates) == pytest.approx(np.array(expected["type1"]), abs=1e-11)
    power = design.power(0.25 + np.linspace(0, 0.5, 6), 0.25)
    assert power == pytest.approx(np.array(expected["power"]), abs=1e-11)


def test_design_of_schmidli_2014_table_2():
    case = PUBLISHED["schmidli2014_table2_beta416"]
    design = TwoArmDesign(40, 20, UNIFORM, BetaMixture(1, 4, 16), SUPERIOR)
    rates = np.array(case["inputs"]["pc"])
    for effect, key in ((0, "delta0"), (0.3, "delta03")):
        power = design.power(np.minimum(rates + effect, 1), rates)
        assert power == pytest.approx(np.array(case["expected"][key]), abs=case["tolerance"])


def test_bayes_factor_rule_is_a_posterior_probability_rule():
    # Beta(1, 1) cut at .2: a Bayes factor of 3 is posterior odds of 3 (.8 / .2)
    for n, power, error in PUBLISHED["bfbin2arm_freq"]["expected"]:
        design = SingleArmDesign(n, UNIFORM, Rule([Criterion(0.2, 12 / 13)]))
        assert design.power([0.4, 0.2]) == pytest.approx([power, error], abs=1e-6)


def test_a_tie_does_not_meet_its_criterion():
    design = TwoArmDesign(9, 9, UNIFORM, UNIFORM, Rule([Criterion(0, 0.5)]))
    assert not design.decisions()[np.arange(10), np.arange(10)].any()
    opposite = TwoArmDesign(9, 9, UNIFORM, UNIFORM, Rule([Criterion(0, 0.5, "lower")]))
    assert not opposite.decisions()[np.arange(10), np.arange(10)].any()


def test_more_treated_successes_never_hurt_and_more_control_successes_never_help():
    relevant = Rule([Criterion(0.1, 0.8)])
    for prior in PRIORS.values():
        met = TwoArmDesign(12, 9, UNIFORM, prior, relevant).decisions()
        assert np.all(np.diff(met.astype(int), axis=0) >= 0)
    met = TwoArmDesign(12, 9, UNIFORM, UNIFORM, relevant).decisions()
    assert np.all(np.diff(met.astype(int), axis=1) <= 0)


def test_no_controls_is_a_trial_against_an_uncertain_rate():
    case = PUBLISHED["phase1b_predprobDist_single"]
    table = superiority_table(
        ArmAnalysis(BetaMixture(1, 0.6, 0.4), 40),
        ArmAnalysis(BetaMixture(1, 7, 11), 0),
        Comparison(0.1, "difference"),
    )
    assert table.above[16:34, 0] == pytest.approx(case["expected"]["posterior"], abs=1e-9)


def test_any_distribution_can_be_a_prior():
    prior, rule = PRIORS["as2_rob20"], Rule([Criterion(0.2, 0.9), Criterion(0.35, 0.5)])
    mixture, density = (
        SingleArmDesign(20, prior, rule),
        SingleArmDesign(20, as_density(prior), rule),
    )
    np.testing.assert_allclose(density.probabilities, mixture.probabilities, atol=1e-10)
    np.testing.assert_array_equal(density.decisions(), mixture.decisions())
    assert density.assurance(as_density(prior)) == pytest.approx(
        mixture.assurance(prior), abs=1e-10
    )
    treated = TwoArmDesign(12, 8, as_density(prior), prior, SUPERIOR)
    np.testing.assert_array_equal(
        treated.decisions(), TwoArmDesign(12, 8, prior, prior, SUPERIOR).decisions()
    )


def test_a_known_control_rate_makes_a_two_arm_design_a_one_arm_design():
    known = Points(np.array([0.3]), np.array([1.0]))
    two = TwoArmDesign(15, 0, UNIFORM, known, Rule([Criterion(0.1, 0.9)]))
    one = SingleArmDesign(15, UNIFORM, Rule([Criterion(0.4, 0.9)]))
    np.testing.assert_array_equal(two.decisions()[:, 0], one.decisions())


def test_thresholds_outside_the_unit_interval_are_settled():
    for threshold, above in ((-0.1, 1), (0.0, 1), (1.0, 0), (1.2, 0)):
        design = SingleArmDesign(4, UNIFORM, Rule([Criterion(threshold, 0.5)]))
        np.testing.assert_array_equal(design.probabilities, np.full((1, 5), above))


def test_power_on_a_grid_is_power_point_by_point():
    design = TwoArmDesign(7, 5, UNIFORM, UNIFORM, SUPERIOR)
    treated, control = np.array([0.1, 0.5, 0.9]), np.array([0.2, 0.3])
    grid = design.power(treated[:, None], control)
    single = [[float(design.power(t, c)) for c in control] for t in treated]
    np.testing.assert_allclose(grid, single, rtol=1e-12)
    np.testing.assert_allclose(design.power(treated, control[:, None]), grid.T, rtol=1e-12)


@pytest.mark.parametrize("n", [1, 7, 40, 900, 1400])
def test_expectations_of_counts_are_sums_over_their_probabilities(n):
    values = np.random.default_rng(n).random(n + 1)
    rates = np.array([0, 1e-9, 0.03, 0.5, 0.72, 1 - 1e-9, 1])
    expected = pmf_table(n, rates) @ values
    np.testing.assert_allclose(expectation(values, rates), expected, rtol=1e-10)
    assert expectation(np.arange(n + 1.0), 0.3) == pytest.approx(0.3 * n, rel=1e-12)
    assert expectation(np.zeros(n + 1), 0.3) == 0
    pair = pair_expectation(np.outer(values, values), rates, rates[::-1])
    np.testing.assert_allclose(pair, expected * expected[::-1], rtol=1e-10)


def test_estimates_of_one_arm_are_summed_over_all_outcomes():
    design = SingleArmDesign(12, BetaMixture(1, 2, 2), SUPERIOR)
    rate, outcomes = 0.3, np.arange(13)
    pmf = special.binom(12, outcomes) * rate**outcomes * (1 - rate) ** (12 - outcomes)
    means = (outcomes + 2) / 16
    assert design.bias(rate) == pytest.approx(pmf @ means - rate, abs=1e-13)
    assert design.mean_squared_error(rate) == pytest.approx(pmf @ (means - rate) ** 2, abs=1e-13)
    low = special.betaincinv(outcomes + 2, 14 - outcomes, 0.025)
    high = special.betaincinv(outcomes + 2, 14 - outcomes, 0.975)
    held = (low <= rate) & (rate <= high)
    assert design.coverage(rate) == pytest.approx(pmf[held].sum(), abs=1e-12)
    assert [row["met"] for row in design.boundary()] == design.decisions().tolist()


def test_go_consider_and_stop_share_all_probability():
    go, stop = Rule([Criterion(0, 0.9)]), Rule([Criterion(0.2, 0.8, "lower")])
    both = ThreeWayDesign(TwoArmDesign(12, 8, UNIFORM, UNIFORM, go), ThreeWay(go, stop))
    shares = both.probabilities(np.array([0.2, 0.5]), 0.3)
    np.testing.assert_allclose(sum(shares.values()), 1, rtol=1e-12)
    power = TwoArmDesign(12, 8, UNIFORM, UNIFORM, go).power(np.array([0.2, 0.5]), 0.3)
    np.testing.assert_allclose(shares["go"], power, rtol=1e-12)
    assert sum(both.assurances(UNIFORM, UNIFORM).values()) == pytest.approx(1, abs=1e-12)
    assert both.verdicts()[12, 0] == "go"
    assert both.verdicts()[0, 8] == "stop"


def test_go_and_stop_by_counts_of_the_peer():
    case = PUBLISHED["phase1b_ocPostprob"]
    counts = np.arange(41)
    for name, met in (("go", counts >= 20), ("stop", counts <= 13)):
        found = expectation(met.astype(float), 0.5)
        assert found == pytest.approx(case["expected"][name], abs=case["tolerance"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Criterion(0.2, 1.5), "probability"),
        (lambda: Criterion(float("nan"), 0.5), "threshold"),
        (lambda: Criterion(0.2, 0.5, "both"), "tail"),
        (lambda: Rule([]), "at least one"),
        (lambda: Rule([0.5]), "criteria"),
        (lambda: Rule([Criterion(0, 0.5)], "log"), "scale"),
        (lambda: Rule([Criterion(0, 0.5)], "ratio"), "above 0"),
        (lambda: ThreeWay(SUPERIOR, Rule([Criterion(1, 0.5)], "ratio")), "scale"),
        (lambda: SingleArmDesign(0, UNIFORM, SUPERIOR), "n is 0"),
        (lambda: TwoArmDesign(4, -1, UNIFORM, UNIFORM, SUPERIOR), "n_control"),
        (lambda: SingleArmDesign(4, UNIFORM, SUPERIOR).power(1.2), "rate"),
    ],
)
def test_what_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
