"""What a result can say to a reporting checklist: never more than stands on its page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import xarray as xr

# What no result knows, and more than one checklist asks.
WHY_PRIORS = "why these priors, with their sources; the result states them and no reason"
Status = Literal["answered", "partly", "missing"]


@dataclass(frozen=True)
class Answer:
    """What is found in a result about one point of a checklist.

    Attributes
    ----------
    status : {"answered", "partly", "missing"}
    said : str
        The value, or what the user must add.
    section : str
        Section of the page where it stands; empty where it stands nowhere.
    """

    status: Status
    said: str
    section: str = ""


def lacking(add: str) -> Answer:
    """Nothing in the result: what the user must add."""
    return Answer("missing", f"Add {add}.")


def always_lacking(add: str) -> Callable[[xr.DataTree], Answer]:
    """An answer to what no result knows."""

    def answer(_: xr.DataTree) -> Answer:
        return lacking(add)

    return answer
