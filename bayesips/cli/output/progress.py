"""Progress on stderr: draws of NUTS, analyses of a sensitivity, and the time a plan takes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn


@contextmanager
def draws_bar(what: str) -> Iterator[Callable[[int, int, int], None]]:
    """Yield what the sampler reports to: (draws done, draws in all, divergences)."""
    words = "{task.completed:.0f} of {task.total:.0f} draws"
    with _bar(words, "{task.fields[divergences]} divergences") as progress:
        task = progress.add_task(what, total=1, divergences=0)

        def report(done: int, total: int, divergences: int) -> None:
            progress.update(task, completed=done, total=total, divergences=divergences)

        yield report


@contextmanager
def analyses_bar() -> Iterator[Callable[[int, int], None]]:
    """Yield what `vary` reports to: (analyses done, analyses in all)."""
    with _bar("{task.completed:.0f} of {task.total:.0f} analyses") as progress:
        task = progress.add_task("", total=1)

        def report(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        yield report


@contextmanager
def status_line(what: str) -> Iterator[None]:
    """A line with the time that has passed; none where stderr is no terminal."""
    from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn(what), TimeElapsedColumn()
    with _shown(columns) as progress:
        progress.add_task("", total=None)
        yield


def _bar(*words: str) -> Progress:
    """A bar with words beside it; none where stderr is no terminal, for a log would keep it."""
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        *(TextColumn(each) for each in words),
        TimeElapsedColumn(),
    )
    return _shown(columns)


def _shown(columns: Sequence[ProgressColumn]) -> Progress:
    """Columns on stderr, as long as it takes; nothing where it is no terminal."""
    from rich.console import Console
    from rich.progress import Progress

    screen = Console(stderr=True)
    return Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal)
