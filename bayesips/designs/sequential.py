"""Any number of looks, one arm or two: exact stopping probabilities by forward recursion.

The recursion runs over outcomes, not over rates: of all orders in which y successes can fall
among n patients, a fixed share survives the earlier looks, whatever the true rate
(hypergeometric). So the table is made once, and every operating characteristic is a sum of
that share times the probability of the outcome.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.binomial import (
    check_size,
    hypergeometric_table,
    table_expectation,
)
from bayesips.distributions.any_distribution import Distribution
from bayesips.errors import Refused

if TYPE_CHECKING:
    import xarray as xr

TWO_ARMS = 2


@dataclass(frozen=True, eq=False)
class SequentialDesign:
    """Looks, and the outcomes at which the trial stops for efficacy or for futility.

    Parameters
    ----------
    looks : sequence of int or of (int, int)
        Patients seen at each look: of the one arm, or (treated, control).
    efficacy : sequence of bool arrays
        Outcomes at which the trial stops and claims success, one array of shape (n + 1,) or
        (n_treated + 1, n_control + 1) per look. At the last look: when it succeeds.
    futility : sequence of bool arrays
        Outcomes at which it stops without; efficacy takes precedence. At the last look
        everything that is not a success is a failure.

    Raises
    ------
    Refused
        If looks do not grow, or arrays do not match them.
    """

    looks: tuple[tuple[int, ...], ...]
    efficacy: tuple[NDArray, ...]
    futility: tuple[NDArray, ...]

    def __init__(
        self,
        looks: Sequence[int] | Sequence[tuple[int, ...]],
        efficacy: Sequence[NDArray],
        futility: Sequence[NDArray],
    ) -> None:
        sizes = as_looks(looks)
        success = tuple(np.asarray(each, dtype=bool) for each in efficacy)
        failure = [np.asarray(each, dtype=bool) for each in futility]
        for name, sets in (("efficacy", success), ("futility", failure)):
            _check_sets(name, sets, sizes)
        failure[-1] = ~success[-1]
        settled = tuple(f & ~s for f, s in zip(failure, success, strict=True))
        for name, value in (("looks", sizes), ("efficacy", success), ("futility", settled)):
            object.__setattr__(self, name, value)

    @cached_property
    def reached(self) -> tuple[NDArray, ...]:
        """For each look and outcome, the share of its paths that no earlier look has stopped."""
        tables = [np.ones([n + 1 for n in self.looks[0]])]
        for look in range(1, len(self.looks)):
            going = tables[-1] * ~(self.efficacy[look - 1] | self.futility[look - 1])
            tables.append(_carried(going, self.looks[look - 1], self.looks[look]))
        return tuple(tables)

    @cached_property
    def success_table(self) -> NDArray:
        """P(success is claimed | outcome of the last look, had everyone been treated).

        In [0, 1], shaped as the last look: what `worst_case` takes in place of decisions. (To
        calibrate a design with looks, give `calibrate` the `MonitoredDesign` it was made of.)
        """
        total = np.zeros([n + 1 for n in self.looks[0]])
        for look, (reached, stop) in enumerate(zip(self.reached, self.efficacy, strict=True)):
            if look:
                total = _carried(total, self.looks[look - 1], self.looks[look])
            total = total + reached * stop
        return np.clip(total, 0.0, 1.0)

    def _stopping(self, sets: Sequence[NDArray], rates: Sequence[ArrayLike]) -> NDArray:
        """P(stopping at each look inside its set), looks first, then the broadcast of the rates."""
        pairs = zip(self.reached, sets, strict=True)
        return np.stack([table_expectation(reached * stop, *rates) for reached, stop in pairs])

    def efficacy_probabilities(self, *rates: ArrayLike) -> NDArray:
        """P(success is claimed at each look) at true rates: shape (looks, ...)."""
        return self._stopping(self.efficacy, rates)

    def futility_probabilities(self, *rates: ArrayLike) -> NDArray:
        """P(the trial fails at each look) at true rates: shape (looks, ...)."""
        return self._stopping(self.futility, rates)

    def power(self, *rates: ArrayLike) -> NDArray:
        """P(success is claimed at any look) at true rates: one array per arm, broadcast."""
        return self.efficacy_probabilities(*rates).sum(axis=0)

    def early_stop(self, *rates: ArrayLike) -> NDArray:
        """P(the trial stops before its last look) at true rates."""
        sets = [e | f for e, f in zip(self.efficacy, self.futility, strict=True)]
        return self._stopping(sets, rates)[:-1].sum(axis=0)

    def expected_n(self, *rates: ArrayLike) -> NDArray:
        """Expected number of patients, both arms together, at true rates."""
        totals = np.array([sum(sizes) for sizes in self.looks], dtype=float)
        sets = [e | f for e, f in zip(self.efficacy, self.futility, strict=True)]
        return np.tensordot(totals, self._stopping(sets, rates), axes=1)

    def assurance(self, *distributions: Distribution) -> float:
        """Expected power over independent design priors of the true rates, one per arm."""
        total = 0.0
        for sizes, reached, stop in zip(self.looks, self.reached, self.efficacy, strict=True):
            mass = reached * stop
            for n, distribution in zip(sizes, distributions, strict=True):
                mass = np.tensordot(distribution.predictive(n).pmf(np.arange(n + 1)), mass, axes=1)
            total += float(mass)
        return total

    def boundaries(self) -> list[dict[str, Any]]:
        """The table for the protocol, one row per look (two arms: and per control count).

        `stop_at_most`: fail at this many (treated) successes or fewer; `claim_at_least`: succeed
        at this many or more; None where no outcome does. `monotone` says that nothing else stops.
        """
        looks = zip(self.looks, self.futility, self.efficacy, strict=True)
        return [row for look in looks for row in boundary_rows(*look)]

    def operating_characteristics(self, *rates: ArrayLike) -> xr.Dataset:
        """Stopping probabilities, power and expected size at true rates (one-dimensional).

        Returns
        -------
        xarray.Dataset
            Dims `look` and `scenario`; coordinates hold the patients and the true rates.
        """
        import xarray as xr

        arms = ("rate_treated", "rate_control")[: len(self.looks[0])]
        named = dict(zip(arms, np.broadcast_arrays(*map(np.atleast_1d, rates)), strict=True))
        per_look, per_scenario = ("look", "scenario"), ("scenario",)
        true = tuple(named.values())
        return xr.Dataset(
            {
                "efficacy": (per_look, self.efficacy_probabilities(*true)),
                "futility": (per_look, self.futility_probabilities(*true)),
                "power": (per_scenario, self.power(*true)),
                "early_stop": (per_scenario, self.early_stop(*true)),
                "expected_n": (per_scenario, self.expected_n(*true)),
            },
            coords={
                "patients": ("look", [sum(sizes) for sizes in self.looks]),
                **{name: (per_scenario, values) for name, values in named.items()},
            },
        )


def as_looks(looks: Sequence[int] | Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """Patients per look as tuples, refused if they are not whole or do not grow."""
    sizes = tuple(tuple(np.atleast_1d(each).tolist()) for each in looks)
    if not sizes or len({len(each) for each in sizes}) != 1 or len(sizes[0]) > TWO_ARMS:
        raise Refused(f"looks are {looks!r}; give patients, or (treated, control), per look")
    for each in sizes:
        for n in each:
            check_size(n, "a look", 0)
    for before, after in pairwise(sizes):
        if sum(after) <= sum(before) or any(b > a for b, a in zip(before, after, strict=True)):
            raise Refused(f"look at {after} patients follows one at {before}; looks must grow")
    return sizes


def _check_sets(name: str, sets: Sequence[NDArray], looks: tuple[tuple[int, ...], ...]) -> None:
    """Refuse stopping sets that do not match the looks."""
    wanted = [tuple(n + 1 for n in sizes) for sizes in looks]
    given = [each.shape for each in sets]
    if given != wanted:
        raise Refused(f"{name} has arrays of shapes {given}; the looks ask for {wanted}")


def _carried(going: NDArray, before: tuple[int, ...], after: tuple[int, ...]) -> NDArray:
    """Shares of paths still going at one look, at the outcomes of the next."""
    for axis, (drawn, n) in enumerate(zip(before, after, strict=True)):
        moved = np.tensordot(hypergeometric_table(drawn, n), going, axes=(1, axis))
        going = np.moveaxis(moved, 0, axis)
    return going


def boundary_rows(
    sizes: tuple[int, ...], futility: NDArray, efficacy: NDArray
) -> list[dict[str, Any]]:
    """One look of the boundary table: as in `SequentialDesign.boundaries`, of any stopping sets."""
    if len(sizes) < TWO_ARMS:
        return [{"n": sizes[0], **_ends(futility, efficacy)}]
    columns = enumerate(zip(futility.T, efficacy.T, strict=True))
    return [{"n": sizes, "control_successes": y, **_ends(*each)} for y, each in columns]


def _ends(futility: NDArray, efficacy: NDArray) -> dict[str, Any]:
    """The longest runs that stop, from the lower and from the upper end of 0..n."""
    n = len(futility) - 1
    low = int(np.cumprod(futility).sum()) - 1
    high = n + 1 - int(np.cumprod(efficacy[::-1]).sum())
    monotone = futility.sum() == low + 1 and efficacy.sum() == n + 1 - high
    return {
        "stop_at_most": low if low >= 0 else None,
        "claim_at_least": high if high <= n else None,
        "monotone": bool(monotone),
    }
