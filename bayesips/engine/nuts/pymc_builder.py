"""The end of a story: the data enter the model, and the rates it reports get their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from bayesips.endpoints import Endpoint, arm_log_likelihood
from bayesips.engine.nuts.conjugate import is_count
from bayesips.engine.nuts.mathematics import PYTENSOR
from bayesips.engine.nuts.rates import Rate, picked
from bayesips.engine.nuts.story import Branched, PyMCStory
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm


def model_of(
    method: Any,
    arms: Sequence[Arm],
    *,
    endpoint: Endpoint,
    concurrent: Arm | None = None,
    seen: Callable[[Any], Any] | None = None,
) -> pm.Model:
    """The PyMC model of a borrowing method.

    Parameters
    ----------
    method : Method
        Who tells the story.
    arms : sequence of Arm
        The historical arms.
    endpoint : Endpoint
        What their data say about a rate.
    concurrent : Arm, optional
        The current trial's own controls.
    seen : callable, optional
        Log likelihood of further data, from the control's rate. It is asked only where the control
        is a mixture, so that data must be summed over its components; else observe `control`.

    Returns
    -------
    pm.Model
        With `control`, the rate of a new comparable cohort; `arm_rate` (dim `arm`) where the
        method gives each arm a rate of its own; `successes` (dim `counted_arm`), the observed
        counts; potentials for bounds and unknown days; and the method's unknowns by name.

    Raises
    ------
    Refused
        If two arms share a label, or anything is a batch: NUTS fits one data set at a time.
    """
    labels = [arm.label for arm in arms]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise Refused(f"two historical arms are called {twice[0]!r}; labels must differ")
    with pm.Model(coords={"arm": labels}) as model:
        story = PyMCStory(endpoint, arms)
        control = method.tell(story, arms)
        if concurrent is not None:
            story.observe(control, concurrent)
        if seen is not None and (control.log_weights is not None or story.branched is not None):
            control.terms.append(seen)
        _finish(story, control)
    return model


def _finish(story: PyMCStory, control: Rate) -> None:
    """Add the data, then name what is reported."""
    if story.branched is None:
        _add_data(story)
        branch = None
    else:
        branch = _add_branches(story, story.branched)
    _name_control(story, control, branch)
    of_arms = {rate.name: rate for rate in story.rates if rate.name in story.labels}
    if story.labels and len(of_arms) == len(story.labels):
        _name_arms(story, [of_arms[label] for label in story.labels], branch)


def _log_likelihood(story: PyMCStory, rate: Rate) -> Any:
    """Log likelihood of the data that speak of a rate, in the shape of its `eta`."""
    terms = [
        arm_log_likelihood(story.endpoint, arm, rate.eta, story.shape, PYTENSOR)
        for arm in rate.arms
    ]
    terms += [term(rate.theta) for term in rate.terms]
    return sum(terms, start=pt.zeros_like(rate.eta))


def _add_data(story: PyMCStory) -> None:
    """Plain counts as one observed binomial; all else as potentials."""
    counted = []
    for rate in story.rates:
        if not rate.arms and not rate.terms:
            continue
        if rate.log_weights is not None:
            total = _log_likelihood(story, rate) + rate.log_weights
            pm.Potential(f"data of {rate.name}", PYTENSOR.logsumexp(total))
            continue
        for arm in rate.arms:
            log_odds = _log_odds(story, rate, arm)
            if log_odds is None:
                log_p = arm_log_likelihood(story.endpoint, arm, rate.eta, story.shape, PYTENSOR)
                pm.Potential(f"rows of {arm.label}", log_p)
            else:
                counted.append((arm, log_odds))
    if counted:
        _observe_counts(counted)


def _log_odds(story: PyMCStory, rate: Rate, arm: Arm) -> Any:
    """Log odds of the arm's success where its data are one plain count on one known day."""
    chains = story.endpoint.chains(arm, rate.eta, story.shape, PYTENSOR)
    if not is_count(arm) or len(chains) > 1 or np.ndim(chains[0][0]):
        return None
    ((_, (term,)),) = chains
    return term.log_p - term.log_q


def _observe_counts(counted: list[tuple[Arm, Any]]) -> None:
    """The observed counts, one vector over the dim `counted_arm`."""
    arms = [arm for arm, _ in counted]
    pm.modelcontext(None).add_coord("counted_arm", [arm.label for arm in arms])
    pm.Binomial(
        "successes",
        n=np.array([arm.n for arm in arms]),
        logit_p=pt.stack([log_odds for _, log_odds in counted]),
        observed=np.array([arm.successes for arm in arms]),
        dims="counted_arm",
    )


def _add_branches(story: PyMCStory, branched: Branched) -> Any:
    """Add the data, summed over the branches; return an exact draw of the branch."""
    total = pt.as_tensor_variable(branched.log_weights)
    for rate in story.rates:
        terms = branched.spread(_log_likelihood(story, rate))
        if rate.log_weights is None:
            total = total + terms[:, 0]
        else:
            total = total + PYTENSOR.logsumexp(terms + rate.log_weights)
    pm.Potential("data", PYTENSOR.logsumexp(total))
    uniform = pm.Uniform(f"u_{branched.name}")
    value, branch = picked(branched.values[:, 0], total, uniform)
    pm.Deterministic(branched.name, value)
    return branch


def _drawn(story: PyMCStory, rate: Rate, branch: Any, uniform: Any) -> Any:
    """The rate itself: of the drawn branch, and of a drawn component where it is a mixture."""
    theta, log_weights = rate.theta, rate.log_weights
    if log_weights is not None:
        log_weights = log_weights + _log_likelihood(story, rate)
    if story.branched is not None:
        theta = story.branched.spread(theta)[branch]
        log_weights = None if log_weights is None else log_weights[branch]
        theta = theta[0] if log_weights is None else theta
    return theta if log_weights is None else picked(theta, log_weights, uniform)[0]


def _name_control(story: PyMCStory, control: Rate, branch: Any) -> None:
    """Name the control rate, unless it is a variable of that name already."""
    uniform = None if control.log_weights is None else pm.Uniform("u_control")
    theta = _drawn(story, control, branch, uniform)
    if theta.name != "control":
        pm.Deterministic("control", theta)


def _name_arms(story: PyMCStory, rates: list[Rate], branch: Any) -> None:
    """Collect the arms' rates in one variable."""
    mixed = any(rate.log_weights is not None for rate in rates)
    uniforms = pm.Uniform("u", dims="arm") if mixed else [None] * len(rates)
    drawn = [_drawn(story, rate, branch, uniforms[i]) for i, rate in enumerate(rates)]
    pm.Deterministic("arm_rate", pt.stack(drawn), dims="arm")
