"""Survival of control and treated on every day, and what happens when an arm is left out."""

from __future__ import annotations

from typing import Any

import numpy as np

from bayesips.answer.assessment.distribution import TAILS
from bayesips.answer.assessment.landmark_reading import LandmarkReading
from bayesips.answer.assessment.shape_points import ShapePoints, independent, summary
from bayesips.answer.table import Table
from bayesips.declare.model import Model
from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.endpoints.patient_times import reported_rows

# Days of the curve; the days at which history has rows join them.
DAYS = (1, 2, 3, 5, 7, 10, *range(14, 57, 7), *range(63, 181, 9), 28, 56, 100)
LONG = (270.0, 365.0, 540.0, 730.0)
COLUMNS = ("mean", "low", "high")


def survival(reading: LandmarkReading, treated: BetaMixture) -> Table | None:
    """Mean and 95 % band of S(day) for control and treated; None where no shape is known.

    Treated and control share the shape: that is an assumption, for the treated enter at the day
    asked about alone.
    """
    control = reading.fine_control()
    if control is None:
        return None
    endpoint = reading.endpoint
    days = np.array(sorted({*map(float, DAYS), *_known(reading), *_longer(reading)}))
    curves = {"control": control, "treated": independent(treated, control)}
    columns: dict[str, Any] = {}
    for name, points in curves.items():
        table = [points.band(endpoint, day) for day in days]
        columns |= {
            f"{name}_{part}": ("day", np.array(table)[:, place])
            for place, part in enumerate(COLUMNS)
        }
    columns["inside"] = ("day", np.array([endpoint.reaches(day) for day in days]))
    return Table.of(columns, coords={"day": days}, attrs=_attributes(reading, control))


def left_out(reading: LandmarkReading, treated: BetaMixture) -> Table | None:
    """Control and probabilities without each arm in turn, by the exact engine.

    None where arms are not exchangeable, or where that engine has no answer.
    """
    exact = reading.exact
    if exact is None or exact.controls is None or len(reading.arms) < 2:  # noqa: PLR2004  none left
        return None
    reading = exact
    model, rows, chances = reading.model, [], []
    for cell in range(1, len(reading.arms) + 1):
        points, fine = reading.control(cell), reading.fine_control(cell)
        assert points is not None
        assert fine is not None
        rates = points.rates()
        mean, low, high = fine.band(reading.endpoint, reading.endpoint.day)
        rows.append([mean, float(np.sqrt(points.weight @ (rates - mean) ** 2)), low, high])
        chances.append(_chances(points, treated, model))
    columns = {
        name: ("arm", np.array(rows)[:, place])
        for place, name in enumerate(("mean", "std", "low", "high"))
    }
    labels = [arm.label for arm in reading.arms]
    return Table.of(
        {**columns, "probability": (("arm", "criterion"), np.array(chances))},
        coords={"arm": labels},
    )


def _chances(points: ShapePoints, treated: BetaMixture, model: Model) -> list[float]:
    """What each criterion looks at."""
    return [
        float(one.probability_held(points.probability(treated, one.threshold, model.scale)))
        for one in model.decisions
    ]


def _known(reading: LandmarkReading) -> list[float]:
    """Days that the arms name, within the bridge's reach."""
    asked = reading.endpoint.day
    rows = [row for arm in reading.arms for row in reported_rows(arm, asked)]
    days = [asked, *(day for day, _, _ in rows if isinstance(day, float))]
    return [day for day in days if reading.endpoint.reaches(day)]


def _longer(reading: LandmarkReading) -> tuple[float, ...]:
    """Days beyond the Weibull bridge, for the one that reaches there."""
    return LONG if reading.endpoint.bridge != "weibull" else ()


def _attributes(reading: LandmarkReading, control: ShapePoints) -> dict:
    """The bridge, and what is known of its shape."""
    found = {"bridge": reading.endpoint.bridge, "draws": control.draws}
    if reading.endpoint.bridge == "weibull":
        mean, low, high = summary(control.shape[0], control.weight, TAILS)
        found |= {"shape_mean": mean, "shape_low": low, "shape_high": high}
    return found
