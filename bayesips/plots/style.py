"""One look for every figure: sizes, colours, margins, axes of shares."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe & Ito (2008): distinct to every common kind of colour vision.
TREATED = "#0072B2"
CONTROL = "#B34700"
HISTORY = "#3B3B3B"
NEUTRAL = "#6E6E6E"
FAINT = "#D9D9D9"

# Points at print size; nothing on a figure is smaller than SMALL.
TEXT = 9.0
SMALL = 8.0
HEADING = 10.0

SETTINGS: dict[str, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same everywhere
    "font.size": TEXT,
    "axes.labelsize": TEXT,
    "axes.titlesize": HEADING,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "axes.linewidth": 0.8,
    "axes.edgecolor": NEUTRAL,
    "axes.labelcolor": HISTORY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": NEUTRAL,
    "ytick.color": NEUTRAL,
    "xtick.labelcolor": HISTORY,
    "ytick.labelcolor": HISTORY,
    "text.color": HISTORY,
    "figure.dpi": 100,
    "savefig.dpi": 200,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
}


@dataclass(frozen=True)
class Sheet:
    """Size of a figure and the margins around its axes, in inches."""

    width: float
    height: float
    left: float = 0.5
    right: float = 0.3
    top: float = 0.4
    bottom: float = 0.6

    @property
    def frame(self) -> tuple[float, float, float, float]:
        """Left, bottom, width and height of the axes, as shares of the figure."""
        return (
            self.left / self.width,
            self.bottom / self.height,
            1 - (self.left + self.right) / self.width,
            1 - (self.top + self.bottom) / self.height,
        )


def blank(sheet: Sheet) -> tuple[Figure, Axes]:
    """An empty figure with one axes, outside of matplotlib's list of open windows."""
    figure = Figure(figsize=(sheet.width, sheet.height))
    FigureCanvasAgg(figure)
    return figure, figure.add_axes(sheet.frame)


@contextmanager
def look(name: str) -> Iterator[None]:
    """The common settings; `name` salts the identifiers inside an SVG file."""
    settings: Any = {**SETTINGS, "svg.hashsalt": f"bayesips-{name}"}
    with mpl.rc_context(settings):
        yield


TICKS = tuple(range(0, 101, 20))  # of an axis of shares, in per cent


def percent_axis(ax: Axes, label: str) -> None:
    """A horizontal axis of shares, 0 to 100 %."""
    ax.set_xlim(0, 1)
    ax.set_xticks([each / 100 for each in TICKS], [f"{each} %" if each else "0" for each in TICKS])
    ax.set_xlabel(label)


def upright_percent_axis(ax: Axes, label: str, top: float = 1.0) -> None:
    """A vertical axis of shares, 0 to 100 %, with space for marks up to `top`."""
    ax.set_ylim(0, top)
    ax.set_yticks([each / 100 for each in TICKS], [f"{each} %" for each in TICKS])
    ax.set_ylabel(label)


def required_line(ax: Axes, required: float) -> None:
    """A dashed line at the probability that is required, its words to the right."""
    ax.axhline(required, color=NEUTRAL, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    ax.annotate(
        f"more than\n{100 * required:g} %", xy=(1, required), xycoords=ax.get_yaxis_transform(),
        xytext=(5, 0), textcoords="offset points", va="center", fontsize=SMALL,
        annotation_clip=False,
    )  # fmt: skip


def only_bottom(ax: Axes) -> None:
    """Keep the horizontal axis alone."""
    ax.spines["left"].set_visible(False)
    ax.set_yticks([])


def beside(ax: Axes) -> Any:
    """Coordinates for text beside a row: across in shares of the axes, up in data."""
    return ax.get_yaxis_transform()


def inches_across(ax: Axes, inches: float) -> float:
    """A length on paper as a share of the width of the axes."""
    return inches / (ax.get_position().width * sheet_of(ax).get_figwidth())


def sheet_of(ax: Axes) -> Figure:
    """The figure that an axes stands on."""
    found = ax.get_figure(root=True)
    assert isinstance(found, Figure)  # axes of this package are never without one
    return found
