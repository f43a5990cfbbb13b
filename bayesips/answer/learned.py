"""What a method learned about its own unknowns, from history and the trial's own controls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesips.borrowing import as_method, method_name
from bayesips.borrowing.method import AnyMethod, Build, needs_controls
from bayesips.endpoints import Binary, Endpoint
from bayesips.engine.control_rate import check_counted
from bayesips.engine.exact import RESOLUTIONS
from bayesips.engine.quadrature.axes import Segment
from bayesips.engine.quadrature.grouped_reader import reader_of
from bayesips.engine.quadrature.region import Region, Resolution
from bayesips.engine.quadrature.story import Beta, Blend, Normal, Story, constant
from bayesips.engine.quadrature.unknowns import (
    HEAVY,
    Found,
    Grid,
    Read,
    grid_weights,
    indicator,
    of_classes,
    of_grids,
    of_powers,
)
from bayesips.engine.settle import Reading, settle
from bayesips.errors import Refused
from bayesips.evidence.arm import Arm

if TYPE_CHECKING:
    import xarray as xr

TOLERANCE = 1e-8
LONG = (*HEAVY, "lognormal")


def learned(
    arms: Sequence[Arm],
    method: Any,
    concurrent: Arm | None = None,
    *,
    endpoint: Endpoint | None = None,
    tolerance: float = TOLERANCE,
) -> xr.Dataset:
    """Posterior mean and sd of a method's own unknowns (discount, tau, shares), by quadrature.

    Parameters
    ----------
    arms : sequence of Arm
        History, one data set.
    method : borrowing method, its class or its name
    concurrent : Arm, optional
        Controls of the current trial, counted at the landmark.
    endpoint : Endpoint
        Default `Binary()`.
    tolerance : float
        Largest change from one reading to a finer one that counts as settled; relative for
        numbers above 1.

    Returns
    -------
    xarray.Dataset
        `mean`, `sd` and `error` (last change under refinement) by `unknown`: the names of the
        story; "NAME in part K" is the probability that an unknown comes from that part of its
        mixture prior, "ARM exchangeable" (or "ARM in part K") that an arm belongs there. NaN where
        a heavy-tailed prior leaves an unknown without a mean or sd. A vague part beside the method
        (`robust`) is not asked, nor the endpoint's shape of powered history. Empty for a method
        without unknowns.

    Raises
    ------
    Refused
        For a method that learns one number before its story (see `bayesips.adapted`), for batches,
        and for controls that are no count at the landmark.
    NotSettled
        If it does not settle, or the story is not one for this.
    """
    import xarray as xr

    method = as_method(method)
    found = learned_table(arms, method, concurrent, endpoint or Binary(), tolerance)
    return xr.Dataset(
        {name: ("unknown", found[name]) for name in ("mean", "sd", "error")},
        coords={"unknown": found["unknown"]},
        attrs={"method": method_name(method)},
    )


def learned_table(
    arms: Sequence[Arm],
    method: AnyMethod,
    concurrent: Arm | None,
    endpoint: Endpoint,
    tolerance: float = TOLERANCE,
) -> dict[str, np.ndarray]:
    """The columns of `learned`: unknown, mean, sd and error."""
    _check(method, arms, concurrent, endpoint)
    found, error = _found(method, arms, concurrent, endpoint, tolerance)
    columns = np.array([[*pair, error.get(name, 0.0)] for name, pair in found.items()])
    named = dict(zip(("mean", "sd", "error"), columns.reshape(-1, 3).T, strict=True))
    return {"unknown": np.array(list(found), dtype=str), **named}


def _check(method: Any, arms: Sequence[Arm], concurrent: Arm | None, endpoint: Endpoint) -> None:
    """Refuse what is no single data set, or learns otherwise."""
    if needs_controls(method):
        raise Refused(
            f"{method_name(method)} learns one number from the controls before its story, not a "
            "distribution: bayesips.adapted gives it"
        )
    if Story.of(_ControlsToo(method, concurrent), arms, endpoint).batch_shape:
        raise Refused(
            "arms or settings are a batch; what was learned is answered for one data set at a time"
        )
    if concurrent is not None:
        check_counted(concurrent, endpoint)


def _found(
    method: Any, arms: Sequence[Arm], concurrent: Arm | None, endpoint: Endpoint, tolerance: float
) -> tuple[Found, dict[str, float]]:
    """Mean and sd of each unknown, and by how much they still moved."""
    before = Story.of(method, arms, endpoint)
    control = before.control
    if any(isinstance(rate, Blend) for rate in [control, *before.rates]):
        return of_classes(before, concurrent), {}
    if isinstance(control, Beta) and control.given and before.hypers:
        return _settled(before, of_powers(before, concurrent), tolerance)
    with_controls = _ControlsToo(method, concurrent)
    story = Story.of(with_controls, arms, endpoint)
    found, error = dict[str, tuple[float, float]](), dict[str, float]()
    if any(prior.family != "fixed" for prior in story.hypers.values()):
        found, error = _settled(story, lambda grid: of_grids(grid, grid_weights(grid)), tolerance)
    for place, name, count in _mixed(story):
        more, moved = _memberships(with_controls, arms, endpoint, (place, name, count), tolerance)
        found, error = found | more, error | moved
    return found, error


@dataclass(frozen=True)
class _ControlsToo:
    """A method's story in which the trial's own controls speak of the control rate."""

    method: Any
    concurrent: Arm | None

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """Tell it, and observe them."""
        control = self.method.tell(build, history)
        if self.concurrent is not None:
            build.observe(control, self.concurrent)
        return control


@dataclass(frozen=True)
class _Unknowns:
    """Mean and sd of every unknown; changes are relative for numbers above 1."""

    of: Read
    name: str = "what was learned"

    def read(self, grid: Grid, resolution: Resolution, before: Found | None) -> Reading:
        """Mean and sd of each on a grid."""
        del resolution, before
        found = self.of(grid)
        return Reading(found, np.array([*found.values()]).reshape(-1, 2))

    def changes(self, now: np.ndarray, before: np.ndarray) -> np.ndarray:
        """Of each unknown, the larger of both; what has no mean or sd does not move."""
        moved = np.nan_to_num(np.abs(now - before) / np.maximum(1, np.abs(now)))
        return np.asarray(moved.max(axis=1, initial=0.0))

    def at_last(self, now: Found, before: np.ndarray) -> float:
        """Every unknown counts."""
        del now, before
        return float(np.inf)


def _settled(story: Story, read: Read, tolerance: float) -> tuple[Found, dict[str, float]]:
    """Mean and sd of every unknown, and the error of each."""
    reader = reader_of(story)
    found = settle(reader, _Unknowns(read), RESOLUTIONS, tolerance, _upwards(reader))
    return found.value, dict(zip(found.value, found.changes.tolist(), strict=True))


def _upwards(reader: Any) -> Region:
    """The region of the posterior, long tails whole: moments reach further than probabilities."""
    region, first = reader.region(), reader.first_region()
    uneven = {
        name: [_upward(own, region.uneven[name]) for own in parts]
        for name, parts in first.uneven.items()
    }
    return replace(region, uneven=uneven)


def _upward(own: Segment, found: list[Segment]) -> Segment:
    """One part of an axis as it was found, up to its prior's own end if its tail is long."""
    part = next((each for each in found if each.prior is own.prior), own)
    return replace(part, high=own.high) if part.prior.family in LONG else part


# -- which part a rate belongs to ----------------------------------------------------------------


def _mixed(story: Story) -> Iterator[tuple[int, str, int]]:
    """Observed rates that may have one centre or another: place, name, number of parts."""
    for place, rate in enumerate(story.rates):
        if isinstance(rate, Normal) and rate.observed:
            if len({centre.uses for _, centre, _ in rate.parts}) > 1:
                yield place, rate.name, len(rate.parts)


def _memberships(
    with_controls: Any,
    arms: Sequence[Arm],
    endpoint: Endpoint,
    rate: tuple[int, str, int],
    tolerance: float,
) -> tuple[Found, dict[str, float]]:
    """Probability that one rate belongs to each of its parts with unknowns, by Bayes' theorem.

    The evidence of all data if it does belong there, times the prior probability that it does.
    """
    place, name, count = rate
    logs, shared, moved = np.empty(count), [], 0.0
    for part in range(count):
        story = Story.of(with_controls, arms, endpoint)
        own = story.rates[place]
        assert isinstance(own, Normal)
        weight, centre, scale = own.parts[part]
        own.parts = [(constant(1.0), centre, scale)]
        found, error = _settled(story, lambda grid: {"": (_log_evidence(grid), 0.0)}, tolerance)
        logs[part] = np.log(weight.number) + found[""][0]
        shared += [part] if centre.uses else []
        moved = max(moved, error[""])
    probability = np.exp(logs - logs.max()) / np.exp(logs - logs.max()).sum()
    alone = len(shared) == 1
    names = [f"{name} exchangeable" if alone else f"{name} in part {k + 1}" for k in shared]
    values = [indicator(float(probability[part])) for part in shared]
    return dict(zip(names, values, strict=True)), dict.fromkeys(names, moved)


def _log_evidence(hierarchy: Grid) -> float:
    """Of all data."""
    return float(hierarchy.log_evidence()[0])
