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
) -> None:
    """Put every borrowing method beside the others."""
    from bayesips.cli.output import comparison as tables
    from bayesips.comparison import compare as methods
    from bayesips.comparison import compare_with_controls
    from bayesips.model import load_model

    declared = load_model(model)
    if controls is None:
        tables.show(methods(declared))
    else:
        tables.show_controls(compare_with_controls(declared, controls))
