"""One table of all tipping points, the most fragile assumption first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from bayesips.declare.model import Model
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.rule import exceeds
from bayesips.evidence.arm import Arm
from bayesips.sensitivity.knobs import KNOWN_RATE, Knob, knobs_of, known_rate
from bayesips.sensitivity.solutions import Solutions
from bayesips.sensitivity.tipping_point import exact_tipping_rate, flips

# Patients lost to follow-up are tried up to this many.
MOST_LOST = 10
DOES_NOT_FLIP = "does not flip"


@dataclass(frozen=True)
class Row:
    """One knob and where it tips; `tipping` NaN: it does not."""

    knob: Knob
    tipping: float
    text: str

    @property
    def share(self) -> float:
        """Size of the change, for the order; infinite where nothing flips or changes."""
        share = self.knob.share(self.tipping)
        return share if np.isfinite(share) else np.inf

    @property
    def place(self) -> tuple[float, bool]:
        """For the order: small changes first, then rates that only would be known."""
        return self.share, not np.isfinite(self.tipping)


def tipping_table(model: Model, *, solutions: Solutions | None = None) -> xr.Dataset:
    """Every knob of a model, ordered by how small a change flips the first decision.

    Parameters
    ----------
    model : Model
    solutions : Solutions, optional
        Histories that other analyses of the model have solved; they are not solved again.

    Returns
    -------
    xarray.Dataset
        Dim knob (its axis name): title, unit, present (NaN for a rate that the model does not
        take as known), tipping and change (NaN where it does not flip), share
        (the change as a part of the knob's range, on a log scale for positive numbers; this is
        the order), flips, text. Attributes: the first decision, whether it is met, its
        probability.
    """
    solutions = solutions or Solutions()
    control = solutions.control(model)
    now = solutions.probability(model)
    rows = [_row(model, turned, solutions) for turned in knobs_of(model)]
    rows += [_exact_row(model), _lost_row(model, control)]
    rows.sort(key=lambda row: row.place)
    first = model.decisions[0]
    attrs = {"model": model.name, "scale": model.scale, "margin": first.margin}
    attrs |= {"required": first.probability, "probability": now}
    attrs["met"] = int(exceeds(now, first.probability))
    attrs |= model.words.attributes()
    return _dataset(rows, attrs)


def _row(model: Model, turned: Knob, solutions: Solutions) -> Row:
    """One knob turned."""
    found = flips(model, turned, solutions)
    if not found:
        return Row(turned, np.nan, f"{turned.title}: {DOES_NOT_FLIP}")
    tipping = float(min(found, key=turned.share))
    start = f"from {turned.present:.4g} to" if np.isfinite(turned.present) else "at"
    return Row(turned, tipping, f"{turned.title}: {start} {tipping:.4g}")


def _exact_row(model: Model) -> Row:
    """The exact test against a known rate: it knows no prior."""
    now = known_rate(model)
    unit = model.outcome.knob_unit
    turned = Knob("exact_test.rate", "known control rate, exact test", unit, now, 0, 1)
    tipping = exact_tipping_rate(model)
    return Row(turned, tipping, f"{turned.title}: at {tipping:.4g}")


def _lost_row(model: Model, control: Distribution) -> Row:
    """Patients lost to follow-up: the fewest that some way of counting them flips."""
    table = _with_lost_patients(model, control, MOST_LOST)
    here = bool(table.supported.isel(lost=0, alive=0))
    flipped = (table.supported != here) & table.possible
    fewest = np.flatnonzero(flipped.any("alive"))
    unit = model.outcome.unit
    title = f"{unit} lost to follow-up"
    turned = Knob("treated.lost", title, unit, 0, 0, MOST_LOST, "whole")
    if not len(fewest):
        return Row(turned, np.nan, f"{title}: {DOES_NOT_FLIP} (up to {MOST_LOST})")
    lost = int(fewest[0])
    alive = np.flatnonzero(flipped.isel(lost=lost))
    ways = f"{alive[0]}" if len(alive) == 1 else f"{alive[0]} to {alive[-1]}"
    how = model.outcome.counted_so
    return Row(turned, float(lost), f"{title}: {lost} more, {ways} of them {how}")


def lost_to_follow_up(model: Model, most: int = MOST_LOST) -> xr.Dataset:
    """The decision with further treated patients whose outcome is unknown, counted every way.

    Returns
    -------
    xarray.Dataset
        Dims lost (0..most) and alive (how many of them are counted alive): probability
        (criterion), supported (all criteria met), possible (no more alive than lost).
    """
    return _with_lost_patients(model, model.control(), most)


def _with_lost_patients(model: Model, control: Distribution, most: int) -> xr.Dataset:
    """The decision for every number of lost patients and of those counted alive."""
    shape = (most + 1, most + 1)
    probability = np.full((*shape, len(model.decisions)), np.nan)
    for lost, alive in zip(*np.tril_indices(most + 1), strict=True):
        more = _with_lost(model, int(lost), int(alive))
        probability[lost, alive] = more.effect(control).probabilities(model.rule)
    supported = model.rule.enough(probability).all(axis=-1)
    return xr.Dataset(
        {
            "probability": (("lost", "alive", "criterion"), probability),
            "supported": (("lost", "alive"), supported),
            "possible": (("lost", "alive"), np.tril(np.ones(shape, dtype=bool))),
        },
        {"lost": np.arange(most + 1), "alive": np.arange(most + 1)},
    )


def _with_lost(model: Model, lost: int, alive: int) -> Model:
    """The model with further treated patients."""
    arm = model.treated
    return replace(model, treated=Arm(arm.label, arm.successes + alive, arm.n + lost))


def _dataset(rows: list[Row], attrs: dict[str, Any]) -> xr.Dataset:
    """The rows as columns."""
    tipping = np.array([row.tipping for row in rows])
    present = np.array([row.knob.present for row in rows])
    columns: dict[str, Any] = {
        "title": np.array([row.knob.title for row in rows], dtype=object),
        "unit": np.array([row.knob.unit for row in rows], dtype=object),
        "present": present,
        "tipping": tipping,
        "change": tipping - present,
        "share": np.array([row.share for row in rows]),
        "flips": np.isfinite(tipping),
        "text": np.array([row.text for row in rows], dtype=object),
    }
    variables = {name: ("knob", values) for name, values in columns.items()}
    names = np.array([row.knob.name for row in rows], dtype=object)
    return xr.Dataset(variables, {"knob": names}, attrs)


__all__ = ["DOES_NOT_FLIP", "KNOWN_RATE", "lost_to_follow_up", "tipping_table"]
