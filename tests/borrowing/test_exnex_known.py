"""EXNEX with a part that is known already, counts and dated rows alike."""

import numpy as np
import pytest

from bayesips import control_prior
from bayesips.borrowing.exnex import Exnex
from bayesips.endpoints import Binary, Landmark
from bayesips.engine.quadrature.rate_and_shape import ShapeReading
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import LUNG
from tests.borrowing.test_exnex_parts import MIXED, believed

DATED = [
    Arm("Tizon", 8, 22, day=28),
    Arm("Zhu", 3, 23, day=100, relation="<="),
    Arm("0403", 9, 18, day=56, relation=">=", observations=[(100, "<=", 9)]),
]


@pytest.mark.parametrize(
    ("endpoint", "arms"),
    [(Binary(), LUNG), (Landmark(), DATED)],
    ids=["binary", "landmark"],
)
def test_a_part_that_is_known_is_as_being_alone(endpoint, arms):
    known = Exnex(
        (0.5, 0.3),
        mu=(("normal", -0.4, 1), ("fixed", 0.2)),
        tau=(("half_normal", 0.5), ("fixed", 0.8)),
        alone=("normal", 0.2, 0.8),
    )
    one = Exnex(0.5, mu=known.mu[0], tau=known.tau[0], alone=known.alone)
    first, second = (believed(each, arms, endpoint=endpoint) for each in (known, one))
    assert np.allclose(first, second, atol=1e-8)


def test_the_joint_with_the_shape_has_the_mean_of_the_answer():
    joint = ShapeReading.of(MIXED, DATED, Landmark()).control()
    mean = np.sum(joint.mass * np.exp(-np.exp(joint.eta)))
    answer = control_prior(DATED, MIXED, endpoint=Landmark())
    within = (
        1 - answer.atom_weights.sum()
    )  # the joint leaves out what lies beyond the link's limits
    assert float(mean) * within == pytest.approx(float(answer.mean()), abs=1e-6)
