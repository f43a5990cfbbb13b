"""bayesips assess: a declared model answered, printed, and written where asked."""

from __future__ import annotations

from typing import Annotated

import typer

from bayesips.cli.options import DEFAULT_MODEL, Engine, Json, Seed
from bayesips.errors import Refused


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
        str | None, typer.Option(help="Folder for result.nc, figures and report.html.")
    ] = None,
) -> None:
    """Answer a model: evidence, control, effect, conclusion."""
    if every:
        _refuse_with_all(model, out)
        _side_by_side(engine, seed, as_json)
    else:
        _one(model or DEFAULT_MODEL, engine, seed, as_json, out)


def _refuse_with_all(model: str | None, out: str | None) -> None:
    """Refuse what does not go with --all."""
    if model is not None:
        raise Refused(f"--all assesses the shipped models; leave out {model!r} or --all")
    if out is not None:
        raise Refused("--out takes the result of one model; leave out --all")


def _one(model: str, engine: str, seed: int, as_json: bool, out: str | None) -> None:
    """One model."""
    from bayesips.answer import diagnostics
    from bayesips.cli.output import folder
    from bayesips.declare.model import load_model

    declared = load_model(model)
    if out is not None:
        folder.check(out)
    tree = _assessed(declared, engine, seed)
    if out is not None:
        folder.write(tree, out)
    _print(tree, as_json)
    if out is not None and not as_json:
        print(f"\nWritten to {out}: result.nc, figures, report.html")
    if diagnostics.failures(tree):
        raise typer.Exit(1)


def _print(tree, as_json: bool) -> None:
    """The result on stdout."""
    if as_json:
        from bayesips.cli.output.json_text import as_text
        from bayesips.cli.output.result_object import as_object

        print(as_text(as_object(tree)))
    else:
        from bayesips.cli.output.tables import show

        show(tree)


def _assessed(model, engine: str, seed: int):
    """The result; NUTS shows how far it is."""
    from bayesips.answer.assessment import assess as answer
    from bayesips.engine.engines import Engine as Checked

    if Checked(engine, seed).name != "nuts":
        return answer(model, engine, seed)
    from bayesips.cli.output.progress import bar

    with bar(f"{model.name}: sampling") as report:
        return answer(model, engine, seed, progress=report)


def _side_by_side(engine: str, seed: int, as_json: bool) -> None:
    """Every shipped assessment of HLC-001."""
    from bayesips.answer import diagnostics
    from bayesips.declare.model import load_model, shipped_names

    names = [name for name in shipped_names() if name.split("-")[0] == DEFAULT_MODEL]
    trees = [_assessed(load_model(name), engine, seed) for name in names]
    if as_json:
        from bayesips.cli.output.json_text import as_text
        from bayesips.cli.output.result_object import as_object

        print(as_text({"models": [as_object(tree) for tree in trees]}))
    else:
        from bayesips.cli.output.tables import show_side_by_side

        show_side_by_side(trees)
    if any(diagnostics.failures(tree) for tree in trees):
        raise typer.Exit(1)
