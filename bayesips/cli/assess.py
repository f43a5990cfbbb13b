"""bayesips assess: a declared model answered, printed, and written where asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from bayesips.cli.options import DEFAULT_MODEL, Engine, Json, Seed
from bayesips.errors import Refused

if TYPE_CHECKING:
    from bayesips.answer.assessment import Assessment
    from bayesips.declare.model import Model


def assess(
    model: Annotated[
        str | None,
        typer.Argument(help="A model file, or a shipped model's name. [default: hlc001]"),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All shipped hlc001 models.")] = False,
    engine: Engine = "exact",
    seed: Seed = 1,
    as_json: Json = False,
    out: Annotated[
        str | None, typer.Option(help="Folder for result.nc, figures, report.html and tables.")
    ] = None,
) -> None:
    """Answer a model: evidence, control, effect, conclusion."""
    if every:
        _refuse_with_all(model, out)
        _side_by_side(engine, seed, _all_as_json if as_json else _all_as_table)
    else:
        _alone(model or DEFAULT_MODEL, (engine, seed), _as_json if as_json else _as_tables, out)


def _refuse_with_all(model: str | None, out: str | None) -> None:
    """Refuse what does not go with --all."""
    if model is not None:
        raise Refused(f"--all assesses the shipped models; leave out {model!r} or --all")
    if out is not None:
        raise Refused("--out takes the result of one model; leave out --all")


def _alone(
    model: str,
    run: tuple[str, int],
    show: Callable[[Assessment, str | None], None],
    out: str | None,
) -> None:
    """Answer one model by an engine with a seed, show it, and write it where asked."""
    from bayesips.answer import diagnostics
    from bayesips.cli.output import folder
    from bayesips.declare.model import load_model

    declared = load_model(model)
    if out is not None:
        folder.check(out)
    result = _assessed(declared, *run)
    if out is not None:
        folder.write(result.tree(), out)
    show(result, out)
    if diagnostics.failures(result.read_as_tree()):
        raise typer.Exit(1)


def _as_json(result: Assessment, _out: str | None) -> None:
    """One JSON object on stdout and nothing else."""
    from bayesips.cli.output.json_text import as_text
    from bayesips.cli.output.result_object import as_object

    print(as_text(as_object(result.read_as_tree())))


def _as_tables(result: Assessment, out: str | None) -> None:
    """Tables on stdout, and where the result was written."""
    from bayesips.cli.output.spreadsheets import written
    from bayesips.cli.output.tables import show

    show(result.tree())
    if out is not None:
        print(f"\nWritten to {out}: result.nc, figures, report.html, {written()}")


def _assessed(model: Model, engine: str, seed: int) -> Assessment:
    """The result; NUTS shows how far it is."""
    from bayesips.answer.assessment import assessment
    from bayesips.engine.engines import Engine as Settings

    settings = Settings(engine, seed)
    if settings.is_exact:
        return assessment(model, settings)
    from bayesips.cli.output.progress import draws_bar

    with draws_bar(f"{model.name}: sampling") as report:
        return assessment(model, Settings(engine, seed, progress=report))


def _side_by_side(engine: str, seed: int, show: Callable[[list[Assessment]], None]) -> None:
    """Answer every shipped assessment of HLC-001."""
    from bayesips.answer import diagnostics
    from bayesips.declare.model import load_model, shipped_names

    names = [name for name in shipped_names() if name.split("-")[0] == DEFAULT_MODEL]
    results = [_assessed(load_model(name), engine, seed) for name in names]
    show(results)
    if any(diagnostics.failures(result.read_as_tree()) for result in results):
        raise typer.Exit(1)


def _all_as_json(results: list[Assessment]) -> None:
    """Every result in one JSON object."""
    from bayesips.cli.output.json_text import as_text
    from bayesips.cli.output.result_object import as_object

    print(as_text({"models": [as_object(each.read_as_tree()) for each in results]}))


def _all_as_table(results: list[Assessment]) -> None:
    """One table, a row for each result."""
    from bayesips.cli.output.tables import show_side_by_side

    show_side_by_side([each.tree() for each in results])
