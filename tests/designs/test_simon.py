"""Simon's two-stage designs, admissible designs and their ranges, by complete search."""

import numpy as np
import pytest

from bayesips.designs.sequential import SequentialDesign
from bayesips.designs.simon import simon
from tests.reference_cases import identified, load

CASES = load("published_designs")
PUBLISHED = {case["id"]: case for case in CASES}
SIMON = [case for case in CASES if case["id"].startswith("simon1989")]


def errors(case):
    return [case["inputs"][name] for name in ("p0", "p1", "alpha", "beta")]


@pytest.mark.parametrize("case", SIMON, ids=identified)
def test_optimal_and_minimax_designs_of_the_1989_tables(case):
    found = simon(*errors(case))
    for name in ("optimal", "minimax"):
        expected, design = case["expected"][name], getattr(found, name)
        wanted = [expected[key] for key in ("r1", "n1", "r", "n")]
        assert [design.r1, design.n1, design.r, design.n] == wanted
        assert design.expected_n == pytest.approx(expected["EN_p0"], abs=1e-6)
        assert design.stop_probability == pytest.approx(expected["PET_p0"], abs=1e-6)


@pytest.mark.parametrize("name", ["clinfun_vignette_lenvatinib", "clinfun_vignette_p25_p45"])
def test_admissible_designs_of_the_peer(name):
    case = PUBLISHED[name]
    designs = simon(*errors(case)).admissible
    found = [[d.r1, d.n1, d.r, d.n, d.expected_n, d.stop_probability] for d in designs]
    np.testing.assert_allclose(found, list(case["expected"].values()), atol=1e-5)


def test_admissible_designs_change_at_the_published_weights():
    case = PUBLISHED["clinfun_lenvatinib_q_breaks"]
    designs = simon(*errors(case)).admissible
    breaks = [design.weights[0] for design in designs[:-1]]
    assert breaks == pytest.approx(case["expected"], abs=case["tolerance"])
    assert designs[0].weights[1] == 1
    assert designs[-1].weights[0] == 0


def test_errors_of_a_two_stage_design_are_those_of_the_forward_recursion():
    design = simon(0.1, 0.3, 0.05, 0.2).optimal
    stages, counts = (design.n1, design.n), [np.arange(n + 1) for n in (design.n1, design.n)]
    success = [np.zeros(design.n1 + 1, dtype=bool), counts[1] > design.r]
    sequential = SequentialDesign(stages, success, [counts[0] <= design.r1, ~success[1]])
    rates = np.array([0.1, 0.22, 0.3])
    np.testing.assert_allclose(
        design.reject_probability(rates), sequential.power(rates), rtol=1e-12
    )
    np.testing.assert_allclose(
        design.expected_n_at(rates), sequential.expected_n(rates), rtol=1e-12
    )
    assert [design.type1, 1 - design.power] <= [0.05, 0.2]
    assert design.type1 == pytest.approx(sequential.power(0.1), abs=1e-13)
    assert design.power == pytest.approx(sequential.power(0.3), abs=1e-13)


@pytest.mark.slow
def test_no_smaller_first_stage_would_do():
    """All designs of up to 22 patients by plain enumeration, against the search's choice."""
    p0, p1, alpha, beta = 0.1, 0.4, 0.05, 0.1
    found = simon(p0, p1, alpha, beta, n_max=22)
    best = min(
        expected
        for n in range(2, 23)
        for n1 in range(1, n)
        for r1 in range(n1)
        for expected in enumerated(n1, n, r1, p0, p1, alpha, beta)
    )
    assert found.optimal.expected_n == pytest.approx(best, abs=1e-10)


def enumerated(n1, n, r1, p0, p1, alpha, beta):
    """Expected size of the designs with these stages that meet both errors, r free."""
    from scipy import stats

    x1 = np.arange(r1 + 1, n1 + 1)
    for r in range(r1, n):
        null, alternative = (
            stats.binom.pmf(x1, n1, p) @ stats.binom.sf(r - x1, n - n1, p) for p in (p0, p1)
        )
        if null <= alpha and alternative >= 1 - beta:
            yield n1 + stats.binom.sf(r1, n1, p0) * (n - n1)


def test_a_search_without_a_design_names_the_nearest():
    with pytest.raises(ValueError, match=r"n <= 20 .* nearest has n = 25"):
        simon(0.05, 0.25, 0.05, 0.1, n_max=20)
    with pytest.raises(ValueError, match="nor has any"):
        simon(0.1, 0.12, 0.05, 0.1, n_max=30)


@pytest.mark.parametrize("rates", [(0.3, 0.2, 0.1, 0.1), (0.2, 0.4, 0, 0.1), (0, 0.4, 0.1, 0.1)])
def test_rates_and_errors_that_make_no_sense_are_refused(rates):
    with pytest.raises(ValueError, match="allowed"):
        simon(*rates)
