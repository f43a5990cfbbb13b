"""A plan's verdict in plain words: whether its goals are met, and the smallest trials that do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from bayesips.report.plan_error_words import along_control, percent, rate

if TYPE_CHECKING:
    import xarray as xr


def verdict(tree: xr.DataTree) -> str:
    """Whether the goals are met as declared; if not, the nearest trial that meets them.

    Parameters
    ----------
    tree : xarray.DataTree
        What `plan` returns.
    """
    near = tree["nearest"].to_dataset()
    kind, reached = near.attrs["kind"], f"{_threshold(near)}: {_reached(tree, near)}."
    goals, most = _goals(tree), near.attrs["most_patients"]
    if kind == "as declared":
        return f"{near.attrs['label']} is enough as declared: {_reached(tree, near)}. {goals}"
    if kind == "none":
        return (
            f"No trial of this kind up to {most} patients meets its goals, whatever probability "
            f"is asked for. {goals} The best is {near.attrs['label']}, {reached}"
        )
    start = "None of the designs meets its goals as declared."
    if tree.attrs["arms"] == 1 and np.isnan(tree["sizes"].attrs["declared"]):
        start = f"As declared, no trial of this kind up to {most} patients meets its goals."
    return f"{start} {goals} The nearest that does: {near.attrs['label']} patients, {reached}"


def _goals(tree: xr.DataTree) -> str:
    """What is asked."""
    about = tree.attrs
    at = f"{rate(about['treated_rate'])} against {rate(about['control_rate'])}"
    where = "whatever the control rate"
    if about["arms"] == 1:
        where = f"up to a control rate of {rate(_null(about))}"
    return (
        f"Asked are power {percent(about['power'])} at {at} and one-sided error at most "
        f"{percent(about['alpha'])} {where}."
    )


def _null(about: dict) -> float:
    """One arm: the rate up to which there is no effect."""
    fixed = float(about["fixed_rate"])
    return fixed if np.isfinite(fixed) else float(about["control_rate"])


def _threshold(near: xr.Dataset) -> str:
    """The probability asked for."""
    return f"with the probability asked for set to {float(near['probability']):.4f}"


def _reached(tree: xr.DataTree, near: xr.Dataset) -> str:
    """Power and errors of the nearest trial."""
    power = f"power {percent(float(near['power']))}"
    if tree.attrs["arms"] == 1:
        return f"{power}, error {along_control(tree.attrs, near)}"
    return f"{power}, error at worst {percent(float(near['worst']))}"


def smallest(tree: xr.DataTree) -> str:
    """The smallest trial of each allocation and pattern of looks that meets the goals."""
    table, alpha = tree["sizes"].to_dataset(), percent(tree.attrs["alpha"])
    lines = [_size(table.isel(shape=place)) for place in range(table.sizes["shape"])]
    where = "at worst"
    if tree.attrs["arms"] == 1:
        where = f"up to a control rate of {rate(_null(tree.attrs))}"
    return (
        "Smallest trials that meet the goals, tried from the smallest up, each with its error "
        f"calibrated to {alpha} {where}:\n- " + "\n- ".join(lines)
    )


def _size(one: xr.Dataset) -> str:
    """One allocation and pattern of looks; power climbs like a saw, so two sizes are named."""
    shape, searched = one["shape"].item(), int(one["searched"])
    if not one["enough"]:
        return f"{shape}: none up to {searched} patients."
    settled = float(one["settled"])
    after = f"every size tried from {settled:.0f} to {searched} patients does"
    if not np.isfinite(settled):
        after = f"larger ones up to {searched} patients do not all"
    return (
        f"{shape}: {one['design'].item()} patients, power {percent(float(one['power']))}; {after}."
    )
