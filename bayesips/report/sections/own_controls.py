"""The section of the trial's own controls: counts, what was learned from them, conflict."""

from __future__ import annotations

from typing import Any

import xarray as xr

from bayesips.report import own_controls

PLACE = 25
TITLE = "What the trial's own controls say"


def applies(tree: xr.DataTree) -> bool:
    """Whether the trial has controls of its own."""
    return own_controls.of(tree) is not None


def given(tree: xr.DataTree) -> dict[str, Any]:
    """What was counted, what it changed, and how it sits with history."""
    group = own_controls.of(tree)
    if group is None:
        return {"sentences": []}
    said = [own_controls.counted(tree, group), *own_controls.learned(tree, group)]
    return {"sentences": [*said, *own_controls.conflict(group)], "figures": ["controls"]}
