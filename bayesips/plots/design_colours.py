"""Colours and line ends of a plan's candidates, the same in every figure of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from bayesips.plots import style

# Okabe & Ito (2008), darker ones first; dashes differ too, so that equal curves show both.
COLOURS = ("#0072B2", "#B34700", "#009E73", "#7A3E9D", "#3B3B3B")
DASHES: tuple[Any, ...] = (
    "-",
    (0, (4, 2)),
    (0, (6, 1.5, 1, 1.5)),
    (0, (1, 1.2)),
    (0, (8, 1.5, 1, 1.5, 1, 1.5)),
)


def line_of(position: int) -> dict[str, Any]:
    """Colour and dash of a candidate by its place in the file."""
    dash = DASHES[position % len(DASHES)]
    return {"color": COLOURS[position % len(COLOURS)], "linestyle": dash, "linewidth": 1.5}


def legend(ax: Axes, labels: Sequence[str]) -> None:
    """Name the candidates beside the axes, where no curve runs."""
    handles = [ax.plot([], [], **line_of(place))[0] for place in range(len(labels))]
    ax.legend(
        handles, labels, loc="upper left", bbox_to_anchor=(1.02, 1.0), frameon=False,
        fontsize=style.SMALL, borderaxespad=0,
    )  # fmt: skip


def finding(ax: Axes, title: str) -> None:
    """What the figure shows, in one line above it and above the names of its marks."""
    ax.set_title(title, loc="left", fontsize=style.TEXT, fontweight="bold", pad=16)


def share_axis(ax: Axes, label: str, top: float = 1.0) -> None:
    """A vertical axis of probabilities from 0."""
    ax.set_ylim(0, top)
    step = next(each for each in (0.01, 0.02, 0.05, 0.1, 0.2) if top / each <= 6)  # noqa: PLR2004
    ticks = np.arange(0, top + step / 2, step)
    ax.set_yticks(ticks, [f"{100 * tick:.0f} %" for tick in ticks])
    ax.set_ylabel(label)
