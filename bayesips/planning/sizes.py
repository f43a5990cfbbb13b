"""The smallest trial that meets the goals: every size in turn, for each allocation and looks.

Each size is calibrated to the error asked for, in the worst case and with stops for futility
overruled. Power climbs like a saw, so two sizes are given: the first that meets the goals, and
the one from which on every size looked at does.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from bayesips.designs.power_bound import largest_power
from bayesips.planning.characteristics import errors
from bayesips.planning.plan_file import Plan
from bayesips.planning.trial import Trial

if TYPE_CHECKING:
    import xarray as xr

MOST_PATIENTS = 400  # a disease with 100 cases a year has no larger trials
BEYOND = 1.25  # times the first size: how far is looked whether all larger ones do as well
AT_LEAST = 8  # units of size that are looked at beyond the first
STEP = 1.1  # from one size to the next, beyond twice the smallest with which any test is enough
SLACK = 1e-9  # of an error that was calibrated to be at most alpha
Look = tuple[Fraction, ...]  # share of each arm's patients that are seen


@dataclass(frozen=True)
class Shape:
    """A trial but for its size.

    Attributes
    ----------
    allocation : tuple of int
        Patients of each arm in one unit of size.
    looks : tuple of Look
        The last is the whole trial.
    """

    allocation: tuple[int, ...]
    looks: tuple[Look, ...]

    @property
    def label(self) -> str:
        """The allocation, and at which shares of the patients is looked."""
        ratio = ":".join(map(str, self.allocation)) if len(self.allocation) > 1 else "one arm"
        early = [f"{100 * float(look[0]):.0f}" for look in self.looks[:-1]]
        return f"{ratio}, look at {' and '.join(early)} %" if early else ratio

    @property
    def most(self) -> int:
        """Largest number of units."""
        return MOST_PATIENTS // sum(self.allocation)

    def patients(self, units: int) -> tuple[tuple[int, ...], ...]:
        """Patients at each look; looks that rounding makes one are one."""
        sizes = [self._at(look, units) for look in self.looks]
        return tuple(dict.fromkeys(size for size in sizes if all(size)))

    def _at(self, look: Look, units: int) -> tuple[int, ...]:
        """Patients of each arm at a look, rounded."""
        pairs = zip(look, self.allocation, strict=True)
        return tuple(math.floor(share * units * arm + Fraction(1, 2)) for share, arm in pairs)


@dataclass(frozen=True, eq=False)
class Found:
    """The smallest trial of a shape that meets the goals, or the best where none does.

    `settled` is the size in patients from which on every one up to `searched` does; None if the
    last one looked at does not.
    """

    shape: Shape
    trial: Trial
    enough: bool
    settled: int | None
    searched: int


def sizes(plan: Plan) -> tuple[xr.Dataset, xr.Dataset]:
    """The smallest trial of each shape, and the nearest to the declared ones that is enough.

    The second has in its attribute `kind` whether that is a candidate "as declared", a "searched"
    size, or "none": then it is the best of all.
    """
    found = [smallest(plan, shape) for shape in shapes(plan)]
    return _table(plan, found), _nearest(plan, found)


def _table(plan: Plan, found: list[Found]) -> xr.Dataset:
    """The first size of each shape; nan where none is enough."""
    import xarray as xr

    rows = [_row(plan, each) for each in found]
    columns = {name: ("shape", [row[name] for row in rows]) for name in rows[0]}
    return xr.Dataset(
        columns,
        coords={"shape": [each.shape.label for each in found]},
        attrs={"most_patients": MOST_PATIENTS, "declared": _as_declared(plan)},
    )


def _row(plan: Plan, found: Found) -> dict[str, float | str]:
    """One shape."""
    return {
        "design": found.trial.label,
        "patients": found.trial.patients,
        "enough": int(found.enough),
        "settled": np.nan if found.settled is None else found.settled,
        "searched": found.searched,
        "probability": found.trial.probability_asked,
        "power": plan.goals.success(found.trial.design),
        "worst": found.trial.worst().bound,
    }


def _as_declared(plan: Plan) -> float:
    """One arm: patients with which the goals are met as declared; nan where none are."""
    if plan.two_arms:
        return np.nan
    shape = shapes(plan)[0]
    possible = _possible(_first_possible(plan, shape), shape.most)
    enough = (n for n in possible if meets_goals(plan, _declared(plan, shape, n)))
    return next(enough, np.nan)


def _nearest(plan: Plan, found: list[Found]) -> xr.Dataset:
    """The smallest candidate that is enough as declared, else the smallest size, else the best."""
    import xarray as xr

    declared = (trial for trial in by_size(plan.trials) if meets_goals(plan, trial))
    searched = by_size([each.trial for each in found if each.enough])
    kind, trial = "as declared", next(declared, None)
    if trial is None:
        kind, trial = ("searched", searched[0]) if searched else ("none", _best(plan, found))
    return xr.Dataset(
        {
            "n_treated": trial.looks[-1][0],
            "n_control": trial.looks[-1][1] if trial.two_arms else 0,
            "power": plan.goals.success(trial.design),
            "worst": trial.worst().bound,
            "worst_obeyed": trial.worst_obeyed().bound,
            "probability": trial.probability_asked,
            **errors(plan, trial),
        },
        attrs={"kind": kind, "label": trial.label, "most_patients": MOST_PATIENTS},
    )


def by_size(trials: Sequence[Trial]) -> list[Trial]:
    """Trials with fewer patients first, then those with fewer looks."""
    return sorted(trials, key=lambda trial: (trial.patients, len(trial.looks)))


def _best(plan: Plan, found: list[Found]) -> Trial:
    """The trial with the largest power."""
    trials = [each.trial for each in found]
    return max(trials, key=lambda trial: plan.goals.success(trial.design))


def shapes(plan: Plan) -> list[Shape]:
    """Every allocation declared or asked for, with every declared pattern of looks."""
    looks = [size.looks for size in plan.sizes]
    allocations = [_lowest(each[-1]) for each in looks] + list(plan.allocations)
    patterns = [
        tuple(tuple(Fraction(n, m) for n, m in zip(look, each[-1], strict=True)) for look in each)
        for each in looks
    ]
    kinds = [(arms, pattern) for pattern in patterns for arms in allocations]
    return [Shape(*kind) for kind in dict.fromkeys(kinds)]


def _lowest(n: tuple[int, ...]) -> tuple[int, ...]:
    """Patients of the arms in lowest terms."""
    return tuple(each // math.gcd(*n) for each in n)


def smallest(plan: Plan, shape: Shape) -> Found:
    """The smallest trial of a shape that meets the goals, looked for from below.

    No size is looked at that is too small for any test whatever at this error and power.
    """
    possible = _possible(_first_possible(plan, shape), shape.most)
    tried = ((units, _of_size(plan, shape, units)) for units in possible)
    first = next(((units, trial) for units, trial in tried if meets_goals(plan, trial)), None)
    if first is None:
        last = _of_size(plan, shape, shape.most)
        return Found(shape, last, enough=False, settled=None, searched=last.patients)
    units, trial = first
    end = min(max(math.ceil(units * BEYOND), units + AT_LEAST), shape.most)
    larger = range(units + 1, end + 1)
    failed = [n for n in larger if not meets_goals(plan, _of_size(plan, shape, n))]
    since, arms = max([units - 1, *failed]) + 1, sum(shape.allocation)
    settled = None if since > end else since * arms
    return Found(shape, trial, enough=True, settled=settled, searched=end * arms)


def _possible(first: int, most: int) -> Iterator[int]:
    """Every size up to twice the first possible one; beyond, by steps of a tenth."""
    size = first
    while size <= most:
        yield size
        size = size + 1 if size < 2 * first else math.ceil(size * STEP)


def _first_possible(plan: Plan, shape: Shape) -> int:
    """Fewest units with which any test can meet the goals, by bisection: the bound grows."""
    low, high = 0, shape.most + 1
    while high - low > 1:
        middle = (low + high) // 2
        n = shape.patients(middle)[-1]
        if _power_bound(plan, n) >= plan.goals.power:
            high = middle
        else:
            low = middle
    return high


def _power_bound(plan: Plan, n: tuple[int, ...]) -> float:
    """The largest power of any test: of two arms against both rates at their weighted mean."""
    wanted = (plan.truth.treated, plan.truth.control)[: len(n)]
    null = (float(np.average(wanted, weights=n)),) * 2 if len(n) > 1 else (plan.null,)
    return largest_power(n, wanted, null, plan.goals.alpha)


def _of_size(plan: Plan, shape: Shape, units: int) -> Trial:
    """A trial of so many units, calibrated in the worst case."""
    return _declared(plan, shape, units).calibrated(plan.goals.alpha)


def _declared(plan: Plan, shape: Shape, units: int) -> Trial:
    """A trial of so many units under the declared rule."""
    looks = shape.patients(units)
    label = " then ".join(" + ".join(map(str, look)) for look in looks)
    return plan.trial(label, looks, plan.trials[0].design.analysis)


def meets_goals(plan: Plan, trial: Trial) -> bool:
    """Whether a trial has the error and the power asked for."""
    if plan.goals.success(trial.design) < plan.goals.power:
        return False
    return trial.worst(level=plan.goals.alpha).bound <= plan.goals.alpha + SLACK
