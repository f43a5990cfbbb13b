"""What the arms of a story say on the link scale: unique data, their likelihoods, their width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np

from bayesips.endpoints import NUMPY, Endpoint, arm_log_likelihood
from bayesips.endpoints.patient_times import PatientArm
from bayesips.evidence.arm import Arm

# First look at the likelihoods: this far apart.
LOOK = 0.05
# Where a likelihood differs from its end value by less than this part of its peak, it has ended.
ENDED = 1e-17
# Widths are taken where a likelihood is above this part of its peak.
RELEVANT_LOG = -18.0
# Likelihoods of single arms that are remembered: some megabytes.
KEPT_ROWS = 100
# Rows are looked up among at most so many codes for each.
CODES = 100
# Likelihoods are evaluated on so many points at a time: what lies between stays near the processor.
BLOCK = 4_000


@dataclass(frozen=True, eq=False)
class DistinctData:
    """The data of one rate: unique sets of rows, and which of them each cell has.

    Parameters
    ----------
    keys : list of tuple of Arm
        Unique data; an empty tuple is no data.
    index : array of int, shape (C,)
        The key of each cell.
    """

    keys: list[tuple[Arm, ...]]
    index: np.ndarray


def distinct_data(arms: Sequence[Arm], batch: tuple[int, ...]) -> DistinctData:
    """Unique data among the cells of a batch, for the arms that speak of one rate."""
    cells = int(np.prod(batch, dtype=int))
    columns = []
    for arm in arms:
        for field in (arm.successes, arm.n, arm.included):
            columns.append(np.broadcast_to(field, batch).reshape(cells).astype(np.int64))
    if not columns:
        return DistinctData([()], np.zeros(cells, dtype=int))
    table = np.stack(columns, axis=1)
    for position in range(len(arms)):  # an arm left out has no counts
        out = table[:, 3 * position + 2] == 0
        table[out, 3 * position : 3 * position + 2] = 0
    unique, index = unique_rows(table)
    return DistinctData([_rows(arms, line) for line in unique], index)


def unique_rows(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows of integers (m, columns) without repeats, in order, and which of them each row is.

    Counts of patients are few: they are found by looking them up, without a sort of all rows.
    """
    if not table.shape[1]:
        return table[:1], np.zeros(len(table), dtype=int)
    low = table.min(axis=0)
    sizes = table.max(axis=0) - low + 1
    if np.prod(sizes.astype(float)) > CODES * len(table):
        unique, index = np.unique(table, axis=0, return_inverse=True)
        return unique, index.reshape(len(table))
    codes = np.ravel_multi_index(tuple((table - low).T), tuple(sizes))
    present = np.zeros(np.prod(sizes), dtype=bool)
    present[codes] = True
    unique = np.stack(np.unravel_index(np.flatnonzero(present), tuple(sizes)), axis=1) + low
    return unique, (np.cumsum(present) - 1)[codes]


def _rows(arms: Sequence[Arm], line: np.ndarray) -> tuple[Arm, ...]:
    """The arms with one cell's counts, those left out dropped."""
    found: list[Arm] = []
    for position, arm in enumerate(arms):
        successes, n, included = (int(value) for value in line[3 * position : 3 * position + 3])
        if included:
            same = arm.batch_shape == () and arm.included is True
            found.append(arm if same else in_one_cell(arm, successes, n))
    return tuple(found)


def in_one_cell(arm: Arm, successes: int, n: int, included: bool = True) -> Arm:
    """The same arm with the counts of one cell; patients followed in time have no others."""
    if isinstance(arm, PatientArm):
        return replace(arm, included=included)
    return replace(arm, successes=successes, n=n, included=included)


def log_likelihood(
    endpoint: Endpoint, arms: Sequence[Arm], eta: np.ndarray, shape: Sequence[np.ndarray]
) -> np.ndarray:
    """Log likelihood of the arms of one rate, (K or 1, m), at `eta` (m,) and K shape nodes."""
    rows = max([1, *(np.size(value) for value in shape)])
    total = np.zeros((rows, len(eta)))
    places = eta.tobytes(), *(np.asarray(value, dtype=float).tobytes() for value in shape)
    for arm in arms:
        total = total + _arm_rows(endpoint, arm, *places)
    return total


@lru_cache(maxsize=KEPT_ROWS)
def _arm_rows(endpoint: Any, arm: Arm, eta: bytes, *shape: bytes) -> np.ndarray:
    """Log likelihood of one arm; methods that are compared read it at the same places."""
    columns = tuple(np.frombuffer(value).reshape(-1, 1) for value in shape)
    points = np.frombuffer(eta)
    count = 1 + len(points) * max([1, *(len(column) for column in columns)]) // BLOCK
    rows = np.concatenate(
        [
            arm_log_likelihood(endpoint, arm, part[None, :], columns or None, NUMPY)
            for part in np.array_split(points, count)
        ],
        axis=-1,
    )
    rows.setflags(write=False)
    return rows


@dataclass(frozen=True, eq=False)
class Source:
    """The data of one rate as they are tabulated: once, or for each shape node.

    Parameters
    ----------
    arms : tuple of Arm
        Whose likelihood is evaluated.
    shift, blur : float or array, shape (K,)
        How it is moved and blurred at each shape node; see `Translation`.
    translated : bool
        Whether one function of eta stands for all shape nodes.
    """

    arms: tuple[Arm, ...]
    shift: Any
    blur: Any
    translated: bool

    @classmethod
    def of(cls, endpoint: Endpoint, arms: tuple[Arm, ...], shape: Sequence[np.ndarray]) -> Source:
        """One arm that moves with the shape is tabulated once."""
        moved = endpoint.translation(arms[0], tuple(shape)) if len(arms) == 1 and shape else None
        if moved is None:
            return cls(arms, 0.0, 0.0, not arms or not shape)
        return cls((moved.base,), moved.shift, moved.blur, True)

    def log_likelihood(
        self, endpoint: Endpoint, eta: np.ndarray, shape: Sequence[np.ndarray]
    ) -> np.ndarray:
        """Log likelihood before it is moved, (1 or K, m), at `eta` (m,)."""
        if self.translated:  # the base is a count at the landmark, where the shape does not enter
            shape = [nodes[:1] for nodes in shape]
        found = log_likelihood(endpoint, self.arms, eta, shape)
        rows = 1 if self.translated else len(shape[0])
        return np.broadcast_to(found, (rows, len(eta)))


@dataclass(frozen=True)
class Width:
    """Where likelihoods change on the link scale, and how sharp they are together."""

    low: float
    high: float
    sharpness: float  # sum of the largest curvatures: 1 / sharpness**2 is a variance


def width(endpoint: Endpoint, keys: Sequence[DistinctData], shape: Sequence[np.ndarray]) -> Width:
    """Range and joint sharpness of all likelihoods, over all cells and shape nodes.

    A likelihood that moves with the shape counts as it is tabulated, before it is moved.
    """
    low, high = endpoint.scale.limits
    look = np.arange(low, high + LOOK, LOOK)
    first, last, information = high, low, 0.0
    for data in keys:
        sharpest = 0.0
        for arms in data.keys:
            source = Source.of(endpoint, arms, shape)
            logs = source.log_likelihood(endpoint, look, shape)
            logs = logs - logs.max(axis=-1, keepdims=True)
            values = np.exp(logs)
            moving = np.abs(values - values[:, :1]) > ENDED
            resting = np.abs(values - values[:, -1:]) > ENDED
            first = min(first, look[max(int(moving.any(axis=0).argmax()) - 1, 0)])
            still = resting.any(axis=0)
            last = max(last, look[min(len(look) - int(still[::-1].argmax()), len(look) - 1)])
            bend = -np.diff(logs, 2, axis=-1) / LOOK**2
            there = logs[:, 1:-1] > RELEVANT_LOG
            sharpest = max(sharpest, float(np.max(np.where(there, bend, 0.0), initial=0.0)))
        information += sharpest
    if first > last:
        first, last = -1.0, 1.0
    return Width(float(first), float(last), float(np.sqrt(max(information, 0.0))))
