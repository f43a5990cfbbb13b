"""The trial's own controls in words: counts, what was learned from them, conflict with history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from bayesips.words.numbers import joined, patients, percent, signed, span
from bayesips.words.outcome import outcome_of

if TYPE_CHECKING:
    import xarray as xr

GROUP = "concurrent"
SURPRISE = 0.05
BEFORE = ("before_mean", "before_low", "before_high")
ALONE = ("raw", "exact_low", "exact_high")


def of(tree: xr.DataTree) -> xr.Dataset | None:
    """The group of the trial's own controls; None in a trial without them."""
    return tree[GROUP].to_dataset() if GROUP in tree.children else None


def counts(group: xr.Dataset) -> tuple[int, int]:
    """Successes and patients of the trial's own controls."""
    return int(group["successes"]), int(group["n"])


def counted(tree: xr.DataTree, group: xr.Dataset) -> str:
    """What was counted among them."""
    (r, n), words = counts(group), outcome_of(tree.attrs)
    did = words.did.replace("were ", "was ", 1) if r == 1 else words.did
    return (
        f"Of the trial's own {n} controls ({group.attrs['label']}), {r} {did} "
        f"({percent(group['raw'])}; exact 95 % interval "
        f"{span(group['exact_low'], group['exact_high'])})."
    )


def learned(tree: xr.DataTree, group: xr.Dataset) -> Iterator[str]:
    """What they changed: the control rate, the weight of history, the method's unknowns."""
    control, n = tree["control"].to_dataset(), counts(group)[1]
    unit = outcome_of(tree.attrs).unit
    if np.isfinite(group["before_mean"]):
        before = span(group["before_low"], group["before_high"])
        after = span(control["low"], control["high"])
        yield (
            f"Before these controls the rate is put at {percent(group['before_mean'])} (95 % "
            f"interval {before}); with them it is {percent(control['mean'])} ({after})."
        )
    borrowed = float(group["realised_ess"])
    if np.isfinite(borrowed):
        yield (
            f"History added as much as {patients(borrowed)} {unit} would have, beyond the {n} "
            "controls themselves (by moments)."
            if borrowed > 0
            else f"History added nothing to the {n} controls themselves; it made them worth "
            f"{patients(-borrowed)} {unit} fewer (by moments)."
        )
    weight = float(group["weight"])
    if np.isfinite(weight):
        yield (
            f"The method learned a weight of {weight:.2f} for history (1 all, 0 none), and became "
            f"{group.attrs['adapted']}."
        )
    yield from _vague(tree, group)
    yield from _unknowns(group)


def _vague(tree: xr.DataTree, group: xr.Dataset) -> Iterator[str]:
    """How the controls moved the weight of the declared vague part."""
    before, after = float(tree["control"].attrs["robust_weight"]), float(group["vague_weight"])
    if before > 0:
        yield (
            f"The vague part had {percent(before)} of the weight before these controls and has "
            f"{percent(after)} after them."
        )


def _unknowns(group: xr.Dataset) -> Iterator[str]:
    """Mean and standard deviation of the method's own unknowns."""
    columns = (group[name].values for name in ("unknown", "learned_mean", "learned_sd"))
    said = [
        f"{name} {mean:.3g} (sd {sd:.2g})"
        for name, mean, sd in zip(*columns, strict=True)
        if np.isfinite(mean)
    ]
    if said:
        yield f"Learned of the method's own unknowns: {joined(said)}."


def conflict(group: xr.Dataset) -> Iterator[str]:
    """How they sit with history, and which drift such a check could have seen."""
    (r, n), tail = counts(group), float(group["conflict"])
    if not np.isfinite(tail):
        yield (
            "These controls are not held against history: "
            f"{group.attrs['no_conflict_because'] or 'there is none'}."
        )
        return
    verdict = "a conflict" if tail <= SURPRISE else "no conflict at 5 %"
    yield (
        f"A count as unlikely as {r} of {n} has probability {percent(tail, 1)} if the controls "
        f"fared as history says ({group.attrs['history']}; Box's p, which for one count is Evans "
        f"and Moshonov's): {verdict}."
    )
    yield (
        f"With {n} controls the check notices a true rate of {percent(group['raw'])} with "
        f"probability {percent(group['conflict_power'])}; with 80 % it notices {_drifts(group)}."
    )


def _drifts(group: xr.Dataset) -> str:
    """The nearest drifts that the check notices with 80 %."""
    sides = (("downwards", "drift_down"), ("upwards", "drift_up"))
    drifts = [(side, float(group[name])) for side, name in sides]
    return joined(
        [
            f"{side} no drift at all"
            if np.isnan(drift)
            else f"{side} one of {signed(100 * drift, 0)} points"
            for side, drift in drifts
        ]
    )


def rows(tree: xr.DataTree) -> list[tuple[str, tuple[float, float, float] | None, str]]:
    """For a table of rates: before these controls, these alone, and what history added.

    Each with its name, its mean and interval, and how many patients it is worth.
    """
    group = of(tree)
    if group is None:
        return []
    (r, n), borrowed = counts(group), float(group["realised_ess"])
    found: list[tuple[str, tuple[float, float, float] | None, str]] = []
    if np.isfinite(group["before_mean"]):
        found.append(("before its own controls", _rate(group, *BEFORE), ""))
    found.append((f"own controls alone, {r} of {n}", _rate(group, *ALONE), f"{n}"))
    if np.isfinite(borrowed):
        found.append(("borrowed from history", None, f"{borrowed:.1f}"))
    return found


def _rate(group: xr.Dataset, *names: str) -> tuple[float, float, float]:
    """A mean and both ends of its interval."""
    mean, low, high = (float(group[name]) for name in names)
    return mean, low, high
