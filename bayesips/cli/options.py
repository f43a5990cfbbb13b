"""Arguments and options that several commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Model = Annotated[
    str,
    typer.Argument(help="A model file, or the bare name of a shipped model.", show_default=True),
]
Engine = Annotated[
    str, typer.Option(help="exact (quadrature) or nuts (PyMC).", metavar="exact|nuts")
]
Seed = Annotated[int, typer.Option(help="Of all draws; equal seeds give equal results.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
DEFAULT_MODEL = "hlc001"
