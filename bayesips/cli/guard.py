"""Exit codes: 0 done, 1 withheld, 2 bad input; one message on stderr and no traceback."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable

import typer

from bayesips.errors import NotSettled, Refused

WITHHELD, BAD_INPUT = 1, 2


def guarded(command: Callable) -> Callable:
    """The command, each of its refusals one message on stderr."""

    @functools.wraps(command)
    def run(*args, **kwargs) -> None:
        try:
            command(*args, **kwargs)
        except NotSettled as error:
            raise _exit(f"withheld: {error}", WITHHELD) from None
        except BrokenPipeError:
            raise
        except (Refused, OSError) as error:
            raise _exit(f"error: {error}", BAD_INPUT) from None

    return run


def _exit(message: str, code: int) -> typer.Exit:
    """Say it on stderr; the exit to raise."""
    print(f"bayesips: {message}", file=sys.stderr)
    return typer.Exit(code)
