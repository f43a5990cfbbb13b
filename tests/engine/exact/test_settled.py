"""What the exact engine says is settled, or refused: against sums that know nothing of it."""

import numpy as np
import pytest
from scipy import special, stats

from bayesips.borrowing.map import Map
from bayesips.endpoints import Binary
from bayesips.engine import exact
from bayesips.engine.settle import Reading, of_rules, settle
from bayesips.errors import NotSettled
from bayesips.evidence.arm import Arm

IN_CONFLICT = [Arm("a", 5, 200), Arm("b", 150, 200), Arm("c", 10, 40)]
AT_ENDS = {
    "none": [Arm("a", 0, 40), Arm("b", 0, 44), Arm("c", 0, 51)],
    "all": [Arm("a", 40, 40), Arm("b", 44, 44), Arm("c", 3, 3)],
    "both": [Arm("a", 0, 1), Arm("b", 1, 2), Arm("c", 3, 3)],
}


class Sums:
    """MAP with mu ~ N(0, 2) and tau half-normal, by plain sums over mu, tau and every rate."""

    def __init__(self, arms, scale, top, mu):
        x, w = np.polynomial.legendre.leggauss(14)
        ends = [0.0, *(top / 2.0 ** np.arange(5, -1, -1))]
        halves = np.diff(ends)[:, None] / 2
        self.tau = (np.array(ends)[:-1, None] + halves * (1 + x)).ravel()
        mass = (halves * w).ravel()
        self.mu = mu
        logs = stats.norm.logpdf(mu, 0, 2) + np.log(mu[1] - mu[0])
        logs = logs + (np.log(mass) + stats.halfnorm.logpdf(self.tau, scale=scale))[:, None]
        self.arms = {arm.label: self._averaged(arm) for arm in arms}
        logs = logs + sum(log_likelihood for log_likelihood, _, _ in self.arms.values())
        self.log_evidence = special.logsumexp(logs)
        self.weights = np.exp(logs - self.log_evidence)

    def _averaged(self, arm):
        """Log likelihood over (tau, mu), and an arm's mean rate and mean square there."""
        z = np.linspace(-24, 24, 481)
        found = [np.empty((len(self.tau), len(self.mu))) for _ in range(3)]
        for place, tau in enumerate(self.tau):
            eta = self.mu[:, None] + tau * z
            logs = stats.norm.logpdf(z) + np.log(z[1] - z[0])
            logs = logs + arm.successes * special.log_expit(eta)
            logs += (arm.n - arm.successes) * special.log_expit(-eta)
            top = logs.max(axis=1, keepdims=True)
            part = np.exp(logs - top)
            total = part.sum(axis=1)
            rate = special.expit(eta)
            found[0][place] = np.log(total) + top[:, 0]
            found[1][place] = (part * rate).sum(axis=1) / total
            found[2][place] = (part * rate**2).sum(axis=1) / total
        found[0] -= np.log(arm.n + 1.0) + special.betaln(
            arm.successes + 1, arm.n - arm.successes + 1
        )
        return found

    def own(self, label):
        """Mean and sd of an arm's own rate."""
        _, rate, square = self.arms[label]
        mean = np.sum(self.weights * rate)
        return mean, np.sqrt(np.sum(self.weights * square) - mean**2)


def test_arms_in_conflict_under_a_narrow_spread_are_those_of_plain_sums():
    method = Map(tau=("half_normal", 0.05))
    found = exact.arm_posteriors(method, IN_CONFLICT, endpoint=Binary())
    truth = Sums(IN_CONFLICT, 0.05, 1.2, np.linspace(-4, 2, 301))
    for label, own in found.items():
        assert (float(own.mean()), float(own.std())) == pytest.approx(truth.own(label), abs=1e-8)
        assert 0 <= own.error <= exact.TOLERANCE
    # the figures that started it
    assert float(found["b"].mean()) == pytest.approx(0.6756, abs=5e-5)
    assert float(found["b"].std()) == pytest.approx(0.0328, abs=5e-5)


@pytest.mark.parametrize("case", AT_ENDS)
def test_arms_of_none_or_all_have_the_evidence_of_plain_sums(case):
    found = float(exact.log_evidence(Map(), AT_ENDS[case], endpoint=Binary()))
    truth = Sums(AT_ENDS[case], 1.0, 9.0, np.linspace(-20, 20, 501))
    assert found == pytest.approx(truth.log_evidence, abs=1e-9)


class Counting:
    """A reader whose grids are the efforts themselves; too narrow so many times."""

    def __init__(self, narrow=0):
        self.narrow = narrow

    def region(self):
        return 0

    def grid(self, region, effort):
        return region, effort

    def widened(self, region, grid):
        assert grid[0] == region
        return region + 1 if region < self.narrow else None


def read(value, error=None):
    return Reading(value, np.array([value]), error)


def test_a_quantity_settles_once_it_stands_still():
    found = settle(Counting(), lambda grid, _: read(2.0 ** -grid[1]), range(40), 1e-6, "it")
    assert found.error <= 1e-6
    assert found.value <= found.error


def test_a_reading_that_knows_its_error_needs_no_other():
    efforts = []

    def quantity(grid, effort):
        efforts.append(effort)
        return read(1.0, 1e-12)

    assert settle(Counting(), quantity, (1, 2, 3), 1e-9, "it").error == 1e-12
    assert efforts == [1]


def test_what_keeps_moving_is_refused():
    with pytest.raises(NotSettled, match="it did not settle within 1e-06"):
        settle(Counting(), lambda grid, _: read(float(grid[1])), range(5), 1e-6, "it")


def test_what_reaches_beyond_every_region_is_refused():
    with pytest.raises(NotSettled, match="keeps reaching beyond"):
        settle(Counting(narrow=1000), lambda *_: read(1.0, 0.0), (1,), 1e-6, "it")


def test_a_large_change_of_a_coarser_rule_is_not_squared():
    assert of_rules(np.array([0.5])) == 0.5
    assert of_rules(np.array([1e-5, 1e-6])) == pytest.approx(3e-9)


@pytest.mark.parametrize("seed", range(6))
def test_the_error_that_one_reading_tells_is_not_too_small(seed):
    rng = np.random.default_rng(seed)
    n = rng.integers(5, 150, 6)
    arms = [Arm(str(i), int(rng.binomial(size, 0.3)), int(size)) for i, size in enumerate(n)]
    for tolerance in (1e-4, 1e-6, 1e-9):
        rough = exact.solve(Map(), arms, endpoint=Binary(), tolerance=tolerance)
        fine = exact.solve(Map(), arms, endpoint=Binary(), tolerance=1e-12)
        rates = fine.ppf(np.array(exact.REPORTED))
        assert np.abs(rough.cdf(rates) - fine.cdf(rates)).max() <= 3 * max(rough.error, 1e-12)
