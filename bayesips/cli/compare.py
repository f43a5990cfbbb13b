"""bayesips compare: all borrowing methods side by side on one model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bayesips.cli.options import DEFAULT_MODEL, Json, Model, Seed
from bayesips.errors import Refused

if TYPE_CHECKING:
    import xarray as xr

    from bayesips.declare.model import Model as Declared


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
    hyperpriors: Annotated[
        bool,
        typer.Option(
            "--hyperpriors",
            help="With --controls: also hold the priors of mu and tau against history (Evans and "
            "Moshonov's first stage; a quarter of a minute).",
        ),
    ] = False,
    seed: Seed = 1,
    as_json: Json = False,
    out: Annotated[
        str | None, typer.Option(help="Folder for the table, figures and spreadsheets.")
    ] = None,
) -> None:
    """Put every borrowing method beside the others."""
    from bayesips.answer.comparison import compare as methods
    from bayesips.cli.output import comparison as output
    from bayesips.cli.output import comparison_controls, spreadsheets
    from bayesips.declare.model import load_model

    if controls is None and (delta is not None or hyperpriors):
        given = f"--delta {delta:g}" if delta is not None else "--hyperpriors"
        raise Refused(
            f"{given} is about concurrent controls; add --controls with their number, or leave it "
            "out"
        )
    declared = load_model(model)
    if out is not None:
        output.check(out)
    if controls is None:
        table = methods(declared)
    else:
        table = _with_controls(declared, controls, delta, seed if hyperpriors else None)
    if out is not None:
        output.write(table, out)
    if as_json:
        print(output.as_text(table))
        return
    (output if controls is None else comparison_controls).show(table)
    if out is not None:
        print(f"\nWritten to {out}: {output.TABLE}, figures, {spreadsheets.written()}")


def _with_controls(
    model: Declared, controls: int, delta: float | None, seed: int | None
) -> xr.Dataset:
    """The table of every count of controls; with a seed, hyperpriors too."""
    from bayesips.answer.comparison import compare_with_controls, hyperprior_stage

    settings = {} if delta is None else {"delta": delta}
    stage = {} if seed is None else hyperprior_stage(model, seed)  # first, for it may be refused
    return compare_with_controls(model, controls, settings).assign(stage)
