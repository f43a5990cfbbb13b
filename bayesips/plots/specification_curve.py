"""Specification curve: every analysis in order of its answer, the choices that made it below.

Simonsohn U, Simmons JP, Nelson LD (2020), Nat Hum Behav 4:1208-14, doi:10.1038/s41562-020-0912-z.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import xarray as xr
from matplotlib.axes import Axes

from bayesips.plots import style
from bayesips.plots.picture import SensitivityFound
from bayesips.sensitivity import share_supported
from bayesips.sensitivity.labels import shortened
from bayesips.words.numbers import brief
from bayesips.words.outcome import carried, outcome_of

# Cells are drawn one by one up to this many; more are drawn as shares of this many columns.
COLUMNS = 240
ROW = 0.075  # height of a row of choices, the curve's panel being 1
GAP = 0.09
LONGEST = 34  # letters of a label


def data(cells: xr.Dataset, criterion: int = 1) -> xr.Dataset:
    """Distinct, settled cells in order of P(effect > margin), and which choices each one makes.

    Parameters
    ----------
    cells : xarray.Dataset
        What `vary` returned.
    criterion : int
        Which decision.

    Returns
    -------
    xarray.Dataset
        Dims cell and choice (the axes' values): probability, met, chosen; axis and label of each
        choice; attrs share (of the cells that support the claim), unsettled, required.
    """
    axes = list(cells.attrs["axes"])
    one = cells.sel(criterion=criterion)
    kept = (one.settled & ~one.repeated).values.ravel()
    probability = one.probability.transpose(*axes).values.ravel()
    places = np.flatnonzero(kept)[np.argsort(probability[kept], kind="stable")]
    index = np.unravel_index(places, one.settled.shape)
    rows = [(a, v, at == n) for a, at in zip(axes, index, strict=True)
            for n, v in enumerate(cells[a].values)]  # fmt: skip
    return xr.Dataset(
        {
            "probability": ("cell", probability[places]),
            "met": ("cell", one.met.transpose(*axes).values.ravel()[places]),
            "chosen": (("choice", "cell"), np.array([row[2] for row in rows])),
            "axis": ("choice", np.array([row[0] for row in rows], dtype=object)),
            "label": ("choice", np.array([shortened(row[1], LONGEST) for row in rows], object)),
        },
        attrs={
            "share": share_supported(cells),
            "unsettled": int((~cells.settled).sum()),
            "required": float(one.required.values.ravel()[kept][0]) if kept.any() else np.nan,
            "model": cells.attrs["model"],
            **carried(cells.attrs),
        },
    )


def of_sensitivity(found: SensitivityFound) -> Iterator[tuple[str, xr.Dataset]]:
    """The curve of all cells."""
    yield "specification_curve", data(found.cells)


def sheet(data: xr.Dataset) -> style.Sheet:
    """Space for one row for each choice."""
    axes = len(np.unique(data["axis"].values))
    rows = 0.155 * (data.sizes["choice"] + axes)
    return style.Sheet(7.2, 3.0 + rows, left=2.45, right=0.75, top=0.4, bottom=0.2)


def draw(data: xr.Dataset, ax: Axes) -> None:
    """Draw the curve above and the choices below."""
    count = data.sizes["cell"]
    columns = min(count, COLUMNS)
    bounds = np.linspace(0, count, columns + 1)
    centres = (bounds[1:] + bounds[:-1]) / 2
    met = data["met"].values
    x = np.arange(count) + 0.5
    for chosen, colour in ((~met, style.CONTROL), (met, style.TREATED)):
        ax.scatter(x[chosen], data["probability"].values[chosen], s=9 if count < COLUMNS else 3,
                   color=colour, linewidth=0, zorder=3)  # fmt: skip
    _scale(data, ax)
    low = _rows(data, ax, bounds, centres)
    ax.set_xlim(-0.01 * count, 1.01 * count)
    ax.set_ylim(low, 1.03)
    ax.set_xticks([])
    for side in ("bottom", "left"):
        ax.spines[side].set_visible(False)
    ax.set_title(f"{count} analyses: {brief(data.attrs['share'])} support the claim", loc="left")


def caption(data: xr.Dataset) -> str:
    """What the curve shows, in words."""
    low, high = (float(data["probability"].values[place]) for place in (0, -1))
    lost = data.attrs["unsettled"]
    return (
        f"{data.sizes['cell']} analyses of {data.attrs['model']}, each with other choices, in "
        f"order of {outcome_of(data.attrs).claim}: from {brief(low, 1)} to {brief(high, 1)}. "
        f"{brief(data.attrs['share'])} of them support the claim (blue). Marks below show "
        f"which choices each analysis makes. {lost} cells have no answer."
    )


def _scale(data, ax):
    """The probability's own axis, on the upper part only."""
    style.upright_percent_axis(ax, "")
    style.required_line(ax, data.attrs["required"])
    ax.annotate(
        outcome_of(data.attrs).claim, xy=(0, 0.5), xycoords=ax.get_yaxis_transform(),
        xytext=(-48, 0),
        textcoords="offset points", rotation=90, va="center", ha="center", annotation_clip=False,
    )  # fmt: skip


def _rows(data, ax, bounds, centres):
    """One row for each choice, darker where more of a column's cells make it; the lowest y."""
    at, before = -GAP, None
    width = float(bounds[1] - bounds[0])
    edges = bounds.astype(int)
    for axis, label, chosen in zip(
        data["axis"].values, data["label"].values, data["chosen"].values, strict=True
    ):
        if axis != before:
            at -= ROW * 0.4
            _heading(ax, at, str(axis))
            at -= ROW * 0.9
        before = axis
        counts = np.add.reduceat(chosen.astype(float), np.minimum(edges[:-1], len(chosen) - 1))
        shares = counts / np.maximum(np.diff(edges), 1)
        for centre, share in zip(centres[shares > 0], shares[shares > 0], strict=True):
            ax.bar(centre, 0.72 * ROW, width=width, bottom=at - 0.36 * ROW, linewidth=0,
                   color=style.HISTORY, alpha=float(share))  # fmt: skip
        ax.annotate(
            str(label), xy=(0, at), xycoords=ax.get_yaxis_transform(), xytext=(-6, 0),
            textcoords="offset points", ha="right", va="center", fontsize=style.SMALL,
            annotation_clip=False,
        )  # fmt: skip
        at -= ROW
    return at


def _heading(ax, at, axis):
    """Name of an axis above its choices."""
    ax.annotate(
        axis, xy=(0, at), xycoords=ax.get_yaxis_transform(), xytext=(-6, 0), weight="bold",
        textcoords="offset points", ha="right", va="center", fontsize=style.SMALL,
        annotation_clip=False,
    )  # fmt: skip
