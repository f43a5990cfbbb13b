"""Shapes below 1 on the landmark scale: much mass lies where no double tells a rate from 0 or 1."""

import numpy as np
import pytest
from scipy import special

from bayesips.borrowing import method_class
from bayesips.distributions.link import CLOGLOG, LOGIT
from bayesips.distributions.mathematics import NUMPY
from bayesips.endpoints import Binary, Landmark
from bayesips.engine.exact import solve
from bayesips.engine.quadrature.beta_rates import log_beta
from bayesips.engine.quadrature.grouped_reader import reader_of
from bayesips.engine.quadrature.region import Resolution
from bayesips.engine.quadrature.story import Story
from bayesips.engine.quadrature.tails import Tail, tails
from bayesips.evidence.arm import Arm

DATA = [[(8, 40), (3, 12)], [(0, 5), (0, 4)], [(5, 5), (4, 4)]]
# A row so near to the landmark is the same count, but not in closed form.
NEARLY = 56 * (1 + 1e-13)


def reported(distribution):
    return np.array(
        [distribution.mean(), distribution.std(), *distribution.ppf([0.025, 0.25, 0.5, 0.975])]
    )


@pytest.mark.parametrize("counts", DATA, ids=["some", "none", "all"])
@pytest.mark.parametrize("shape", [0.01, 0.1, 0.5])
@pytest.mark.parametrize("name", ["normalized_power", "power", "leap", "pooled"])
def test_rows_at_the_landmark_day_are_counts_whatever_the_shapes(name, shape, counts):
    method = method_class(name)(a=shape, b=shape)
    counted = [Arm(str(i), *each) for i, each in enumerate(counts)]
    dated = [Arm(str(i), *each, day=NEARLY) for i, each in enumerate(counts)]
    expected = reported(solve(method, counted, endpoint=Binary()))
    found = reported(solve(method, dated, endpoint=Landmark()))
    np.testing.assert_allclose(found, expected, atol=1e-10)


@pytest.mark.parametrize("counts", DATA[1:], ids=["none", "all"])
def test_the_evidence_of_arms_all_alike_keeps_the_small_shapes_of_their_rates(counts):
    arms = [Arm(str(i), *each, day=NEARLY) for i, each in enumerate(counts)]
    story = Story.of(method_class("beta_hierarchy")(), arms, Landmark())
    reader = reader_of(story)
    hierarchy = reader.hierarchy(reader.region(), Resolution(34, 0.46, 26))
    weights = hierarchy.weights(slice(0, 1))[0]
    for rate, arm in zip(hierarchy.data, arms, strict=True):
        a, b = (value.of(hierarchy.nodes) for value in (rate.a, rate.b))
        lost = arm.n - arm.successes
        closed = special.betaln(a + arm.successes, b + lost) - special.betaln(a, b)
        wrong = np.abs(np.expm1(hierarchy.tables[rate][0] - closed))
        assert np.sum(weights * wrong) < 2e-9


@pytest.mark.parametrize("link", [LOGIT, CLOGLOG], ids=["logit", "cloglog"])
@pytest.mark.parametrize(("a", "b"), [(0.003, 2.0), (2.0, 0.003), (0.1, 0.1), (0.02, 7.0)])
def test_a_sum_over_a_lattice_without_end_is_the_whole_of_a_beta(link, a, b):
    low, high = link.limits
    nodes, step = np.linspace(low, high, 700, retstep=True)

    def logs(eta):
        return log_beta(link, eta, a, b)

    inner = np.exp(logs(nodes)).sum() * step
    within = np.log(inner)
    ends = tails(link, logs, np.asarray(within))
    whole = inner + sum(np.exp(end.log_sum(step)) for end in ends)
    assert whole == pytest.approx(1, abs=1e-11)
    for end in ends:
        shape = a if end.at_zero else b
        assert end.power == pytest.approx(shape, rel=1e-8)
        rate = np.exp(link.log_rate(np.array(end.limit), NUMPY))
        miss = np.exp(link.log_miss(np.array(end.limit), NUMPY))
        mass = special.betainc(a, b, rate) if end.at_zero else special.betainc(b, a, miss)
        assert np.exp(end.log_mass()) == pytest.approx(float(mass), rel=1e-9)


def test_mass_that_must_be_known_and_follows_no_power_is_refused():
    def logs(eta):
        return -0.01 * np.abs(eta) ** 1.5

    with pytest.raises(ArithmeticError, match="too much of the prior lies at survival"):
        tails(LOGIT, logs, np.asarray(0.0))


def test_mass_beyond_a_limit_that_is_nothing_needs_to_follow_no_power():
    low, high = tails(LOGIT, lambda eta: -(eta**2), np.asarray(0.0))
    assert isinstance(low, Tail)
    assert max(low.log_mass(), high.log_mass()) < -1000
