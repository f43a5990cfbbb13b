"""bayesips sensitivity: the smallest changes that flip the answer, then all analyses at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, NamedTuple

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
    out: Annotated[str | None, typer.Option(help="Folder for results, figures and tables.")] = None,
    as_json: Json = False,
) -> None:
    """Find what the answer hangs on, one choice and all at once."""
    if bridge and axis:
        raise Refused("--bridge is a question of its own; leave out --axis or --bridge")
    if bridge:
        answered = _bridges(model, "all" if piecewise else "smooth", seed, out)
    else:
        answered = _all_at_once(model, axis, out)
    from bayesips.cli.output import spreadsheets

    if as_json:
        print(answered.as_text())
    else:
        answered.show()
        if out is not None:
            print(f"\nWritten to {out}: {answered.written}, figures, {spreadsheets.written()}")
    if answered.withheld:
        raise typer.Exit(1)


class Answered(NamedTuple):
    """What a question of sensitivity came to, and how it is shown."""

    as_text: Callable[[], str]
    show: Callable[[], None]
    written: str
    withheld: bool = False


def _all_at_once(model: str, axis: list[str] | None, out: str | None) -> Answered:
    """Tipping points, then every combination of choices."""
    from bayesips.answer.assessment.later_landmarks import later_landmarks_of
    from bayesips.cli.output import sensitivity as output
    from bayesips.cli.output.progress import analyses_bar
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
    with analyses_bar() as progress:
        cells = vary(declared, axes, progress=progress, solutions=solutions)
    table = tipping_table(declared, solutions=solutions)
    sceptic = sceptical_prior(declared, solutions=solutions)
    named = output.NamedSensitivities(sceptic, later_landmarks_of(declared))
    if out is not None:
        from bayesips.plots.picture import SensitivityFound

        output.write(SensitivityFound(declared, axes, cells, table), out)
    found = (declared, cells, table, named)
    written = f"{output.CELLS}, {output.TIPPING}"
    return Answered(lambda: output.as_text(*found), lambda: output.show(*found), written)


def _bridges(model: str, which: str, seed: int, out: str | None) -> Answered:
    """The answer under other bridges, all or the smooth ones; withheld where one of them is."""
    from bayesips.answer.assessment.bridge_sensitivity import bridge_sensitivity
    from bayesips.cli.output import bridge as output
    from bayesips.cli.output.progress import draws_bar
    from bayesips.declare.model import load_model
    from bayesips.engine.engines import Engine

    declared = load_model(model)
    Engine("nuts", seed)  # refuses an impossible seed
    if out is not None:
        output.check(out)
    with draws_bar(f"{declared.name}: bridges") as progress:
        table = bridge_sensitivity(declared, piecewise=which == "all", seed=seed, progress=progress)
    if out is not None:
        output.write(table, out)
    return Answered(
        lambda: output.as_text(declared, table),
        lambda: output.show(declared, table),
        output.TABLE,
        withheld=bool((table["reason"] != "").any()),
    )
