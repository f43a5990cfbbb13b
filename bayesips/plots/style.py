"""One look for every figure: sizes, colours, words for numbers, files that repeat to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

# Okabe & Ito (2008): told apart by every common kind of colour vision.
TREATED = "#0072B2"
CONTROL = "#B34700"
HISTORY = "#3B3B3B"
NEUTRAL = "#6E6E6E"
FAINT = "#D9D9D9"

# Points at print size; nothing on a figure is smaller than SMALL.
TEXT = 9.0
SMALL = 8.0
HEADING = 10.0
MOST_DIGITS = 6

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


def percent(value: float, digits: int = 0) -> str:
    """A share as a percentage; never rounded to a certainty it is not."""
    if not np.isfinite(value):
        return "none"
    shown = f"{100 * value:.{digits}f}"
    smallest = 10.0**-digits
    if float(shown) == 0 and value > 0:
        return f"< {smallest:g} %"
    if float(shown) == 100 and value < 1:  # noqa: PLR2004  certainty
        return f"> {100 - smallest:.{digits}f} %"
    return f"{shown} %"


def interval(low: float, high: float) -> str:
    """An interval of shares as percentages; an end is 0 or 100 only where it is exactly that."""
    return f"{percent(low).removesuffix(' %')} to {percent(high)}"


def probability(value: float, required: float) -> str:
    """A probability with as many digits as show on which side of what is required it is."""
    for digits in range(1, MOST_DIGITS):
        if (round(100 * value, digits) > round(100 * required, digits)) == (value > required):
            return percent(value, digits)
    return percent(value, MOST_DIGITS)


def percent_axis(ax: Axes, label: str) -> None:
    """A horizontal axis of shares, 0 to 100 %."""
    ax.set_xlim(0, 1)
    ticks = np.linspace(0, 1, 6)
    ax.set_xticks(ticks, [f"{100 * tick:.0f} %" if tick else "0" for tick in ticks])
    ax.set_xlabel(label)


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
