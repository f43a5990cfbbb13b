"""How many patients, in which allocation: goals, sample size, and the trade-off between designs.

Power of a discrete design is not monotone in n: it climbs and falls like a saw. So two sizes are
given, the first that meets the goals, and the one from which every larger size does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.arm_analysis import Prior
from bayesips.designs.looks import MonitoredDesign
from bayesips.designs.rule import Rule, Scale
from bayesips.designs.sequential import SequentialDesign
from bayesips.designs.single_arm import SingleArmDesign
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.designs.worst_case import worst_case
from bayesips.distributions.any_distribution import Distribution
from bayesips.errors import Refused

if TYPE_CHECKING:
    import xarray as xr

Candidate = SingleArmDesign | TwoArmDesign | MonitoredDesign | SequentialDesign

FURTHER = 4  # times the largest size: how far to look for the nearest when none is small enough


@dataclass(frozen=True, eq=False)
class Goals:
    """What a design must achieve.

    Parameters
    ----------
    alpha : float
        Largest type I error.
    power : float
        Least probability of success under the alternative.
    alternative : tuple of float, or tuple of distributions
        True rates (treated,) or (treated, control); with distributions `power` is assurance.
    null : tuple of float, optional
        Rates at which the error is taken. Default: certified over the whole null of `margin`.
    margin : float, optional
        Edge of the null; default no effect. For one arm the null rate.

    Raises
    ------
    Refused
        If alpha or power lies outside (0, 1).
    """

    alpha: float
    power: float
    alternative: tuple[float, ...] | tuple[Distribution, ...]
    null: tuple[float, ...] | None = None
    margin: float | None = None

    def __post_init__(self) -> None:
        if not (0 < self.alpha < 1 and 0 < self.power < 1):
            raise Refused(
                f"alpha is {self.alpha} and power is {self.power}; allowed are 0 to 1, exclusive"
            )

    def type1(self, design: Candidate) -> float:
        """Type I error of a design, an upper bound where it is a worst case."""
        if self.null is not None:
            return float(design.power(*self.null))
        return worst_case(design.success_table, self.margin, _scale(design)).bound

    def success(self, design: Candidate) -> float:
        """Power, or assurance, of a design."""
        if hasattr(self.alternative[0], "predictive"):
            return float(design.assurance(*self.alternative))
        return float(design.power(*self.alternative))

    def met(self, type1: ArrayLike, success: ArrayLike) -> NDArray:
        """Whether both are good enough."""
        return (np.asarray(type1) <= self.alpha) & (np.asarray(success) >= self.power)

    def __str__(self) -> str:
        return f"type I error <= {self.alpha} and power >= {self.power}"


def _scale(design: Candidate) -> Scale:
    """The scale of a design's rule; a difference where it has none."""
    rule = getattr(design, "rule", None)
    return rule.scale if isinstance(rule, Rule) else "difference"


def trade_off(
    candidates: Iterable[tuple[Mapping[str, Any], Candidate]], goals: Goals
) -> xr.Dataset:
    """Every candidate's size, error and power, and which of them are worth considering.

    Parameters
    ----------
    candidates : iterable of (labels, design)
        Labels become coordinates: what distinguishes the designs (n, ratio, probability, ...).
    goals : Goals

    Returns
    -------
    xarray.Dataset
        Over `candidate`: `patients`, `type1`, `power`, `met`, and `front`: the error is kept and
        no other candidate that keeps it has as much power with fewer patients, or more power
        with as many.
    """
    import xarray as xr

    labels, rows = [], []
    for label, design in candidates:
        labels.append(label)
        rows.append((patients(design), goals.type1(design), goals.success(design)))
    size, type1, power = (np.array(column) for column in zip(*rows, strict=True))
    columns = {
        "patients": size,
        "type1": type1,
        "power": power,
        "met": goals.met(type1, power),
        "front": _front(size, power, type1 <= goals.alpha),
    }
    return xr.Dataset(
        {name: ("candidate", values) for name, values in columns.items()},
        coords={name: ("candidate", [each[name] for each in labels]) for name in labels[0]},
        attrs={"goals": str(goals)},
    )


def patients(design: Candidate) -> int:
    """Largest number of patients of a design, all arms together."""
    return sum(size - 1 for size in design.success_table.shape)


def _front(size: NDArray, power: NDArray, kept: NDArray) -> NDArray:
    """Candidates that keep the error and are not beaten in size and power by another that does."""
    larger, equal = size[:, None] > size, size[:, None] == size
    weaker, same = power[:, None] < power, power[:, None] == power
    beaten = (larger & (weaker | same)) | (equal & weaker)
    return kept & ~(beaten & kept).any(axis=1)


@dataclass(frozen=True, eq=False)
class SampleSize:
    """The smallest n.

    `first` meets the goals; from `settled` on every n of the table does (None: the largest n of
    the table fails); `table` is the trade-off over n.
    """

    first: int
    settled: int | None
    table: xr.Dataset


def sample_size(
    make: Callable[[int], Candidate], goals: Goals, n_max: int, n_min: int = 1
) -> SampleSize:
    """Smallest design that meets the goals.

    Parameters
    ----------
    make : callable
        The design of a given n (patients, or patients per arm: what n is, is the caller's).
    goals : Goals
    n_min, n_max : int
        Sizes looked at.

    Raises
    ------
    Refused
        If none meets the goals; the message names the nearest that does, or comes closest.
    """
    sizes = np.arange(n_min, n_max + 1)
    table = trade_off((({"n": n}, make(n)) for n in sizes.tolist()), goals)
    met = table.met.values
    if not met.any():
        raise Refused(_nearest(make, goals, table, n_max))
    since = len(met) - int(np.cumprod(met[::-1]).sum())
    settled = int(sizes[since]) if since < len(sizes) else None
    return SampleSize(int(sizes[met][0]), settled, table)


def _nearest(make: Callable[[int], Candidate], goals: Goals, table: xr.Dataset, n_max: int) -> str:
    """The message when no size is enough."""
    asked = f"no n up to {n_max} has {goals}"
    for n in range(n_max + 1, FURTHER * n_max + 1):
        design = make(n)
        if goals.success(design) >= goals.power and goals.type1(design) <= goals.alpha:
            return f"{asked}; the nearest that has is n = {n}"
    kept = table.type1.values <= goals.alpha
    score = np.where(kept, table.power.values, -table.type1.values)
    best = table.isel(candidate=int(np.argmax(score)))
    return (
        f"{asked}, nor has any up to {FURTHER * n_max}; the nearest is n = {int(best.n)} with "
        f"type I error {float(best.type1):.4f} and power {float(best.power):.4f}"
    )


def two_arm_candidates(
    totals: Iterable[int],
    ratios: Iterable[tuple[int, int]],
    prior_treated: Distribution,
    prior_control: Prior,
    rules: Mapping[str, Rule],
) -> Iterator[tuple[Mapping[str, Any], TwoArmDesign]]:
    """Two-arm designs over total size, allocation and rule, with their labels.

    Parameters
    ----------
    totals : iterable of int
        Patients of both arms; one that the allocation does not divide is left out.
    ratios : iterable of (treated, control)
        Allocations, such as (1, 1) or (2, 1).
    prior_treated, prior_control : as in TwoArmDesign
    rules : mapping of name to Rule

    Yields
    ------
    (labels, TwoArmDesign)
    """
    allocations = list(ratios)
    for total, (treated, control), name in product(totals, allocations, rules):
        share, rest = divmod(total, treated + control)
        if not rest:
            labels = {"total": total, "allocation": f"{treated}:{control}", "rule": name}
            sizes = (treated * share, control * share)
            yield labels, TwoArmDesign(*sizes, prior_treated, prior_control, rules[name])
