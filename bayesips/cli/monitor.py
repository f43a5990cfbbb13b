"""bayesips monitor: a running trial under its plan."""

from __future__ import annotations

from typing import Annotated

import typer

from bayesips.cli.options import Json


def monitor(
    design: Annotated[str, typer.Argument(help="A plan file, or a shipped plan's name.")],
    data: Annotated[
        str, typer.Option(help="So far, successes/patients: treated=12/20,control=5/10")
    ],
    label: Annotated[
        str | None, typer.Option("--design", help="Which design of the file. [default: the last]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say where a running trial stands: what to do now, and next."""
    from bayesips.cli.output import plan_output
    from bayesips.cli.output.json_text import plain_text
    from bayesips.planning.monitoring import monitor as stand
    from bayesips.planning.monitoring import parse_counts
    from bayesips.planning.plan_file import load_plan

    status = stand(load_plan(design), parse_counts(data), label)
    if as_json:
        print(plain_text(plan_output.status_object(status)))
    else:
        plan_output.show_status(status)
