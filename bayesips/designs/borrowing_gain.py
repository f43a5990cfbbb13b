"""What borrowing buys: power at equal type I error, and the sweet spot of the control rate.

Expect little or no gain once the error is calibrated to the worst case over the whole null
(Kopp-Schneider et al. 2020): where a rule decides by both counts, more power somewhere is paid
for by more error elsewhere. The figures are given whether or not anything is gained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.calibration import Calibrated, calibrate, edge_rate
from bayesips.designs.two_arm import TwoArmDesign

if TYPE_CHECKING:
    import xarray as xr

GRID = 401  # control rates at which signs are looked at before roots are refined
HALVINGS = 40


def equal_error_power(
    designs: Mapping[str, TwoArmDesign],
    alpha: float,
    effect: float,
    rate_control: ArrayLike,
    history: float,
) -> xr.Dataset:
    """Power of several designs, each calibrated to the same type I error in two ways.

    Parameters
    ----------
    designs : mapping of name to TwoArmDesign
        For instance one per borrowing method.
    alpha : float
        The common type I error.
    effect : float
        True effect, on the scale of the rules, at which power is wanted.
    rate_control : array_like, shape (rates,)
        True control rates.
    history : float
        Control rate that history suggests.

    Returns
    -------
    xarray.Dataset
        `power`, `type1` over (design, calibrated_to, rate_control); `probability` asked for,
        `worst` certified error and where it is attained over (design, calibrated_to).

    References
    ----------
    Kopp-Schneider A, Calderazzo S, Wiesenfarth M (2020). Power gains by using external
    information in clinical trials are typically not possible when requiring strict type I error
    control. Biometrical Journal 62:361-374.
    """
    import xarray as xr

    rates = np.atleast_1d(np.asarray(rate_control, float))
    ways = {"worst case": None, "history": history}
    found = [[calibrate(d, alpha, history=at) for at in ways.values()] for d in designs.values()]
    both = ("design", "calibrated_to")
    return xr.Dataset(
        {
            "power": ((*both, "rate_control"), _over(found, rates, effect)),
            "type1": ((*both, "rate_control"), _over(found, rates, None)),
            "probability": (both, [[each.probability for each in row] for row in found]),
            "worst": (both, [[each.worst.bound for each in row] for row in found]),
            "worst_rate": (both, [[each.worst.rate_control for each in row] for row in found]),
        },
        coords={
            "design": list(designs),
            "calibrated_to": list(ways),
            "rate_control": rates,
        },
        attrs={"alpha": alpha, "effect": effect, "history": history},
    )


def _over(found: list[list[Calibrated]], rates: NDArray, effect: float | None) -> NDArray:
    """P(success) of calibrated designs at an effect (None: no effect)."""
    return np.array([[_power(each.design, rates, effect) for each in row] for row in found])


def _power(design: Any, rates: NDArray, effect: float | None) -> NDArray:
    """P(success) along control rates at a given effect; nan where no treated rate has it."""
    treated = np.array([edge_rate(rate, effect, design) for rate in rates.tolist()])
    reachable = _reachable(design, rates, effect)
    return np.where(reachable, design.power(treated, rates), np.nan)


def _reachable(design: TwoArmDesign, rates: NDArray, effect: float | None) -> NDArray:
    """Whether a treated rate in [0, 1] has that effect over the control rate."""
    if effect is None or design.rule.scale == "odds_ratio":
        return np.ones(rates.shape, dtype=bool)
    moved = rates + effect if design.rule.scale == "difference" else rates * effect
    return (moved >= 0) & (moved <= 1)


def sweet_spot(
    design: Any, reference: Any, effect: float, alpha: float
) -> list[tuple[float, float]]:
    """Control rates at which a design beats a reference and keeps its type I error.

    Parameters
    ----------
    design, reference : TwoArmDesign, or anything with its `rule` and `power`
        With and without borrowing.
    effect : float
        True effect at which power is compared.
    alpha : float
        Largest type I error allowed at the control rate.

    Returns
    -------
    list of (low, high)
        Intervals of the control rate in which power is higher and the error at most alpha.

    References
    ----------
    Viele K et al. (2014). Use of historical control data for assessing treatment effects in
    clinical trials. Pharmaceutical Statistics 13:41-54.
    """

    def margin(rates: NDArray) -> NDArray:
        gained = _power(design, rates, effect) - _power(reference, rates, effect)
        kept = alpha - _power(design, rates, None)
        return np.fmin(np.where(np.isnan(gained), -1.0, gained), kept)

    grid = np.linspace(0.0, 1.0, GRID)
    inside = margin(grid) > 0
    starts = np.flatnonzero(inside & ~np.concatenate([[False], inside[:-1]])).tolist()
    ends = np.flatnonzero(inside & ~np.concatenate([inside[1:], [False]])).tolist()
    pairs = zip(starts, ends, strict=True)
    return [(_edge(margin, grid, i, -1), _edge(margin, grid, j, 1)) for i, j in pairs]


def _edge(margin: Callable[[NDArray], NDArray], grid: NDArray, index: int, step: int) -> float:
    """The end of an interval, by bisection between a grid point inside and its neighbour."""
    if not 0 <= index + step < len(grid):
        return float(grid[index])
    inside, outside = float(grid[index]), float(grid[index + step])
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        if margin(np.array([middle]))[0] > 0:
            inside = middle
        else:
            outside = middle
    return inside
