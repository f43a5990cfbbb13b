"""What is believed about the control rate: history through a method, bias, robustness, controls.

The order is always adapt, tell, shift (bias), mix (robust), update (concurrent controls); another
order gives other, wrong, answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bayesips.borrowing import Adapted, Robust, as_method, method_class, method_name
from bayesips.distributions.batches import stack
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.convert import as_density
from bayesips.distributions.points import Points
from bayesips.endpoints import Binary, Endpoint
from bayesips.engine import exact
from bayesips.engine.bias import shifted
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm

ENGINES = ("exact", "nuts")
# A vague component joins draws as this many equally likely quantiles.
VAGUE_POINTS = 4000


def control_prior(
    arms: Sequence[Arm],
    method: Any,
    *,
    endpoint: Endpoint | None = None,
    bias: Any = (),
    robust: Any = None,
    engine: str = "exact",
    seed: int = 1,
    tolerance: float = exact.TOLERANCE,
) -> Any:
    """Distribution of the control rate before the current trial's own controls.

    Parameters
    ----------
    arms : sequence of Arm
        History.
    method : borrowing method, its class or its name
    endpoint : Endpoint
        Default `Binary()`.
    bias : mapping or sequence
        Normal shifts of the log odds of survival, positive = controls do better than history
        says: {name: (mean, sd)}, or tuples (name, mean, sd).
    robust : Robust, mapping or number, optional
        A vague component; a number is its weight.
    engine : {"exact", "nuts"}
    seed : int
        For draws of "nuts".
    tolerance : float
        Of "exact": largest change of mean, sd and quantiles from one reading to a finer one that
        counts as settled.

    Returns
    -------
    distribution
        BetaMixture or Density ("exact"), Points ("nuts").

    Raises
    ------
    Refused
        If the method needs concurrent controls, or a setting is not allowed.
    NotSettled
        If the exact answer has not settled.
    """
    kind = method_class(method) if isinstance(method, str) else method
    if needs_controls(kind):  # before its settings are asked for
        name = method if isinstance(method, str) else method_name(as_method(method))
        raise Refused(
            f"{name} needs controls: it learns from the current trial's own control "
            "arm how much to borrow (use control_posterior)"
        )
    method = as_method(method)
    robust = _robust(robust)
    told = _told(method, arms, endpoint or Binary(), engine, seed, tolerance)
    return robustified(shifted(told, bias), robust)


def control_posterior(
    arms: Sequence[Arm],
    method: Any,
    concurrent: Arm,
    *,
    endpoint: Endpoint | None = None,
    bias: Any = (),
    robust: Any = None,
    engine: str = "exact",
    seed: int = 1,
) -> Any:
    """Distribution of the control rate after the current trial's own controls.

    Parameters
    ----------
    concurrent : Arm
        The trial's controls, counted at the landmark; `successes` may be an array (all outcomes
        of a design in one call).

    Other parameters as in `control_prior`.

    Raises
    ------
    Refused, NotSettled
        As `control_prior`; Refused also for controls that are no count at the landmark.
    """
    found, _ = posterior_and_weight(
        arms,
        method,
        concurrent,
        endpoint=endpoint,
        bias=bias,
        robust=robust,
        engine=engine,
        seed=seed,
    )
    return found


def posterior_and_weight(  # noqa: PLR0913  those of `control_posterior` and one
    arms: Sequence[Arm],
    method: Any,
    concurrent: Arm,
    *,
    endpoint: Endpoint | None = None,
    bias: Any = (),
    robust: Any = None,
    engine: str = "exact",
    seed: int = 1,
    tolerance: float = exact.TOLERANCE,
) -> tuple[Any, np.ndarray]:
    """`control_posterior`, and the weight that the method learned from each count.

    The weight has the controls' shape; NaN for a method that learns nothing.
    """
    method, endpoint, robust = as_method(method), endpoint or Binary(), _robust(robust)
    check_counted(concurrent, endpoint)
    batch = concurrent.batch_shape
    told: dict[Any, Any] = {}

    def prior_of(inner: Any, told_by: str = "exact") -> Any:
        """History through another method, told once for all counts."""
        inner = as_method(inner)
        settings = vars(inner).values()
        arrays = tuple(value.tobytes() for value in settings if isinstance(value, np.ndarray))
        key = ((type(inner), arrays) if arrays else inner, told_by)
        if key not in told:
            answer = _told(inner, arms, endpoint, told_by, seed, tolerance)
            told[key] = shifted(answer, bias)
        return told[key]

    if not needs_controls(method):
        answer = robustified(prior_of(method, engine), robust)
        return answer.update(concurrent.successes, concurrent.n), np.full(batch, np.nan)
    parts, weights = [], []
    for cell in _cells(concurrent):
        change = method.adapt(arms, cell, prior_of)
        vague = robust if change.robust is None else change.robust
        answer = robustified(prior_of(change.method, engine), vague)
        parts.append(answer.update(cell.successes, cell.n))
        weights.append(float(change.weight))
    return parts[0] if batch == () else _stacked(parts), np.reshape(weights, batch)


def check_counted(concurrent: Arm, endpoint: Endpoint) -> None:
    """Refuse controls that are more, or less, than a count at the day asked about."""
    day = getattr(endpoint, "day", concurrent.day)
    if isinstance(concurrent, Arm) and concurrent.day in (None, day):
        if concurrent.relation == "=" and not concurrent.observations:
            return
    asked = "" if day is None else f" (day {day})"
    raise Refused(
        f"{concurrent.label}: concurrent controls are a count at the landmark{asked}, without "
        "other days, bounds or times; tell other rows as an arm of history"
    )


def needs_controls(method: Any) -> bool:
    """Whether a method learns its borrowing from concurrent controls."""
    return hasattr(method, "adapt")


def before_controls(method: Any) -> Any:
    """The method as it tells history before any controls are seen: in full, if it learns."""
    return method.in_full() if needs_controls(method) else method


def adapted(
    method: Any,
    arms: Sequence[Arm],
    concurrent: Arm,
    *,
    endpoint: Endpoint | None = None,
    bias: Any = (),
    robust: Any = None,
) -> Adapted:
    """What a method becomes after seeing single counts of concurrent controls.

    A method that needs no controls stays itself, with weight NaN.
    """
    endpoint = endpoint or Binary()
    check_counted(concurrent, endpoint)
    if not needs_controls(method):
        return Adapted(method, robust, float("nan"))

    def prior_of(inner: Any) -> Any:
        """History through another method, with the same bias and no robust part."""
        return shifted(_told(as_method(inner), arms, endpoint, "exact", 1), bias)

    change = method.adapt(arms, concurrent, prior_of)
    return change if change.robust is not None else Adapted(change.method, robust, change.weight)


def _told(
    method: Any,
    arms: Sequence[Arm],
    endpoint: Endpoint,
    engine: str,
    seed: int,
    tolerance: float = exact.TOLERANCE,
) -> Any:
    """The method's story, answered by an engine."""
    if engine == "exact":
        return exact.solve(method, list(arms), endpoint=endpoint, tolerance=tolerance)
    if engine == "nuts":
        from bayesips.engine import nuts

        return nuts.solve(method, list(arms), endpoint=endpoint, seed=seed)
    raise Refused(f"unknown engine {engine!r}; allowed are {', '.join(ENGINES)}")


def _robust(robust: Any) -> Robust | None:
    """A robust part from itself, a mapping or a weight."""
    if robust is None or isinstance(robust, Robust):
        return robust
    if isinstance(robust, Mapping):
        return Robust(**robust)
    return Robust(robust)


def robustified(distribution: Any, robust: Any) -> Any:
    """The distribution mixed with a vague component; as it is without one.

    Parameters
    ----------
    distribution : BetaMixture, Density or Points
    robust : Robust, mapping or number, optional
        As in `control_prior`.
    """
    robust = _robust(robust)
    if robust is None:
        return distribution
    mean, n = np.asarray(robust.mean, dtype=float), np.asarray(robust.n, dtype=float)
    a, b = np.broadcast_arrays(mean * (n + 1), (1 - mean) * (n + 1))
    vague = BetaMixture(np.ones((*a.shape, 1)), a[..., None], b[..., None])
    if isinstance(distribution, Points):
        return distribution.mix(Points.of_mixture(vague, VAGUE_POINTS), robust.weight)
    return distribution.mix(vague, robust.weight)


def _cells(concurrent: Arm) -> list[Arm]:
    """Single data sets of a batch of concurrent controls, in order."""
    successes, n = np.broadcast_arrays(concurrent.successes, concurrent.n)
    return [
        Arm(concurrent.label, int(r), int(size))
        for r, size in zip(successes.ravel(), n.ravel(), strict=True)
    ]


def _stacked(parts: Sequence[Any]) -> Any:
    """Distributions of single cells as one batch."""
    if all(isinstance(part, BetaMixture) for part in parts):
        sizes = {part.weights.shape[-1] for part in parts}
        if len(sizes) == 1:
            fields = zip(*((p.weights, p.a, p.b) for p in parts), strict=True)
            return BetaMixture(*(np.stack(field) for field in fields))
    if any(isinstance(part, Points) for part in parts):
        raise Refused("draws of several outcomes cannot be stacked; ask for one outcome")
    link = next((part.link for part in parts if not isinstance(part, BetaMixture)), None)
    dense = [as_density(part, link) if link else as_density(part) for part in parts]
    return stack([part[None] for part in dense])
