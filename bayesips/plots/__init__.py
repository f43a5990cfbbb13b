"""Figures of a result: one file each, with `data(tree)` and `draw(data, ax)`.

A file of this folder that has a `draw` (or, where ArviZ draws, a `figure`) is a figure under the
file's name; there is no list to edit. Every figure file offers

    applies(tree) -> bool        whether the result has what the figure shows
    data(tree) -> xarray.Dataset everything that is drawn, computed
    sheet(data) -> Sheet         size and margins
    draw(data, ax)               ink only
    caption(data) -> str         what a reader should see, in words; also the alternative text
"""

from bayesips.plots.drawing import Drawn, draw_all, figure, names
from bayesips.plots.plain import Picture, design, forest, mixture, prior

__all__ = [
    "Drawn",
    "Picture",
    "design",
    "draw_all",
    "figure",
    "forest",
    "mixture",
    "names",
    "prior",
]
