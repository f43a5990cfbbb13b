"""One further reading of a landmark model by shape: all arms, and all but each in turn."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from bayesips.answer.assessment.chains import CONTROL, HISTORY
from bayesips.answer.assessment.shape_points import ShapePoints
from bayesips.borrowing.biases import total_shift
from bayesips.declare.model import Model
from bayesips.endpoints import Landmark
from bayesips.engine.quadrature.by_shape import ByShape
from bayesips.engine.quadrature.rate_and_shape import ShapeReading
from bayesips.engine.quadrature.strata_in_time import strata_by_shape
from bayesips.errors import NotSettled
from bayesips.evidence.arm import Arm

# Points of the lattice on which quantiles are taken, for each one that expectations need.
FINER = 8


@dataclass(frozen=True, eq=False)
class LandmarkReading:
    """The joint of rates and shape that an answer rests on.

    Attributes
    ----------
    model : Model
        Its endpoint a Landmark.
    arms : tuple of Arm
    chains : DataTree or None
        Of "nuts".
    kept : dict
        What was computed from it once.
    """

    model: Model
    arms: tuple[Arm, ...]
    chains: Any = None
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def endpoint(self) -> Landmark:
        """The model's endpoint."""
        endpoint: Landmark = self.model.endpoint
        return endpoint

    @cached_property
    def reading(self) -> ShapeReading | None:
        """All arms (first cell) and all but one in turn; None for other stories and engines."""
        if self.chains is not None or self.endpoint.bridge != "weibull" or not self.arms:
            return None
        count = len(self.arms)
        kept = np.concatenate([np.ones((count, 1), bool), ~np.eye(count, dtype=bool)], axis=1)
        batch = [replace(arm, included=kept[j]) for j, arm in enumerate(self.arms)]
        return ShapeReading.of(self.model.method, batch, self.endpoint)

    @cached_property
    def exact(self) -> LandmarkReading | None:
        """The exact engine's joint of rates and shape; None where it has no answer.

        Leaving every arm out in turn, and including the treated arm's later rows, would be as many
        runs of chains: a result of "nuts" takes them from here.
        """
        if self.chains is None:
            return self
        other = LandmarkReading(self.model, self.arms)
        try:
            return None if other.reading is None or other.controls is None else other
        except NotSettled:
            return None

    @cached_property
    def controls(self) -> ByShape | None:
        """The new cohort's rate in every cell, before bias and robust part."""
        return None if self.reading is None else self.reading.control()

    @cached_property
    def strata(self) -> Any:
        """Strata by shape and their share; None for other stories."""
        if self.chains is not None or self.endpoint.bridge != "weibull" or self.reading is not None:
            return None
        return strata_by_shape(self.model.method, self.arms, self.endpoint)

    def arm(self, place: int) -> ByShape | None:
        """One arm's own rate."""
        if self.reading is not None:
            label = self.arms[place].label
            if label not in self.kept:
                self.kept[label] = self.reading.arm(label)
            found: ByShape | None = self.kept[label]
            return found
        return None if self.strata is None else self.strata[0][place]

    def own(self, place: int) -> ShapePoints | None:
        """Points of one arm's own rate."""
        if self.chains is None:
            rate = self.arm(place)
            return None if rate is None else ShapePoints.of(rate)
        posterior = self.chains["posterior"]
        if "arm_rate" not in posterior or not self._shape_draws:
            return None
        draws = posterior["arm_rate"].to_numpy().reshape(-1, len(self.arms))
        return ShapePoints.of_draws(draws[:, place], self._shape_draws)

    def history(self, cell: int = 0) -> ShapePoints | None:
        """Points of the control rate by history; None where there are none."""
        if self.chains is not None:
            return self._chained()
        if self.controls is not None:
            return ShapePoints.of(self.controls[cell])
        if self.strata is None:
            return None
        strata, share = self.strata
        return ShapePoints.of_strata(strata, share)

    def control(self, cell: int = 0) -> ShapePoints | None:
        """Points of the control rate; None where the method has none."""
        return self._declared(self.history(cell))

    def fine_control(self, cell: int = 0) -> ShapePoints | None:
        """Points of the control rate near enough to each other for quantiles."""
        if self.controls is None:
            return self.control(cell)
        # the nodes of an uncertain bias fall between those of the lattice and make it finer
        times = 2 if total_shift(self.model.bias).sd else FINER
        return self._declared(ShapePoints.of(self.controls[cell].finer(times)))

    def fine_arm(self, place: int) -> ShapePoints | None:
        """Points of one arm's own rate near enough to each other for quantiles."""
        rate = self.arm(place)
        if rate is None:
            return None
        return ShapePoints.of(rate if self.reading is None else rate.finer(FINER))

    def _declared(self, points: ShapePoints | None) -> ShapePoints | None:
        """With the model's bias and robust part, after the trial's own controls."""
        shift, own = total_shift(self.model.bias), self.model.concurrent
        if self.chains is not None and own is not None:  # the chains know all of it
            return points
        if points is None or (len(points.parts) > 1 and not shift.is_none):
            return None
        points = shift.applied(points)
        robust = self.model.robust
        points = points if robust is None or not robust.weight else points.mixed(robust)
        return points if own is None else points.updated(own.successes, own.n)

    def _chained(self) -> ShapePoints | None:
        """Draws of the chains."""
        if not self._shape_draws:
            return None
        name = HISTORY if self.model.concurrent is None else CONTROL
        control = self.chains["posterior"][name].to_numpy().ravel()
        return ShapePoints.of_draws(control, self._shape_draws)

    @cached_property
    def _shape_draws(self) -> tuple[np.ndarray, ...]:
        """Draws of the bridge's unknowns."""
        posterior = self.chains["posterior"]
        names = [str(name) for name in posterior.data_vars]
        shape = [name for name in names if name == "shape" or name.startswith("hazard_step_")]
        return tuple(posterior[name].to_numpy().ravel() for name in sorted(shape))
