"""bayesips plan: a declared follow-on trial, its operating characteristics and what it can show."""

from __future__ import annotations

from typing import Annotated

import typer

from bayesips.cli.options import Json

DEFAULT_DESIGN = "followon-rct"


def plan(
    design: Annotated[
        str, typer.Argument(help="A plan file, or a shipped plan's name.", show_default=True)
    ] = DEFAULT_DESIGN,
    as_json: Json = False,
    full: Annotated[
        bool, typer.Option("--full", help="Print boundaries for every number of successes.")
    ] = False,
    out: Annotated[
        str | None,
        typer.Option(help="Folder for result.nc, figures, report.html, plan.txt and tables."),
    ] = None,
) -> None:
    """Plan a follow-on trial, and what if history is wrong."""
    from bayesips.cli.output import folder, plan_output, progress, spreadsheets
    from bayesips.cli.output.json_text import plain_text
    from bayesips.planning.plan_file import load_plan
    from bayesips.report.plan import plan as planned

    declared = load_plan(design)
    if out is not None:
        folder.check(out)
    with progress.status_line("designs, and sizes from the smallest up"):
        tree = planned(declared)
    if out is not None:
        plan_output.write(tree, out)
    if as_json:
        print(plain_text(plan_output.as_object(tree)))
    else:
        (plan_output.show_all if full else plan_output.show)(tree)
        if out is not None:
            files = "result.nc, figures, report.html, plan.txt"
            print(f"\nWritten to {out}: {files}, {spreadsheets.written()}")
