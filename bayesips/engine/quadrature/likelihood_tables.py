"""Likelihoods averaged over Normals: log E[L(mu + shift + s Z)] at the points of a grid.

Where s is wider than the lattice on which L is tabulated this is a plain positive sum over the
lattice; where it is narrower, a Gauss-Hermite sum about the mode of L times the Normal (Liu &
Pierce 1994, Biometrika 81:624-9, eq. 4). Both keep relative accuracy in any tail.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import special

from bayesips.distributions.mathematics import NUMPY
from bayesips.engine.quadrature.likelihoods import Likelihood
from bayesips.engine.quadrature.normal_sums import ROOT_2PI, Even, Normals

# A Normal is wide if its sd is so many steps of the lattice at least.
WIDE = 1.6
# Step of a lattice times the sharpness of what is summed, and the largest step: a likelihood of
# few patients varies over distances of about 1, whatever its width.
FINE, COARSEST = 0.6, 0.25
SUMMED = 0.85
# A smooth step has this width, and is over at this distance from its middle.
STEP_WIDTH, STEP_REACH = 0.5, 4.5
# Sums below this part of a peak may have lost digits to underflow: they are done in logs.
DEEP = 1e-250
HERMITE_Z, HERMITE_W = np.polynomial.hermite_e.hermegauss(17)
HERMITE_LOG_W = np.log(HERMITE_W / HERMITE_W.sum())
NEWTON_STEPS = 4
BLOCK = 2_000_000


@dataclass(frozen=True)
class Line:
    """One likelihood, moved and blurred: a row of a table at one node of the shape."""

    likelihood: Likelihood
    shift: float
    blur: float


@dataclass(frozen=True, eq=False)
class Table:
    """Likelihoods of about the same sharpness, tabulated on one lattice.

    Parameters
    ----------
    likelihoods : list of Likelihood
    nodes : Even
        Covers all of their changes, and all places between the arms.
    """

    likelihoods: list[Likelihood]
    nodes: Even

    @cached_property
    def logs(self) -> np.ndarray:
        """Log likelihoods over their peaks, (rows, nodes)."""
        return self.at(self.nodes.points, np.arange(len(self.likelihoods)))

    @cached_property
    def _counts(self) -> np.ndarray | None:
        """Successes, failures and log constants over the peaks, (3, rows), where all are counts."""
        if any(each.counts is None for each in self.likelihoods):
            return None
        found = np.array([each.counts for each in self.likelihoods]).T
        found[2] -= [each.log_peak for each in self.likelihoods]
        return found

    def at(self, eta: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Log likelihood over its peak of each row, at common points or its own (rows, ...)."""
        some = [self.likelihoods[row] for row in rows]
        if self._counts is None:
            each = [eta] * len(some) if eta.ndim == 1 else eta
            found = [own.log_at(x) - own.log_peak for own, x in zip(some, each, strict=True)]
            return np.stack(found)
        shape = (-1, *[1] * max(1, eta.ndim - 1))
        successes, failures, constant = (x[rows].reshape(shape) for x in self._counts)
        link = self.likelihoods[0].link
        total = successes * link.log_rate(eta, NUMPY) + failures * link.log_miss(eta, NUMPY)
        return np.asarray(total + constant)

    @cached_property
    def slopes(self) -> tuple[np.ndarray, np.ndarray]:
        """First and second derivatives of the logs on the lattice."""
        first = np.gradient(self.logs, self.nodes.step, axis=1)
        return first, np.minimum(np.gradient(first, self.nodes.step, axis=1), 0.0)

    @cached_property
    def ends(self) -> np.ndarray:
        """Constant values at both ends, (rows, 2)."""
        return np.array([each.ends for each in self.likelihoods])

    @cached_property
    def remainder(self) -> np.ndarray:
        """Likelihoods less a smooth step where they end in a constant: a positive function."""
        low, high = (self._fall(self.nodes.points, side, 0.0) for side in (0, 1))
        ends = self.ends
        values = np.exp(self.logs) - ends[:, :1] * low - ends[:, 1:] * (1 - high)
        return np.maximum(values, 0.0)

    def _fall(self, at: np.ndarray, side: int, spread: np.ndarray | float) -> np.ndarray:
        """A step from 1 to 0 near the lower (0) or upper (1) end, averaged over a Normal."""
        points = self.nodes
        middle = points.start + STEP_REACH if side == 0 else points.points[-1] - STEP_REACH
        return np.asarray(special.ndtr(-(at - middle) / np.hypot(STEP_WIDTH, spread)))

    @cached_property
    def sharpest(self) -> float:
        """Largest information of a row."""
        return max(each.information for each in self.likelihoods)

    def averaged(
        self, rows: np.ndarray, normals: Normals, targets: Even | np.ndarray
    ) -> np.ndarray:
        """Log of the mean of row l over its Normals about each target, (lines, targets)."""
        points = targets.points if isinstance(targets, Even) else targets
        wide = (normals.sds >= WIDE * self.nodes.step).all(axis=0)
        parts = []
        if wide.any():
            some = Normals(normals.offsets, normals.sds[:, wide], normals.weights[wide])
            parts.append(self._summed(rows, some, targets, points))
        for place in np.flatnonzero(~wide):
            log_weight = np.log(normals.weights[place])
            parts.append(log_weight + self._about(rows, normals, int(place), points))
        return parts[0] if len(parts) == 1 else np.logaddexp.reduce(parts)

    def _summed(
        self, rows: np.ndarray, normals: Normals, targets: Even | np.ndarray, points: np.ndarray
    ) -> np.ndarray:
        """The same for wide Normals: a sum over the lattice, thinned as far as they allow."""
        sharp = np.sqrt(self.sharpest + 1 / normals.sds.min() ** 2)
        room = min(SUMMED / sharp, COARSEST) / self.nodes.step
        thin = 2 ** max(0, int(np.floor(np.log2(room)))) if room >= 1 else 1
        nodes = self.nodes
        count = (nodes.count - 1) // thin + 1
        nodes = Even(nodes.start, nodes.unit, nodes.stride * thin, count)
        total = normals.smoothed(self.remainder[rows, ::thin], nodes, targets) * nodes.step
        for side in (0, 1):
            ends = self.ends[rows, side]
            stepped = np.flatnonzero(ends > 0)
            for sd, weight in zip(normals.sds.T, normals.weights, strict=True):
                if len(stepped):
                    at = np.add.outer(normals.offsets[stepped], points)
                    fall = self._fall(at, side, sd[stepped, None])
                    share = fall if side == 0 else 1 - fall
                    total[stepped] += weight * ends[stepped, None] * share
        deep = total < DEEP
        with np.errstate(divide="ignore"):
            logs = np.log(total)
        if deep.any():
            self._in_logs(rows, normals, points, deep, logs)
        return logs

    def _in_logs(
        self,
        rows: np.ndarray,
        normals: Normals,
        points: np.ndarray,
        deep: np.ndarray,
        logs: np.ndarray,
    ) -> None:
        """Replace what underflowed by sums in logs."""
        places = np.argwhere(deep)
        nodes = self.nodes.points
        for some in np.array_split(places, 1 + len(places) * len(nodes) // BLOCK):
            line, point = some.T
            away = (points[point] + normals.offsets[line])[:, None] - nodes
            parts = [
                np.logaddexp.reduce(
                    self.logs[rows[line]] - 0.5 * (away / sd[line, None]) ** 2, axis=1
                )
                + np.log(weight * self.nodes.step / (ROOT_2PI * sd[line]))
                for sd, weight in zip(normals.sds.T, normals.weights, strict=True)
            ]
            logs[line, point] = np.logaddexp.reduce(parts)

    def _about(
        self, rows: np.ndarray, normals: Normals, place: int, points: np.ndarray
    ) -> np.ndarray:
        """The same for a narrow Normal: Gauss-Hermite about the mode of the product."""
        sd = normals.sds[:, place, None]
        middle = np.add.outer(normals.offsets, points)
        if not sd.any():
            return self.at(middle, rows)
        first, second = self.slopes
        z = np.zeros(middle.shape)
        line = np.asarray(rows)[:, None]
        for _ in range(NEWTON_STEPS):
            eta = middle + sd * z
            raw = (eta - self.nodes.start) / self.nodes.step
            near = np.clip(np.rint(raw), 0, self.nodes.count - 1).astype(int)
            away = np.clip(raw - near, -1.0, 1.0) * self.nodes.step
            bend = second[line, near]
            slope = first[line, near] + bend * away
            z -= (z - sd * slope) / (1 - sd**2 * bend)
        width = 1 / np.sqrt(1 - sd**2 * bend)
        at = z[..., None] + width[..., None] * HERMITE_Z
        logs = self.at(middle[..., None] + sd[..., None] * at, rows)
        logs += HERMITE_LOG_W - 0.5 * at**2 + 0.5 * HERMITE_Z**2
        top = logs.max(axis=-1)
        return np.asarray(np.log(np.exp(logs - top[..., None]).sum(axis=-1)) + top + np.log(width))


@dataclass(frozen=True, eq=False)
class Tables:
    """Every line of a story's data, by sharpness.

    Parameters
    ----------
    lines : list of Line
    unit, anchor : float
        Step of the finest lattice, and a point of it.
    span : (float, float)
        What every table covers: the places between the arms.
    """

    lines: list[Line]
    unit: float
    anchor: float
    span: tuple[float, float]

    @cached_property
    def _level(self) -> np.ndarray:
        """Stride of the lattice on which each line's likelihood is tabulated."""
        sharp = np.sqrt([max(line.likelihood.information, 1e-12) for line in self.lines])
        room = np.minimum(FINE / sharp, COARSEST) / self.unit
        return 2 ** np.floor(np.log2(np.maximum(room, 1.0))).astype(int)

    @cached_property
    def _members(self) -> list[tuple[Table, int, np.ndarray]]:
        """Each table, its lines' level, and the row of each line."""
        found = []
        for level in np.unique(self._level):
            members: dict[int, Likelihood] = {}
            rows = np.zeros(len(self.lines), dtype=int)
            for place in np.flatnonzero(self._level == level):
                own = self.lines[place].likelihood
                members.setdefault(id(own), own)
                rows[place] = list(members).index(id(own))
            every = list(members.values())
            found.append((Table(every, self._nodes(every, int(level))), int(level), rows))
        return found

    def _nodes(self, members: Sequence[Likelihood], stride: int) -> Even:
        """The lattice of some likelihoods, carried on at a constant end by a smooth step."""
        low = min(self.span[0], *(each.low for each in members), members[0].low)
        high = max(self.span[1], *(each.high for each in members), members[0].high)
        step = self.unit * stride
        if any(each.ends[0] > 0 for each in members):
            low -= 2 * STEP_REACH
        if any(each.ends[1] > 0 for each in members):
            high += 2 * STEP_REACH
        first = int(np.floor((low - self.anchor) / step)) - 2
        last = int(np.ceil((high - self.anchor) / step)) + 2
        return Even(self.anchor + first * step, self.unit, stride, last - first + 1)

    def averaged(
        self,
        chosen: np.ndarray,
        sds: np.ndarray,
        weights: np.ndarray,
        targets: Even | np.ndarray,
    ) -> np.ndarray:
        """Log mean of chosen lines over a mixture of Normals about targets, (chosen, targets)."""
        size = targets.count if isinstance(targets, Even) else len(targets)
        found = np.empty((len(chosen), size))
        for table, level, rows in self._members:
            places = np.flatnonzero(self._level[chosen] == level)
            if not len(places):
                continue
            lines = chosen[places]
            normals = Normals(self._shifts[lines], np.hypot(sds, self._blurs[lines, None]), weights)
            logs = table.averaged(rows[lines], normals, targets)
            found[places] = logs + self._peaks[lines, None]
        return found

    @cached_property
    def _shifts(self) -> np.ndarray:
        return np.array([line.shift for line in self.lines])

    @cached_property
    def _blurs(self) -> np.ndarray:
        return np.array([line.blur for line in self.lines])

    @cached_property
    def _peaks(self) -> np.ndarray:
        return np.array([line.likelihood.log_peak for line in self.lines])
