"""What a running trial's status says about its plan."""

import pytest

from bayesips.planning.monitoring import monitor
from bayesips.planning.plan_file import load_plan
from bayesips.report.monitor_words import deviation


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
