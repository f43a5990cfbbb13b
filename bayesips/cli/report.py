"""bayesips report: page and checklists of a saved result; nothing is computed again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bayesips.cli.options import Json
from bayesips.errors import Refused

if TYPE_CHECKING:
    import xarray as xr


def report(
    result: Annotated[str, typer.Argument(help="A result.nc, or the folder that holds it.")],
    out: Annotated[
        str | None,
        typer.Option(help="The page to write. [default: report.html beside the result]"),
    ] = None,
    as_checklists: Annotated[
        bool,
        typer.Option(
            "--checklists",
            help="Print BARG, ROBUST and the FDA draft's points; the page only with --out.",
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Make page or checklists from a saved result."""
    from bayesips.answer import diagnostics
    from bayesips.cli.output.json_text import as_text as as_one_object
    from bayesips.report.checklists import as_object, as_text
    from bayesips.report.saved import is_plan, load

    place = _page(result, out)
    tree = load(result)
    if is_plan(tree):
        if as_checklists:
            raise Refused(f"{result}: holds a plan; checklists are of an assessment")
        _write_plan(tree, place)
        found = as_one_object({"page": str(place), "checklists": None})
        print(found if as_json else f"Written: {place}")
        return
    page = out is not None or not as_checklists
    if page:
        _write(tree, place)
    if as_json:
        written = str(place) if page else None
        print(as_one_object({"page": written, "checklists": as_object(tree)}))
    else:
        print(as_text(tree) if as_checklists else f"Written: {place}")
    if diagnostics.failures(tree):
        raise typer.Exit(1)


def _page(result: str, out: str | None) -> Path:
    """Where the page goes; a place that is no page is refused before anything is read."""
    beside = Path(result) if Path(result).is_dir() else Path(result).parent
    place = beside / "report.html" if out is None else Path(out)
    if place.suffix not in (".html", ".htm"):
        raise Refused(f"--out {out}: the name of a page ends in .html")
    if place.is_dir():
        raise Refused(f"--out {out}: is a folder; the name of a file is required")
    return place


def _write_plan(tree: xr.DataTree, place: Path) -> None:
    """The page of a plan in its place."""
    from bayesips.report.plan_page import plan_html

    _put(plan_html(tree), place)


def _write(tree: xr.DataTree, place: Path) -> None:
    """The page in its place."""
    from bayesips.report.html import html

    _put(html(tree), place)


def _put(text: str, place: Path) -> None:
    """A text into a file, whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f".{place.name}.part")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(place)
