"""Every reason to distrust a result: what was measured, what is allowed, and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bayesips.answer.table import Table
from bayesips.words.outcome import outcome_of

if TYPE_CHECKING:
    import xarray as xr

# What a run of NUTS must reach (Vehtari et al. 2021, Bayesian Analysis 16:667; Betancourt 2016).
R_HAT = 1.01
ESS_PER_CHAIN = 100
E_BFMI = 0.3
# What the exact engine promises, and what rounding allows.
QUADRATURE = 1e-9
PROBABILITY_ERROR = 1e-6
MONTE_CARLO_ERROR = 0.005
# A decision must stand this many errors away from what is required.
CLEAR_BY = 4.0
KL = 1e-4
CDF_ERROR = 0.01


class Check(NamedTuple):
    """One reason to distrust.

    Attributes
    ----------
    name : str
    value : float
        What was measured.
    limit : float
        What is allowed.
    at_most : bool
        Whether the value may not exceed the limit; else it may not fall below it.
    advice : str
        What to do when it fails.
    withholds : bool
        Whether a failure withholds the conclusion.
    """

    name: str
    value: float
    limit: float
    at_most: bool
    advice: str
    withholds: bool = True

    @property
    def passed(self) -> bool:
        """Whether the value keeps to the limit; NaN does not."""
        return bool(self.value <= self.limit if self.at_most else self.value >= self.limit)


def checks(tree: xr.DataTree) -> Table:
    """All checks of a result, as the group `diagnostics`.

    Parameters
    ----------
    tree : DataTree, or an Assessment read as one
        With the groups control and decision; of "nuts" also posterior and sample_stats.

    Returns
    -------
    Table
        Dim check: name, value, limit, at_most, passed, withholds, advice.
    """
    found = [*(_of_chains(tree) if tree.attrs["engine"] == "nuts" else _of_quadrature(tree))]
    found += [*_of_decisions(tree), *_of_mixture(tree)]
    columns: dict[str, Any] = {
        field: ("check", np.array([getattr(check, field) for check in found]))
        for field in (*Check._fields, "passed")
        if field != "name"
    }
    return Table.of(columns, {"check": np.array([check.name for check in found])})


def failures(tree: xr.DataTree) -> list[str]:
    """Why the conclusion is withheld: one sentence for each failed check; empty if none is."""
    group = tree["diagnostics"].to_dataset()
    fields = (group[name].values for name in ("check", "value", "limit", "at_most", "advice"))
    failed = ~group["passed"].values & group["withholds"].values
    return [
        f"{name}: {float(value):.4g}, allowed is {'at most' if at_most else 'at least'} "
        f"{float(limit):.4g}. {advice}"
        for name, value, limit, at_most, advice in zip(*(f[failed] for f in fields), strict=True)
    ]


def _of_chains(tree: xr.DataTree) -> Iterator[Check]:
    """What can go wrong with NUTS."""
    worst = json.loads(tree["posterior"].attrs["diagnostics"])
    return of_run(worst, tree["posterior"].sizes["chain"])


def of_run(worst: Mapping[str, float], chains: int) -> Iterator[Check]:
    """Checks of one run of NUTS, from what `bayesips.engine.nuts.diagnose` measured."""
    more = "Run more draws, or ask the exact engine."
    reparametrise = "Raise target_accept towards 1, or ask the exact engine."
    limits = {
        "r_hat": ("largest r_hat", R_HAT, True, f"The chains disagree. {more}"),
        "ess_bulk": ("smallest bulk ESS", ESS_PER_CHAIN * chains, False, more),
        "ess_tail": ("smallest tail ESS", ESS_PER_CHAIN * chains, False, more),
        "divergences": ("divergences", 0, True, reparametrise),
        "tree_depth": ("trajectories cut short", 0, True, reparametrise),
        "e_bfmi": ("smallest E-BFMI", E_BFMI, False, f"Heavy tails were missed. {reparametrise}"),
    }
    for key, (name, limit, at_most, advice) in limits.items():
        if key in worst:
            yield Check(name, worst[key], float(limit), at_most, advice)


def _of_quadrature(tree: xr.DataTree) -> Iterator[Check]:
    """What can go wrong with quadrature."""
    change = tree["control"].attrs["quadrature_error"]
    advice = "The control rate has not settled under refinement; ask the engine nuts."
    yield Check("change under refinement", change, QUADRATURE, True, advice)


def _of_decisions(tree: xr.DataTree) -> Iterator[Check]:
    """Whether the probabilities are known well enough to decide."""
    exact = tree.attrs["engine"] == "exact"
    limit = PROBABILITY_ERROR if exact else MONTE_CARLO_ERROR
    more = "Report it as numerically unsettled." if exact else "Run more draws."
    group = tree["decision"].to_dataset()
    for number in group["criterion"].values:
        one = group.sel(criterion=number)
        error = float(one["error"])
        what = f"P(effect {outcome_of(tree.attrs).sign} {float(one['margin']):g})"
        yield Check(
            f"{group.attrs['error_is']} error of {what}".replace("error error", "error"),
            error,
            limit,
            True,
            more,
        )
        distance = abs(float(one["probability"]) - float(one["required"]))
        clear = distance / error if error > 0 else np.inf
        near = f"The probability is too close to what is required for its error. {more}"
        yield Check(f"errors between {what} and what is required", clear, CLEAR_BY, False, near)


def _of_mixture(tree: xr.DataTree) -> Iterator[Check]:
    """How far the Beta mixture is from the control; decisions do not use it."""
    control = tree["control"].to_dataset()
    advice = "Use the mixture with care; the conclusion does not rest on it."
    if control.sizes["component"]:
        if np.isfinite(control["kl"]):
            yield Check("mixture divergence", float(control["kl"]), KL, True, advice, False)
        error = float(control["cdf_error"])
        yield Check("mixture cdf error", error, CDF_ERROR, True, advice, False)
