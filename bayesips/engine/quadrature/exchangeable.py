"""Patients of two classes in closed form: sum over who among them is exchangeable (LEAP)."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.density import Density
from bayesips.distributions.mathematics import NUMPY
from bayesips.distributions.priors import Prior
from bayesips.engine.quadrature.beta_rates import MOST_COMPONENTS, mixture_density
from bayesips.engine.quadrature.panels import Panels
from bayesips.engine.quadrature.story import Beta, Blend, Rate, Story, Value

# Parts of the sum below this share of the largest are left out.
NO_WEIGHT = 1e-20
# Over a panel of a share, a power of it falls by at most exp(-FALL).
FALL = 20.0


def closed_sum(story: Story) -> BetaMixture | Density | None:
    """Distribution of the control where all blended data are plain counts of one kind of blend.

    Given that x of the survivors and y of the deaths are exchangeable with the controls, the
    control rate is Beta(a + x, b + y); the weights are ratios of Beta functions (after Alt et al.
    2024). None if the story is another one.
    """
    found = closed_parts(story)
    if found is None:
        return None
    _, weights, a, b = found
    if weights.size <= MOST_COMPONENTS:
        return BetaMixture(weights, a, b)
    return mixture_density(story.endpoint.scale, weights, a, b)


def closed_parts(story: Story) -> tuple[Prior, np.ndarray, np.ndarray, np.ndarray] | None:
    """Prior of the share; weight and shapes of the control rate for each count of exchangeables."""
    blends = [rate for rate in story.rates if isinstance(rate, Blend) and rate.observed]
    if not blends or story.batch_shape or not story.endpoint.conjugate:
        return None
    read = _classes(story, blends)
    return None if read is None else (read[0], *_parts(*read, *_counts(blends)))


def _counts(blends: list[Blend]) -> tuple[int, int]:
    """Survivors and deaths of all blended arms that take part."""
    arms = [arm for blend in blends for arm in blend.observed if arm.included]
    return sum(arm.successes for arm in arms), sum(arm.n - arm.successes for arm in arms)


def _classes(story: Story, blends: list[Blend]) -> tuple[Prior, Beta, Beta] | None:
    """Prior of the share, the control's class and the other class, if the same in every blend."""
    (share, first), (rest, other) = blends[0].parts
    same = all([rate for _, rate in blend.parts] == [first, other] for blend in blends)
    plain = all(
        arm.relation == "=" and not arm.observations for blend in blends for arm in blend.observed
    )
    simple = first is story.control and _is_plain(first) and _is_plain(other)
    known = set(story.hypers) <= share.uses | rest.uses and share.name in (None, *story.hypers)
    prior = _prior(story, share)
    if not (same and plain and simple and known) or prior is None:
        return None
    if not (isinstance(first, Beta) and isinstance(other, Beta)):
        return None
    return prior, first, other


def _is_plain(rate: Rate) -> bool:
    """Whether a rate is a Beta of known shapes without data of its own."""
    if not isinstance(rate, Beta) or rate.given or rate.observed:
        return False
    return rate.a.number is not None and rate.b.number is not None


def _prior(story: Story, share: Value) -> Prior | None:
    """A Beta, uniform or fixed prior of the share, else None."""
    prior = story.hypers.get(str(share.name))
    if prior is None and share.number is not None:
        prior = Prior.parse(("fixed", share.number))
    return prior if prior is not None and prior.family in ("beta", "uniform", "fixed") else None


def _parts(
    share: Prior, control: Beta, other: Beta, survivors: int, deaths: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights and shapes for every number of exchangeable survivors and deaths."""
    x, y = np.arange(survivors + 1)[:, None], np.arange(deaths + 1)
    a, b = control.a.number + x, control.b.number + y
    logs = _log_choose(survivors, x) + _log_choose(deaths, y) + special.betaln(a, b)
    logs = logs + special.betaln(other.a.number + survivors - x, other.b.number + deaths - y)
    logs = logs + _log_share(share, x + y, survivors + deaths - x - y)
    weights = np.exp(logs - logs.max())
    kept = weights > NO_WEIGHT
    a, b = (np.broadcast_to(shape, logs.shape)[kept] for shape in (a, b))
    return weights[kept] / weights[kept].sum(), a, b


def _log_choose(n: int, k: np.ndarray) -> np.ndarray:
    """Log of the number of ways to choose k of n."""
    return -np.log(n + 1.0) - special.betaln(k + 1, n - k + 1)


def _log_share(share: Prior, inside: np.ndarray, outside: np.ndarray) -> Any:
    """Log of E[share^inside (1 - share)^outside], up to a constant."""
    if share.family == "fixed":
        value = share.numbers[0]
        return special.xlogy(inside, value) + special.xlog1py(outside, -value)
    if share.family == "uniform":
        return _log_uniform_share(share, inside, outside)
    return special.betaln(share.numbers[0] + inside, share.numbers[1] + outside)


def _log_uniform_share(share: Prior, inside: np.ndarray, outside: np.ndarray) -> np.ndarray:
    """The same between hard ends: a polynomial of the share, integrated on panels.

    No difference of incomplete Beta functions, which has no digits where they agree.
    """
    patients = int(inside.flat[0] + outside.flat[0])  # the same in every part of the sum
    low, high = (float(end) for end in share.numbers)
    panels = Panels.no_wider(low, high, FALL / (patients + 1))
    count = np.arange(patients + 1)[:, None]
    logs = special.xlogy(count, panels.nodes) + special.xlog1py(patients - count, -panels.nodes)
    found = NUMPY.logsumexp(logs + np.log(panels.weights))
    return np.asarray(found[inside])
