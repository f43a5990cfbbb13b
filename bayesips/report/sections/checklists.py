"""The section of the reporting checklists, each filled from the result."""

from __future__ import annotations

from typing import Any

import xarray as xr

from bayesips.report import checklists

PLACE = 80
TITLE = "Reporting checklists"


def given(tree: xr.DataTree) -> dict[str, Any]:
    """Every checklist with its points."""
    return {"lists": [_one(name, tree) for name in checklists.names()]}


def _one(name: str, tree: xr.DataTree) -> dict[str, Any]:
    """One checklist: title, source, how many points have which status, and the points."""
    module, items = checklists.checklist(name), checklists.items(name, tree)
    return {
        "title": module.TITLE,
        "source": module.SOURCE,
        "tally": checklists.tally(items),
        "rows": [
            {
                "asked": item.asked,
                "status": checklists.IN_WORDS[item.status],
                "said": item.said,
                "section": item.section,
                "where": checklists.section_title(item.section) if item.section else "",
            }
            for item in items
        ],
    }
