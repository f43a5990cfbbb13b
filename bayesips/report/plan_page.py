"""plan_html(tree) -> one page about a plan: verdict, figures, tables, words; nothing is fetched."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby

import xarray as xr

from bayesips.report.html import environment, inlined
from bayesips.report.plan_tables import all_boundaries, tables
from bayesips.report.plan_words import paragraphs

FIRST = ("plan_power", "plan_drift")  # figures that stand before the tables
ITEM = "- "  # begins a line of a list


def plan_html(tree: xr.DataTree, svgs: Mapping[str, bytes] | None = None) -> str:
    """One self-contained page about a plan.

    Parameters
    ----------
    tree : xarray.DataTree
        What `bayesips.plan` returned, or what was read from its file.
    svgs : mapping of str to bytes, optional
        Its figures by name, where they are drawn already.
    """
    said = paragraphs(tree)
    headline, _, reason = said.pop("Answer").partition(". ")
    pictures = inlined(tree, svgs)
    said["Boundaries for every number of successes"] = all_boundaries(tree)
    return (
        environment()
        .get_template("plan.html")
        .render(
            plan=tree.attrs["plan"],
            digest=tree.attrs["digest"],
            question=tree.attrs["question"],
            headline=f"{headline}.",
            reason=reason,
            first=[pictures.pop(name) for name in FIRST if name in pictures],
            figures=list(pictures.values()),
            tables=tables(tree),
            sections={title: _blocks(text) for title, text in said.items()},
        )
    )


def _blocks(text: str) -> list[tuple[str, list[str]]]:
    """Lines of a paragraph, lists apart: ("list", items) and ("lines", sentences)."""
    kinds = groupby(text.splitlines(), lambda line: line.startswith(ITEM))
    return [
        ("list" if listed else "lines", [line.removeprefix(ITEM) for line in lines])
        for listed, lines in kinds
    ]
