"""What every borrowing method must keep, told as checks on one method."""

import dataclasses

import numpy as np
import pytest

from bayesips import control_posterior, control_prior
from bayesips.answer.control import needs_controls
from bayesips.borrowing import method_class
from bayesips.borrowing.method import arms_needed
from bayesips.endpoints import Binary
from bayesips.engine import exact
from bayesips.evidence.arm import Arm
from tests.borrowing.histories import CONTROLS, TWO

# Settings without a default that some methods ask for.
REQUIRED = {"delta": 0.3, "rate": 0.245}
RATES = np.linspace(0.02, 0.98, 25)


def example(name):
    """A method with its defaults, and the least of what it must be told."""
    kind = method_class(name)
    missing = [
        field.name
        for field in dataclasses.fields(kind)
        if field.default is field.default_factory is dataclasses.MISSING
    ]
    return kind(**{setting: REQUIRED[setting] for setting in missing})


def believed(method, arms, concurrent=CONTROLS, **more):
    """cdf of the control rate after the controls."""
    return control_posterior(arms, method, concurrent, **more).cdf(RATES)


def is_a_frozen_dataclass_with_a_title(method):
    assert dataclasses.is_dataclass(method)
    assert isinstance(type(method).title, str)
    assert type(method).title
    with pytest.raises(dataclasses.FrozenInstanceError):
        method.anything = 1
    assert hash(method) == hash(dataclasses.replace(method))


def says_of_itself_only_what_it_has(method):
    fewest, most = arms_needed(type(method))
    assert 0 <= fewest <= (most or fewest)
    settings = {field.name for field in dataclasses.fields(method)}
    assert set(getattr(method, "stated", ())) <= settings
    for promise in ("takes_strata", "takes_empty_arms"):
        assert getattr(method, promise, False) in (True, False)


def does_not_mind_the_order_of_arms(method):
    assert np.allclose(believed(method, TWO), believed(method, TWO[::-1]), atol=1e-9)


def takes_controls_one_by_one_or_all_at_once(method):
    batch = Arm("controls", np.arange(8), 7)
    together = control_posterior(TWO, method, batch)
    for successes in (0, 3, 7):
        alone = believed(method, TWO, Arm("controls", successes, 7))
        assert np.allclose(together[successes].cdf(RATES), alone, atol=1e-8)


def updates_in_parts_as_at_once(method):
    prior = control_prior(TWO, method)
    parts = prior.update(2, 3).update(3, 4).cdf(RATES)
    assert np.allclose(parts, prior.update(5, 7).cdf(RATES), atol=1e-9)
    assert np.allclose(parts, believed(method, TWO), atol=1e-9)


def solves_a_batch_of_histories_as_one_by_one(method):
    first, second = TWO
    batch = [Arm("first", np.array([12, 25]), 40), second]
    together = control_prior(batch, method)
    for cell, successes in enumerate((12, 25)):
        alone = control_prior([Arm("first", successes, 40), second], method).cdf(RATES)
        found = together[cell].cdf(RATES) if together.batch_shape else together.cdf(RATES)
        assert np.allclose(found, alone, atol=1e-8)
    assert first.n == 40


def is_unchanged_by_an_arm_without_data_if_it_says_so(method):
    if not getattr(method, "takes_empty_arms", False):
        return
    first, second = TWO
    batch = [dataclasses.replace(first, included=np.array([True, False])), second]
    together = exact.solve(method, batch, endpoint=Binary())
    for cell, arms in enumerate((TWO, [second])):
        alone = control_prior(arms, method).cdf(RATES)
        found = together[cell].cdf(RATES) if together.batch_shape else together.cdf(RATES)
        assert np.allclose(found, alone, atol=1e-8)


def says_that_it_needs_controls(method):
    with pytest.raises(ValueError, match="needs controls"):
        control_prior(TWO, method)


def learns_a_weight_between_nought_and_one(method):
    def prior_of(inner):
        return control_prior(TWO, inner)

    for successes in (0, 2, 7):
        change = method.adapt(TWO, Arm("controls", successes, 7), prior_of)
        assert 0 <= change.weight <= 1
        assert not needs_controls(change.method)


ALWAYS = (
    is_a_frozen_dataclass_with_a_title,
    says_of_itself_only_what_it_has,
    does_not_mind_the_order_of_arms,
    takes_controls_one_by_one_or_all_at_once,
)
FROM_HISTORY_ALONE = (
    updates_in_parts_as_at_once,
    solves_a_batch_of_histories_as_one_by_one,
    is_unchanged_by_an_arm_without_data_if_it_says_so,
)
FROM_CONTROLS = (says_that_it_needs_controls, learns_a_weight_between_nought_and_one)


def checks_of(method):
    """The checks that concern a method."""
    return (*ALWAYS, *(FROM_CONTROLS if needs_controls(method) else FROM_HISTORY_ALONE))
