"""bayesips compare: all borrowing methods side by side on one model."""

from __future__ import annotations

from typing import Annotated

import typer

from bayesips.cli.options import DEFAULT_MODEL, Model


def compare(
    model: Model = DEFAULT_MODEL,
    controls: Annotated[
        int | None,
        typer.Option(min=1, help="With so many concurrent controls: what every count would do."),
    ] = None,
    delta: Annotated[
        float | None,
        typer.Option(
            help="With --controls: clinically relevant difference of rates, between 0 and 1, for "
            "the methods that have no default for it (sam, elastic)."
        ),
    ] = None,
    out: Annotated[str | None, typer.Option(help="Folder for the table and figures.")] = None,
) -> None:
    """Put every borrowing method beside the others."""
    from bayesips.cli.output import comparison as output
    from bayesips.cli.output import comparison_controls
    from bayesips.comparison import compare as methods
    from bayesips.comparison import compare_with_controls
    from bayesips.model import load_model

    settings = {} if delta is None else {"delta": delta}
    if settings and controls is None:
        raise ValueError(
            f"--delta {delta:g} is for methods that learn from concurrent controls; add --controls "
            "with their number, or leave it out"
        )
    declared = load_model(model)
    if out is not None:
        output.check(out)
    table = (
        methods(declared)
        if controls is None
        else compare_with_controls(declared, controls, settings)
    )
    if out is not None:
        output.write(table, out)
    if controls is None:
        output.show(table)
    else:
        comparison_controls.show(table)
    if out is not None:
        print(f"\nWritten to {out}: {output.TABLE}, figures")
