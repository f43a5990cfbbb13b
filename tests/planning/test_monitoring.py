"""A running trial: what is said at an interim is what counting every future says."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy import stats

from bayesips.designs.predictive import predictive_probability
from bayesips.planning.monitoring import monitor, parse_counts
from bayesips.planning.plan_file import load_plan

PLAN = """
name = "small"
question = "Does it help?"

[treated]
prior = [0.6, 1.4]

[[design]]
label = "three looks"
treated = [4, 7, 10]

[[design]]
label = "one look"
treated = 10

[[decision]]
rate = 0.3
probability = 0.9

[interim]
efficacy = { posterior = 0.99 }
futility = { posterior = 0.8 }

[truth]
treated = 0.6
control = 0.3

[goals]
alpha = 0.1
power = 0.8

[assurance]
prior = [1, 1]
successes = 5
n = 7
least = 4
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    file = tmp_path_factory.mktemp("plan") / "small.toml"
    file.write_text(PLAN)
    return load_plan(file)


@cache
def above(successes, n):
    """P(rate > 0.3) of the analysis."""
    return stats.beta(0.6 + successes, 1.4 + n - successes).sf(0.3)


def success(path, start, looks):
    """Whether a path of outcomes ends in success, looks after `start` stopping it."""
    for n in looks:
        if n <= start:
            continue
        held = above(sum(path[:n]), n)
        if n == looks[-1]:
            return held > 0.9
        if held > 0.99:
            return True
        if 1 - held > 0.8:
            return False
    raise AssertionError("a path ends at the last look")


def counted(successes, start, looks, a, b):
    """P(success | successes of start) when the rate is Beta(a, b) now, over every path."""
    so_far, more = [1] * successes + [0] * (start - successes), looks[-1] - start
    counts = np.arange(more + 1)
    each = stats.betabinom(more, a, b).pmf(counts) / stats.binom(more, 0.5).pmf(counts) * 0.5**more
    total = 0.0
    for future in product((0, 1), repeat=more):
        weight = each[sum(future)]
        total += weight * success([*so_far, *future], start, looks)
    return total


@pytest.mark.parametrize(
    ("successes", "n", "looks", "word"),
    [
        (2, 4, (4, 7, 10), "planned"),
        (2, 3, (3, 7, 10), "early"),
        (3, 5, (5, 7, 10), "late"),
        (4, 7, (4, 7, 10), "planned"),
        (4, 8, (4, 8, 10), "late"),
    ],
)
def test_every_future_path_is_counted(plan, successes, n, looks, word):
    status = monitor(plan, {"treated": (successes, n)}, "three looks")
    assert (status.look, status.action) == (word, "continue")
    own = counted(successes, n, looks, 0.6 + successes, 1.4 + n - successes)
    assert status.predictive_with_looks == pytest.approx(own, abs=1e-12)
    known = counted(successes, n, looks, 6 + successes, 3 + n - successes)
    assert status.conditional_assurance["fixed 0.3"] == pytest.approx(known, abs=1e-12)


def test_without_further_looks_it_is_the_predictive_probability(plan):
    status = monitor(plan, {"treated": (3, 6)}, "one look")
    rule = predictive_probability(3, 6, 10, plan.prior_treated, plan.rule)
    assert status.look == "unplanned"
    assert status.action == "continue"
    assert status.predictive == pytest.approx(float(rule), abs=1e-13)
    assert status.predictive_with_looks == pytest.approx(float(rule), abs=1e-13)


def test_the_next_boundary_is_the_posterior_at_the_next_look(plan):
    (row,) = monitor(plan, {"treated": (2, 4)}, "three looks").boundary
    possible = range(2, 6)
    assert row["claim_at_least"] == next((y for y in possible if above(y, 7) > 0.99), None)
    assert row["stop_at_most"] == max((y for y in possible if 1 - above(y, 7) > 0.8), default=None)


def test_the_rules_are_read_at_the_numbers_seen(plan):
    assert monitor(plan, {"treated": (0, 5)}, "three looks").action == "stop for futility"
    assert monitor(plan, {"treated": (5, 5)}, "three looks").action == "claim"
    assert monitor(plan, {"treated": (7, 12)}, "three looks").look == "beyond the end"
    assert monitor(plan, {"treated": (2, 10)}, "three looks").action == "stop"


def test_two_arms_condition_on_both(tmp_path):
    text = PLAN.replace("rate = 0.3", "margin = 0.0").replace("[4, 7, 10]", "[3, 6]")
    text = text.replace("treated = [3, 6]", "treated = [3, 6]\ncontrol = [3, 6]")
    text = text.replace("treated = 10", "treated = 6\ncontrol = 6")
    text += '\n[history]\narms = [{ label = "a", successes = 3, n = 9 }]\n'
    text += '\n[control]\nmethod = "pooled"\n'
    file = tmp_path / "two.toml"
    file.write_text(text)
    plan = load_plan(file)
    data = {"treated": (2, 3), "control": (1, 3)}
    status = monitor(plan, data, "three looks")
    final = plan.trials[0].sequential.efficacy[-1]
    treated = stats.betabinom(3, 0.6 + 2, 1.4 + 1).pmf(np.arange(4))
    control = stats.betabinom(3, 1 + 3 + 1, 1 + 6 + 2).pmf(np.arange(4))
    expected = treated @ final[2:6, 1:5] @ control
    assert status.predictive == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    "text", ["treated=5", "treated=6/5", "treated=1/5,treated=1/5", "placebo=1/5", ""]
)
def test_data_that_cannot_be_read_are_refused(text):
    with pytest.raises(ValueError, match="--data"):
        parse_counts(text)


def test_arms_must_be_those_of_the_design(plan):
    with pytest.raises(ValueError, match="this design has 'treated'"):
        monitor(plan, {"treated": (1, 4), "control": (1, 4)}, "three looks")
    with pytest.raises(ValueError, match="allowed are 'three looks', 'one look'"):
        monitor(plan, {"treated": (1, 4)}, "four looks")
