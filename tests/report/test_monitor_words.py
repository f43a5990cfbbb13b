"""What a running trial's status says about its plan."""

import pytest

from bayesips.planning.monitoring import monitor
from bayesips.planning.plan_file import load_plan
from bayesips.report.monitor_words import deviation, standing


@pytest.fixture(scope="module")
def plan():
    """The shipped two-stage plan: looks at several numbers of patients."""
    return load_plan("followon-two-stage")


def at(plan, n):
    """The status after n patients, a third of them successes."""
    return monitor(plan, {"treated": (n // 3, n)})


def test_a_planned_look_differs_in_nothing(plan):
    first, last = plan.trials[-1].looks[0][0], plan.trials[-1].looks[-1][0]
    assert deviation(at(plan, first)) == deviation(at(plan, last)) == ""


def test_a_look_at_other_numbers_names_those_seen_and_those_planned(plan):
    looks = [look[0] for look in plan.trials[-1].looks]
    said = deviation(at(plan, looks[0] + 1))
    assert said.startswith(f"{looks[0] + 1} patients seen")
    assert all(str(look) in said for look in looks)


def test_the_action_comes_first_and_then_how_likely_success_is(plan):
    status = monitor(plan, {"treated": (9, 15)})
    first, *reasons = standing(status)
    assert first.startswith(f"{status.action.capitalize()}. {status.design}, {status.look} look:")
    assert f"treated {status.successes[0]} of 15." in first
    chances = next(each for each in reasons if each.startswith("Probability of success"))
    for chance in (status.predictive_with_looks, status.conditional_power):
        assert f"{100 * chance:.3g} %" in chances


def test_at_the_end_nothing_is_predicted(plan):
    last = plan.trials[-1].looks[-1][0]
    said = standing(at(plan, last))
    assert said[0].startswith("Stop. ")
    assert not [each for each in said if "Probability of success" in each]
