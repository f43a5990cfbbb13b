"""Columns of text to the left and right of the evidence forest."""

from __future__ import annotations

import textwrap

from bayesips.plots import style

LABEL_WIDTH, BOLD_WIDTH = 38, 27


def shortened(text):
    """A label that fits its column."""
    return textwrap.shorten(text, LABEL_WIDTH, placeholder=" \u2026")


def shortened_bold(text):
    """A bold label that fits its column."""
    return textwrap.shorten(text, BOLD_WIDTH, placeholder=" \u2026")


def columns(ax, height, texts, colour, weight="normal"):
    """Three columns to the left of the axes."""
    inch = style.inches_across(ax, 1)
    label, counts, day = texts
    common = {"transform": style.beside(ax), "va": "center", "fontsize": style.SMALL,
              "color": colour, "weight": weight}  # fmt: skip
    ax.text(-2.95 * inch, height, label, ha="left", **common)
    ax.text(-0.93 * inch, height, counts, ha="right", **common)
    ax.text(-0.84 * inch, height, day, ha="left", **common)


def estimate(ax, height, texts, colour=style.HISTORY, weight="normal"):
    """The right column: estimate and interval."""
    value, span = texts
    inch = style.inches_across(ax, 1)
    ax.text(
        1 + 0.08 * inch, height, f"{value}  ({span.removesuffix(' %')})",
        transform=style.beside(ax), ha="left", va="center", fontsize=style.SMALL, color=colour,
        weight=weight,
    )  # fmt: skip


def area(n):
    """Area of a square: grows with the number of patients, visible for few."""
    return 12 + 0.6 * min(n, 120)
