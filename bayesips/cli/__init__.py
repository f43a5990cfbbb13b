"""The command line: one file for each command; the file's name is the registration.

A file of this folder with a function of its own name is a command. Commands import what they need
when they run, so that `bayesips --help` stays fast.
"""

from __future__ import annotations

import gc
import importlib
import os
import pkgutil
from collections.abc import Callable
from typing import Annotated

import typer

from bayesips.cli.guard import guarded

# Reading order of the help; a command not named here follows in alphabetical order.
FIRST = (
    "assess",
    "explore",
    "validate",
    "new",
    "compare",
    "sensitivity",
    "plan",
    "monitor",
    "report",
)


def commands() -> dict[str, Callable]:
    """Every command by its name, in the order of the help."""
    found = {}
    for name in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        function = getattr(importlib.import_module(f"{__name__}.{name}"), name, None)
        if callable(function):
            found[name] = function
    return {name: found[name] for name in sorted(found, key=_place)}


def _place(name: str) -> tuple[int, str]:
    """Where a command stands in the help."""
    return (FIRST.index(name) if name in FIRST else len(FIRST)), name


def application() -> typer.Typer:
    """The application with every command."""
    app = typer.Typer(
        name="bayesips",
        help="What a small trial shows when history is contested.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    for name, function in commands().items():
        app.command(name)(guarded(function))
    app.callback(invoke_without_command=True)(_front)
    return app


def _front(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """What a small trial shows when history is contested."""
    if version:
        import bayesips

        print(f"bayesips {bayesips.__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(2)


def main() -> None:
    """Run the console script."""
    # A command is one short process. The libraries it loads make hundreds of thousands of objects
    # that live until its end: to look through them for rubbish, on the way and once more at exit,
    # would be a fifth of the time a user waits.
    gc.set_threshold(100_000, 20, 20)
    # The matrices are small: two threads on one product wait for each other longer than they
    # multiply. Set before numpy is loaded; whoever sets it otherwise is obeyed.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        application()()
    finally:
        gc.freeze()
