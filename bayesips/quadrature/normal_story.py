"""Solves Normal stories: axes, a first look, finer looks, and the control's density."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bayesips.distributions.density import Density
from bayesips.quadrature.axes import Axis, Stretch, even_axis, narrowed, stretches, uneven_axis
from bayesips.quadrature.blur import Cloud
from bayesips.quadrature.data import keyed, log_likelihood, width
from bayesips.quadrature.hierarchy import Hierarchy, rates_with_data
from bayesips.quadrature.story import Normal, Story

MAX_AXES = 4
# First look: nodes on each uneven axis.
LOOK_COUNT = 14
LOOK_STEP = 0.42
# Even nodes are never further apart than this, nor closer than the data can tell.
WIDEST_STEP = 0.2
# First panels of the control's density.
FIRST_PANELS = 20


@dataclass(frozen=True)
class Effort:
    """How fine a reading is: nodes per uneven axis, and steps per joint sharpness."""

    count: int
    step: float


@dataclass(frozen=True, eq=False)
class Region:
    """Where the posterior is: a range for each even axis, stretches for each other."""

    even: dict[str, tuple[float, float]]
    uneven: dict[str, list[Stretch]]


@dataclass(frozen=True, eq=False)
class Reader:
    """Reads one Normal story at any effort."""

    story: Story
    batch: tuple[int, ...]

    def first_region(self) -> Region:
        """As wide as the priors."""
        even, uneven = {}, {}
        for name, prior in self.story.hypers.items():
            parts = stretches(prior)
            if self._is_even(name):
                even[name] = (parts[0].low, parts[0].high)
            else:
                uneven[name] = parts
        return Region(even, uneven)

    def _is_even(self, name: str) -> bool:
        """Whether a hyperparameter gets even nodes: a location that is not a set of values."""
        prior = self.story.hypers[name]
        single = prior.family != "fixed" or not prior.batch_shape
        return name in self.story.locations and prior.family != "mixture" and single

    def hierarchy(self, region: Region, effort: Effort) -> Hierarchy:
        """The story read on given regions."""
        cells = int(np.prod(self.batch, dtype=int))
        data = {rate: keyed(rate.observed, self.batch) for rate in rates_with_data(self.story)}
        uneven = {
            name: uneven_axis(name, parts, effort.count, self.batch)
            for name, parts in region.uneven.items()
        }
        shapes = self._shape_look(uneven)
        wide = width(self.story.endpoint, list(data.values()), shapes)
        step = min(WIDEST_STEP, effort.step / max(wide.sharpness, 1e-9))
        lattice = self._lattice()
        axes = [
            uneven[name] if name in uneven else self._even(name, region.even[name], step, lattice)
            for name in self.story.hypers
        ]
        return Hierarchy(self.story, data, axes, wide, step, lattice, cells)

    def _shape_look(self, uneven: dict[str, Axis]) -> list[np.ndarray]:
        """A few nodes of the endpoint's shape parameter, its ends among them."""
        if not self.story.shape:
            return []
        nodes = uneven[str(self.story.shape[0].name)].nodes
        return [nodes[np.unique(np.linspace(0, len(nodes) - 1, 4).astype(int))]]

    def _lattice(self) -> float:
        """A point through which the even grid must pass: a fixed location, else 0."""
        for name in self.story.locations:
            prior = self.story.hypers[name]
            if prior.family == "fixed" and not prior.batch_shape:
                return float(prior.numbers[0])
        return 0.0

    def _even(self, name: str, ends: tuple[float, float], step: float, lattice: float) -> Axis:
        """Even nodes on a range, on the common lattice; one node for a fixed location."""
        prior = self.story.hypers[name]
        if prior.family == "fixed":
            axis = even_axis(name, prior, lattice, 1.0, 1, self.batch)
            return replace(axis, log_mass=np.zeros((1, 1)))
        first = int(np.floor((ends[0] - lattice) / step))
        count = int(np.ceil((ends[1] - lattice) / step)) - first + 1
        return even_axis(name, prior, lattice + first * step, step, count, self.batch)

    def narrow(self, look: Hierarchy, region: Region) -> Region:
        """The region in which the posterior of every cell lies."""
        even, uneven = {}, {}
        for axis in look.axes:
            logs = look.log_marginal(axis.name)
            if axis.name in region.even:
                alive = np.flatnonzero(logs > -MATTERS_EVEN)
                pad = 3 * look.step
                even[axis.name] = (axis.nodes[alive[0]] - pad, axis.nodes[alive[-1]] + pad)
                low, high = region.even[axis.name]
                even[axis.name] = (max(low, even[axis.name][0]), min(high, even[axis.name][1]))
            else:
                weight = _log_spacing(axis)
                density = logs - weight
                uneven[axis.name] = narrowed(
                    region.uneven[axis.name], axis, density - density.max()
                )
        return Region(even, uneven)

    def region(self) -> Region:
        """Two looks: as wide as the priors, then where the first one found the posterior."""
        region = self.first_region()
        for count in (LOOK_COUNT,):
            look = self.hierarchy(region, Effort(count, LOOK_STEP))
            region = self.narrow(look, region)
        return region

    def control(self, hierarchy: Hierarchy) -> Density:
        """Density of the control rate."""
        return rate_density(hierarchy, self.story.control, self.batch)  # type: ignore[arg-type]  Normal


MATTERS_EVEN = 38.0


def _log_spacing(axis: Axis) -> np.ndarray:
    """Log of each node's share of the axis, to turn masses into densities."""
    if len(axis) == 1:
        return np.zeros(1)
    out = np.zeros(len(axis))
    for owner in np.unique(axis.owner):
        at = axis.owner == owner
        if at.sum() > 1:
            out[at] = np.log(np.gradient(axis.nodes[at]))
    return out


def rate_density(hierarchy: Hierarchy, rate: Normal, batch: tuple[int, ...]) -> Density:
    """Posterior density of a Normal rate of the story, its own data included."""
    pieces = [
        _chunk_density(hierarchy, rate, some) for some in hierarchy.chunks()
    ]
    density = pieces[0] if len(pieces) == 1 else stack(pieces)
    if batch == ():
        return density[0]
    logs = density.curve.logs
    return replace(
        density,
        curve=replace(density.curve, logs=logs.reshape(*batch, *logs.shape[1:])),
        atom_weights=density.atom_weights.reshape(*batch, -1),
    )


def stack(pieces: Sequence[Density]) -> Density:
    """Densities of one link, joined along their first batch axis."""
    edges = np.unique(np.concatenate([piece.curve.edges for piece in pieces]))
    atoms = np.unique(np.concatenate([piece.atoms for piece in pieces]))
    from bayesips.distributions.convert import log_on, spread_atoms  # noqa: PLC0415  heavier room

    logs = np.concatenate([log_on(piece, edges) for piece in pieces])
    weights = np.concatenate([spread_atoms(piece, atoms) for piece in pieces])
    first = pieces[0]
    return replace(
        first,
        curve=replace(first.curve, edges=edges, logs=logs),
        atoms=atoms,
        atom_weights=weights,
        error=max(piece.error for piece in pieces),
    )


def _chunk_density(hierarchy: Hierarchy, rate: Normal, some: slice) -> Density:
    """Density of a rate for a slice of cells."""
    link = hierarchy.story.endpoint.scale
    weights = hierarchy.weights(some)
    own = hierarchy.tables.get(rate)
    if own is not None and rate.parts[0][2] is not None:
        index = hierarchy.data[rate].index[some]
        with np.errstate(divide="ignore", over="ignore"):
            logs = np.log(weights) - own[index]
        weights = np.exp(logs - logs.reshape(len(logs), -1).max(axis=1).reshape(-1, *[1] * len(hierarchy.dims)))
    clouds = [_cloud(hierarchy, part, weights) for part in rate.parts]
    if own is None or rate.parts[0][2] is None:
        clouds = [_without_shape(cloud, len(weights)) for cloud in clouds]
        extra = None
    else:
        extra = _OwnData(hierarchy, rate, some)
    functions = [cloud.log_density() for cloud in clouds]

    def log_f(eta: np.ndarray) -> np.ndarray:
        total = np.logaddexp.reduce([function(eta) for function in functions])
        return total if extra is None else extra.joined(total, eta)

    low = min(cloud.bounds[0] for cloud in clouds)
    high = max(cloud.bounds[1] for cloud in clouds)
    return Density.from_log(
        link,
        log_f,
        np.linspace(low, high, FIRST_PANELS + 1),
        negligible=3e-14,
        cut=(low > link.limits[0], high < link.limits[1]),
        **({} if extra is not None else _end_atoms(clouds, link.decreasing)),
    )


def _end_atoms(clouds: Sequence[Cloud], decreasing: bool) -> dict:
    """Mass beyond the link's limits, as atoms at 0 and 1."""
    beyond = [tuple(cloud.beyond()) for cloud in clouds]
    low, high = (sum(side) for side in zip(*beyond, strict=True))
    with np.errstate(divide="ignore"):
        logs = np.log(np.stack([high, low] if decreasing else [low, high], axis=-1))
    return {"atoms": [0.0, 1.0], "atom_logs": logs}


def _cloud(hierarchy: Hierarchy, part: tuple, weights: np.ndarray) -> Cloud:
    """Weighted Normals of one part: (cells * shape nodes, spreads, centres)."""
    weight, centre, scale = part
    nodes = hierarchy.nodes
    weights = weights * np.asarray(weight.of(nodes), dtype=float)
    spread = np.zeros(1) if scale is None else np.asarray(scale.of(nodes), dtype=float)
    spread = spread.reshape(spread.shape if spread.ndim == len(hierarchy.dims) else (1,) * len(hierarchy.dims))
    location = hierarchy.position(centre.name)
    limits = hierarchy.story.endpoint.scale.limits
    keep = {location, hierarchy.shape_axis} | {i for i, size in enumerate(spread.shape) if size > 1}
    gone = tuple(i + 1 for i in range(len(hierarchy.dims)) if i not in keep)
    weights = weights.sum(axis=gone, keepdims=True)
    if location is None or not hierarchy.axes[location].even:
        return _scattered_cloud(hierarchy, centre, spread, weights)
    axis = hierarchy.axes[location]
    order = [0, *([hierarchy.shape_axis + 1] if hierarchy.shape_axis is not None else [])]
    rest = [i + 1 for i in range(len(hierarchy.dims)) if i + 1 not in order and i != location]
    moved = np.transpose(weights, [*order, *rest, location + 1])
    cells = int(np.prod(moved.shape[: len(order)], dtype=int))
    flat = moved.reshape(cells, -1, len(axis))
    return Cloud(float(axis.nodes[0]), hierarchy.step, spread.ravel(), flat, limits)


def _scattered_cloud(hierarchy: Hierarchy, centre, spread, weights) -> Cloud:  # noqa: ANN001
    """The same for centres that are not an even axis."""
    raise ArithmeticError(
        "the exact engine needs a control whose centre is a location with a smooth prior; "
        "use engine='nuts'"
    )


def _without_shape(cloud: Cloud, cells: int) -> Cloud:
    """Shape nodes summed out."""
    weights = cloud.weights.reshape(cells, -1, *cloud.weights.shape[1:]).sum(axis=1)
    return replace(cloud, weights=weights)


@dataclass(frozen=True, eq=False)
class _OwnData:
    """A rate's own likelihood, multiplied in and summed over shape nodes."""

    hierarchy: Hierarchy
    rate: Normal
    some: slice

    def joined(self, total: np.ndarray, eta: np.ndarray) -> np.ndarray:
        """Log of the sum over shape nodes of density times likelihood; (cells, m)."""
        data = self.hierarchy.data[self.rate]
        rows = np.stack(
            [
                log_likelihood(self.hierarchy.story.endpoint, arms, eta, self.hierarchy.shape_nodes)
                for arms in data.keys
            ]
        )[data.index[self.some]]
        shaped = total.reshape(rows.shape[0], -1, len(eta))
        return np.logaddexp.reduce(shaped + rows, axis=1)
