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

__all__ = ["Drawn", "draw_all", "figure", "names"]
