"""EB-robust MAP: the least vague weight, against a plain search."""

import numpy as np
import pytest

from bayesips import BetaMixture, adapted, box_p_value, control_prior
from bayesips.borrowing.eb_robust import EbRobust
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import LUNG

INFORMATIVE = BetaMixture([1.0], [15.0], [45.0])
VAGUE = BetaMixture([1.0], [1.0], [1.0])


def vague_weight(successes, n, threshold=0.5):
    """The vague part's weight."""
    method = EbRobust(threshold, informative="pooled")
    change = method.adapt([], Arm("controls", successes, n), lambda _: INFORMATIVE)
    assert change.weight == pytest.approx(1 - change.robust.weight, abs=1e-15)
    return change.robust.weight


@pytest.mark.parametrize("successes", [0, 1, 3, 6, 8, 12, 20])
def test_no_smaller_weight_explains_the_controls(successes):
    found = vague_weight(successes, 20)
    for weight in np.linspace(0, 1, 101):
        tail = float(box_p_value(INFORMATIVE.mix(VAGUE, weight), successes, 20))
        if weight < found - 1e-3:
            assert tail < 0.5
    if found < 1:
        assert box_p_value(INFORMATIVE.mix(VAGUE, min(found + 1e-9, 1.0)), successes, 20) >= 0.5


def test_controls_that_agree_keep_history_whole():
    assert vague_weight(5, 20) == 0.0


def test_controls_that_nothing_explains_end_the_borrowing():
    assert vague_weight(20, 20) > 0.9


def test_a_lower_threshold_borrows_longer():
    assert vague_weight(10, 20, threshold=0.1) <= vague_weight(10, 20, threshold=0.6)


def test_it_is_built_on_the_map_of_history():
    controls = Arm("controls", 5, 7)
    change = adapted(EbRobust(0.5), LUNG, controls)
    mixed = control_prior(LUNG, "map", robust=change.robust.weight)
    assert float(box_p_value(mixed, 5, 7)) >= 0.5 - 1e-6
