"""What borrowing methods have in common."""

import pytest

from bayesips.answer.control import control_posterior, control_prior
from bayesips.borrowing.commensurate import Commensurate
from bayesips.borrowing.exnex import Exnex
from bayesips.borrowing.map import Map
from bayesips.borrowing.meta_regression import MetaRegression
from bayesips.borrowing.sam import Sam
from bayesips.borrowing.student_map import StudentMap
from bayesips.endpoints import Landmark
from bayesips.evidence.arm import Arm

HIERARCHIES = (Map, StudentMap, Commensurate, MetaRegression, Exnex)


@pytest.mark.parametrize("kind", HIERARCHIES)
def test_a_mean_that_cannot_be_below_0_is_refused(kind):
    with pytest.raises(ValueError, match="mu is half_normal"):
        kind(mu=("half_normal", 1))


@pytest.mark.parametrize("kind", HIERARCHIES)
def test_a_spread_that_can_be_below_0_is_refused(kind):
    with pytest.raises(ValueError, match="tau is normal"):
        kind(tau=("normal", 0, 1))


@pytest.mark.parametrize(
    "controls",
    [
        Arm("controls", 5, 9, day=28),
        Arm("controls", 5, 9, relation=">="),
        Arm("controls", 5, 9, observations=((100.0, "=", 3),)),
        Arm("controls", 5, 9, day="discharge"),
    ],
    ids=["another day", "a bound", "a later row", "an unknown day"],
)
@pytest.mark.parametrize("method", [Map(), Sam(delta=0.2)], ids=["map", "sam"])
def test_concurrent_controls_that_are_no_count_at_the_landmark_are_refused(method, controls):
    history = [Arm("a", 4, 18), Arm("b", 1, 13)]
    with pytest.raises(ValueError, match="controls: concurrent controls are a count at the landma"):
        control_posterior(history, method, controls, endpoint=Landmark())


def test_concurrent_controls_at_the_day_asked_about_need_not_name_it():
    history = [Arm("a", 4, 18), Arm("b", 1, 13)]
    named, unnamed = (
        control_posterior(history, "map", Arm("c", 5, 9, day=day), endpoint=Landmark())
        for day in (56, None)
    )
    assert float(named.mean()) == float(unnamed.mean())


@pytest.mark.parametrize("bias", [(0.4, 0.15), {"immortal time": 0.3}, [("a", 0.1, -1.0)]])
def test_a_bias_that_is_no_mean_and_sd_is_refused_in_words(bias):
    with pytest.raises(ValueError, match=r"a bias .*mean, sd"):
        control_prior([Arm("a", 4, 18)], "pooled", bias=bias)


@pytest.mark.parametrize("method", ["sam", "elastic", "test_then_pool"])
def test_a_method_that_learns_from_controls_says_so_before_it_asks_for_settings(method):
    with pytest.raises(ValueError, match=f"{method} needs controls"):
        control_prior([Arm("a", 4, 18), Arm("b", 1, 13)], method)
