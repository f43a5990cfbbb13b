"""What borrowing buys: power at equal type I error, and the sweet spot of the control rate.

Expect little or no gain once the error is calibrated to the worst case over the whole null
(Kopp-Schneider et al. 2020): where a rule decides by both counts, more power somewhere is paid
for by more error elsewhere. The figures are given whether or not anything is gained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.designs.at_effect import WithPower, power_at_effect
from bayesips.designs.calibration import calibrate
from bayesips.designs.two_arm import TwoArmDesign
from bayesips.designs.worst_case import worst_case

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

    ways = {"worst case": None, "history": history}
    found = [
        [calibrate(design, alpha, history=at).design for at in ways.values()]
        for design in designs.values()
    ]
    rates = np.atleast_1d(np.asarray(rate_control, float))
    worst = [[worst_case(d.success_table, None, d.rule.scale) for d in row] for row in found]
    both = ("design", "calibrated_to")
    return xr.Dataset(
        {
            "power": ((*both, "rate_control"), _along(found, rates, effect)),
            "type1": ((*both, "rate_control"), _along(found, rates, None)),
            "probability": (both, [[d.rule.criteria[0].probability for d in row] for row in found]),
            "worst": (both, [[each.bound for each in row] for row in worst]),
            "worst_rate": (both, [[each.rate_control for each in row] for row in worst]),
        },
        coords={
            "design": list(designs),
            "calibrated_to": list(ways),
            "rate_control": rates,
        },
        attrs={"alpha": alpha, "effect": effect, "history": history},
    )


def _along(found: Sequence[Sequence[WithPower]], rates: NDArray, effect: float | None) -> NDArray:
    """P(success) of calibrated designs along control rates at an effect (None: no effect)."""
    return np.array([[power_at_effect(each, rates, effect) for each in row] for row in found])


def sweet_spot(
    design: WithPower, reference: WithPower, effect: float, alpha: float
) -> list[tuple[float, float]]:
    """Control rates at which a design beats a reference and keeps its type I error.

    Parameters
    ----------
    design, reference : TwoArmDesign, or trials of them
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
        gained = power_at_effect(design, rates, effect) - power_at_effect(reference, rates, effect)
        kept = alpha - power_at_effect(design, rates, None)
        return np.fmin(np.where(np.isnan(gained), -1.0, gained), kept)

    return rates_above_zero(margin)


def rates_above_zero(function: Callable[[NDArray], NDArray]) -> list[tuple[float, float]]:
    """Intervals of rates in [0, 1] in which a function is positive, ends by bisection.

    Parameters
    ----------
    function : callable
        Of an array of rates; looked at on a grid of 401 before the ends are refined.
    """
    grid = np.linspace(0.0, 1.0, GRID)
    inside = function(grid) > 0
    starts = np.flatnonzero(inside & ~np.concatenate([[False], inside[:-1]])).tolist()
    ends = np.flatnonzero(inside & ~np.concatenate([inside[1:], [False]])).tolist()
    pairs = zip(starts, ends, strict=True)
    return [(_edge(function, grid, i, -1), _edge(function, grid, j, 1)) for i, j in pairs]


def _edge(function: Callable[[NDArray], NDArray], grid: NDArray, index: int, step: int) -> float:
    """The end of an interval, by bisection between a grid point inside and the next one."""
    if not 0 <= index + step < len(grid):
        return float(grid[index])
    inside, outside = float(grid[index]), float(grid[index + step])
    for _ in range(HALVINGS):
        middle = (inside + outside) / 2
        if function(np.array([middle]))[0] > 0:
            inside = middle
        else:
            outside = middle
    return inside
