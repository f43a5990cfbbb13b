"""What is believed about the control rate, from historical arms and a borrowing method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bayesips.borrowing import Adapted, Method, as_method, method_class, method_name
from bayesips.borrowing.biases import Biases
from bayesips.borrowing.method import before_controls, needs_controls
from bayesips.endpoints import Binary, Endpoint
from bayesips.engine import exact
from bayesips.engine.control_rate import (
    Borrowing,
    VaguePart,
    as_robust,
    refuse_without_controls,
    robustified,
)
from bayesips.engine.engines import Engine
from bayesips.engine.histories import Histories
from bayesips.evidence.arm import Arm

MethodOrName = Method | type | str

__all__ = [
    "adapted",
    "before_controls",
    "control_posterior",
    "control_prior",
    "needs_controls",
    "robustified",
]


def control_prior(
    arms: Sequence[Arm],
    method: MethodOrName,
    *,
    endpoint: Endpoint | None = None,
    bias: Biases = (),
    robust: VaguePart = None,
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
        says: {name: (mean, sd)}, or tuples (name, mean, sd). Another kind of bias is
        {name: {"kind": its name, its settings}}, or an object of its class.
    robust : Robust, mapping or number, optional
        A vague component; a number is its weight.
    engine : {"exact", "nuts"}
    seed : int
        For draws of "nuts".
    tolerance : float
        Of "exact": largest change of mean, sd and quantiles from one refinement to the next that
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
        refuse_without_controls(name)
    borrowing = _borrowing(arms, method, endpoint, bias, robust)
    return borrowing.prior(Engine(engine, seed, tolerance))


def control_posterior(  # noqa: PLR0913  those of `control_prior` and the controls
    arms: Sequence[Arm],
    method: MethodOrName,
    concurrent: Arm,
    *,
    endpoint: Endpoint | None = None,
    bias: Biases = (),
    robust: VaguePart = None,
    engine: str = "exact",
    seed: int = 1,
    tolerance: float = exact.TOLERANCE,
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
    borrowing = _borrowing(arms, method, endpoint, bias, robust)
    histories = Histories(borrowing, Engine(engine, seed, tolerance))
    return borrowing.posterior(concurrent, histories).distribution


def adapted(
    method: MethodOrName,
    arms: Sequence[Arm],
    concurrent: Arm,
    *,
    endpoint: Endpoint | None = None,
    bias: Biases = (),
    robust: VaguePart = None,
) -> Adapted:
    """What a method becomes after seeing single counts of concurrent controls.

    A method that needs no controls stays itself, with weight NaN.
    """
    return _borrowing(arms, method, endpoint, bias, robust).adapted(concurrent)


def _borrowing(
    arms: Sequence[Arm],
    method: MethodOrName,
    endpoint: Endpoint | None,
    bias: Biases,
    robust: VaguePart,
) -> Borrowing:
    """Arms, method, endpoint, bias and vague part together; defaults where they are None."""
    own = Borrowing(tuple(arms), as_method(method), endpoint or Binary(), bias)
    return replace(own, robust=as_robust(robust))
