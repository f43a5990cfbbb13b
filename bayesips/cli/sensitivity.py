"""bayesips sensitivity: the smallest changes that flip the answer, then all analyses at once."""

from __future__ import annotations

from typing import Annotated

import typer

from bayesips.cli.options import DEFAULT_MODEL, Json, Model, Seed
from bayesips.errors import Refused


def sensitivity(
    model: Model = DEFAULT_MODEL,
    axis: Annotated[
        list[str] | None,
        typer.Option(
            help="A choice and its values, as control.robust.weight=0,0.2,0.5; may be repeated. "
            "Without any: the model's [sensitivity], or a usual set."
        ),
    ] = None,
    bridge: Annotated[
        bool,
        typer.Option(
            "--bridge",
            help="Instead: how far a landmark model rests on the curve that carries other days to "
            "its own (Weibull under several priors, piecewise hazards).",
        ),
    ] = False,
    piecewise: Annotated[
        bool,
        typer.Option(help="With --bridge: piecewise hazards too, by NUTS (about a minute)."),
    ] = True,
    seed: Seed = 1,
    out: Annotated[str | None, typer.Option(help="Folder for results and figures.")] = None,
    as_json: Json = False,
) -> None:
    """Find what the answer hangs on, one choice and all at once."""
    if bridge:
        if axis:
            raise Refused("--bridge is a question of its own; leave out --axis or --bridge")
        _bridges(model, piecewise, seed, out, as_json)
    else:
        _all_at_once(model, axis, out, as_json)


def _all_at_once(model: str, axis: list[str] | None, out: str | None, as_json: bool) -> None:
    """Tipping points, then every combination of choices."""
    from bayesips.answer.assessment.later_landmarks import later_landmarks_of
    from bayesips.cli.output import sensitivity as output
    from bayesips.declare.model import load_model
    from bayesips.sensitivity import sceptical_prior, tipping_table, vary
    from bayesips.sensitivity.axis_text import parse_axis
    from bayesips.sensitivity.default_axes import axes_of
    from bayesips.sensitivity.solutions import Solutions

    declared = load_model(model)
    axes = dict(parse_axis(text) for text in axis) if axis else axes_of(declared)
    if out is not None:
        output.check(out)
    solutions = Solutions()
    with output.bar() as progress:
        cells = vary(declared, axes, progress=progress, solutions=solutions)
    table = tipping_table(declared, solutions=solutions)
    sceptic = sceptical_prior(declared, solutions=solutions)
    beside = output.Beside(sceptic, later_landmarks_of(declared))
    if out is not None:
        from bayesips.plots.picture import SensitivityFound

        output.write(SensitivityFound(declared, axes, cells, table), out)
    if as_json:
        print(output.as_text(declared, cells, table, beside))
        return
    output.show(declared, cells, table, beside)
    if out is not None:
        print(f"\nWritten to {out}: {output.CELLS}, {output.TIPPING}, figures")


def _bridges(model: str, piecewise: bool, seed: int, out: str | None, as_json: bool) -> None:
    """The answer under other bridges; exit status 1 where one of them is withheld."""
    from bayesips.answer.assessment.bridge_sensitivity import bridge_sensitivity
    from bayesips.cli.output import bridge as output
    from bayesips.cli.output.progress import bar
    from bayesips.declare.model import load_model
    from bayesips.engine.engines import Engine

    declared = load_model(model)
    Engine("nuts", seed)  # refuses an impossible seed
    if out is not None:
        output.check(out)
    with bar(f"{declared.name}: bridges") as progress:
        table = bridge_sensitivity(declared, piecewise=piecewise, seed=seed, progress=progress)
    if out is not None:
        output.write(table, out)
    if as_json:
        print(output.as_text(declared, table))
    else:
        output.show(declared, table)
        if out is not None:
            print(f"\nWritten to {out}: {output.TABLE}, figures")
    if (table["reason"] != "").any():
        raise typer.Exit(1)
