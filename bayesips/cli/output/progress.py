"""A progress bar for NUTS, on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(what: str) -> Iterator[Callable[[int, int, int], None]]:
    """Show a bar; yields what the sampler reports to: (draws done, draws in all, divergences)."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f} of {task.total:.0f} draws"),
        TextColumn("{task.fields[divergences]} divergences"),
        TimeElapsedColumn(),
    )
    screen = Console(stderr=True)
    off = not screen.is_terminal  # else an empty line would be left in a log
    with Progress(*columns, console=screen, transient=True, disable=off) as progress:
        task = progress.add_task(what, total=1, divergences=0)

        def report(done: int, total: int, divergences: int) -> None:
            progress.update(task, completed=done, total=total, divergences=divergences)

        yield report
