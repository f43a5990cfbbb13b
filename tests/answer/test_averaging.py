"""Averaging over methods: weights from what each predicted, else refused."""

import numpy as np
import pytest
from scipy import stats

from bayesips import Landmark, control_posterior, control_prior
from bayesips.answer.averaging import average_by_arms, average_by_controls
from bayesips.borrowing.benchmark import Benchmark
from bayesips.borrowing.power import Power
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import CONTROLS, LUNG, PAST, TWO


def test_weights_are_those_of_the_beta_binomial():
    found = average_by_controls(PAST, ["separate", "pooled", Power(0.25)], CONTROLS)
    shapes = [(1, 1), (9, 33), (3, 9)]
    logs = np.array([stats.betabinom(7, a, b).logpmf(5) for a, b in shapes])
    assert found.log_predictive == pytest.approx(logs, abs=1e-12)
    assert found.weights == pytest.approx(np.exp(logs) / np.exp(logs).sum(), abs=1e-12)
    assert found.methods == ("separate", "pooled", "power")


def test_the_average_is_the_mixture_of_the_posteriors():
    methods = ["map", "pooled", "leap", Benchmark(0.3)]
    found = average_by_controls(LUNG, methods, CONTROLS)
    means = [float(control_posterior(LUNG, method, CONTROLS).mean()) for method in methods]
    assert float(found.distribution.mean()) == pytest.approx(found.weights @ means, abs=1e-10)


def test_two_known_rates_are_weighed_by_their_likelihood():
    found = average_by_controls(PAST, [Benchmark(0.2), Benchmark(0.6)], CONTROLS)
    odds = (0.6 / 0.2) ** 5 * (0.4 / 0.8) ** 2
    assert found.weights[1] / found.weights[0] == pytest.approx(odds, rel=1e-12)


def test_without_controls_each_arm_is_predicted_from_the_others():
    found = average_by_arms(TWO, ["separate", "pooled"])
    alone = np.log(1 / 41) + np.log(1 / 36)
    together = stats.betabinom(40, 10, 27).logpmf(12) + stats.betabinom(35, 13, 29).logpmf(9)
    assert found.log_predictive == pytest.approx([alone, together], abs=1e-12)
    assert float(found.distribution.mean()) == pytest.approx(
        found.weights @ [float(control_prior(TWO, m).mean()) for m in ("separate", "pooled")],
        abs=1e-12,
    )


def test_prior_weights_of_methods_enter():
    found = average_by_controls(
        PAST, [Benchmark(0.2), Benchmark(0.6)], CONTROLS, prior_weights=[1, 0]
    )
    assert found.weights == pytest.approx([1, 0], abs=0)


def test_one_arm_and_no_controls_are_refused():
    with pytest.raises(ValueError, match="not averaged"):
        average_by_arms(PAST, ["separate", "pooled"])
    with pytest.raises(ValueError, match="one or more concurrent controls"):
        average_by_controls(PAST, ["separate", "pooled"], Arm("none", 0, 0))


def test_a_method_that_learns_from_the_controls_is_refused():
    with pytest.raises(ValueError, match="empirical_power cannot be averaged"):
        average_by_controls(PAST, ["pooled", "empirical_power"], CONTROLS)


@pytest.mark.parametrize(
    ("arm", "endpoint"),
    [
        (Arm("bound", 9, 18, relation=">="), None),
        (Arm("other day", 9, 18, day=100), Landmark()),
    ],
    ids=lambda value: getattr(value, "label", ""),
)
def test_an_arm_that_is_no_count_at_the_landmark_is_refused(arm, endpoint):
    with pytest.raises(ValueError, match=arm.label):
        average_by_arms([*PAST, arm], ["separate", "pooled"], endpoint=endpoint)
