"""Where a grid is laid out, how finely, and whether weight is left at its ends."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from bayesips.distributions.priors import Prior
from bayesips.engine.quadrature.blocks import points_of
from bayesips.engine.quadrature.grid import Grid
from bayesips.engine.quadrature.hard_ends import Panels
from bayesips.engine.quadrature.hyperparameter_nodes import FIRST_REACH, Stretch
from bayesips.engine.quadrature.normal_sums import Even
from bayesips.engine.quadrature.windows import prior_ends

# A window reaches so many standard deviations at first.
REACH = 7.5
# So many cells are looked at first.
SAMPLE = 24


@dataclass(frozen=True)
class Effort:
    """How fine a reading is: nodes of each hyperparameter, and steps of a location.

    `shape` are the nodes of the endpoint's shape, of which history says little: a smooth prior
    with nothing at its ends needs few. `loose`: a few digits are enough.
    """

    count: int
    step: float
    shape: int = 0
    loose: bool = False

    @property
    def shape_count(self) -> int:
        """Nodes of the endpoint's shape; as many as of others where nothing is said."""
        return self.shape or self.count


@dataclass(frozen=True, eq=False)
class Region:
    """Where the posterior is: parts of each hyperparameter's prior, ends of the location's."""

    parts: dict[str, list[Stretch]]
    location: tuple[float, float] = (-np.inf, np.inf)
    reach: float = REACH


@dataclass(frozen=True)
class Ends:
    """Largest log weights at ends of nodes and of windows of the location, over a cell's peak."""

    nodes: dict[str, np.ndarray]
    location: float

    @classmethod
    def of(cls, grid: Grid, weights: np.ndarray) -> Ends:
        """In some cells' weights (cells, K, P)."""
        with np.errstate(divide="ignore"):
            found = {}
            for name, mass in grid.by_node(weights).items():
                logs = np.log(mass / mass.max(axis=1, keepdims=True)).max(axis=0)
                if grid.story.hypers[name].family != "fixed" and len(logs) > 1:
                    found[name] = logs[[0, -1]]
            return cls(found, _at_window_ends(grid, weights))

    def joined(self, other: Ends) -> Ends:
        """The larger ones, over two sets of cells."""
        nodes = {name: np.maximum(logs, other.nodes[name]) for name, logs in self.nodes.items()}
        return Ends(nodes, max(self.location, other.location))


def gap(window_: Even | Panels) -> float:
    """How far beyond its points a window may matter."""
    return 3 * window_.step if isinstance(window_, Even) else 2 * window_.half


def _at_window_ends(grid: Grid, weights: np.ndarray) -> float:
    """Largest log weight at an end of a window that its prior does not end, over a cell's peak."""
    places = []
    for window_, part, (_, prior) in zip(
        grid.blocks.windows, grid.blocks.parts, grid.blocks.priors, strict=False
    ):
        if window_ is None or part.stop - part.start == 1:
            continue
        own = prior_ends(prior)
        points = points_of(window_)
        hard = isinstance(window_, Panels)
        if points[0] > own[0] and not (hard and window_.low <= own[0]):  # type: ignore[union-attr]  # panels
            places.append(part.start)
        if points[-1] < own[1] and not (hard and window_.high >= own[1]):  # type: ignore[union-attr]  # panels
            places.append(part.stop - 1)
    if not places:
        return -np.inf
    points = weights.sum(axis=1)
    found = points[:, places].max(axis=1) / points.max(axis=1)
    return float(np.log(np.maximum(found, 1e-300)).max())


def wider(part: Stretch, own: tuple[float, float], open_ends: np.ndarray) -> Stretch:
    """A part of a prior grown by half of itself at each open end, within its reach."""
    if part.settled:
        return part
    grow = (part.high - part.low) / 2
    reach = _reach(part.prior, own)
    low = max(reach[0], part.low - grow) if open_ends[0] else part.low
    high = min(reach[1], part.high + grow) if open_ends[1] else part.high
    return replace(part, low=low, high=high)


def _reach(prior: Prior, first: tuple[float, float]) -> tuple[float, float]:
    """Ends, on the working scale, beyond which nothing can be: data may pull far into light tails.

    A light-tailed prior was cut where it has no mass of its own; data in conflict with it put the
    posterior there all the same.
    """
    if prior.family in ("normal", "lognormal"):
        return -np.inf, np.inf
    if prior.family in FIRST_REACH:
        return 0.0, np.inf
    return first


def some_cells(grid: Grid) -> np.ndarray:
    """Some cells, and those with extreme data or hyperpriors."""
    if grid.cells <= SAMPLE:
        return np.arange(grid.cells)
    features = [axis.log_mass[:, [0, len(axis) // 2, -1]].T for axis in grid.axes]
    rates = []
    for data in grid.data.values():
        counts = [(arms[0].successes, arms[0].n) if arms else (0, 0) for arms in data.keys]
        table = np.array(counts, dtype=float)[data.index]
        rates.append((table[:, 0] + 0.5) / (table[:, 1] + 1))
    if rates:
        stacked = np.stack(rates)
        features += [stacked, stacked.mean(axis=0)[None], stacked.std(axis=0)[None]]
    rows = [row for block in features for row in block if len(row) == grid.cells]
    chosen = [index for row in rows for index in (np.argmin(row), np.argmax(row))]
    return np.unique([*chosen, *np.linspace(0, grid.cells - 1, SAMPLE).astype(int)])
