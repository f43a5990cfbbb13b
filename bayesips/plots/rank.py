"""Rank plots of the chains, by ArviZ (Vehtari et al. 2021): whether they agree."""

from __future__ import annotations

from typing import Any

import xarray as xr
from matplotlib.figure import Figure

# The unknowns at the top of the hierarchy, and what they lead to; the arms' own rates are many.
SHOWN = ("control_rate", "mu", "tau", "discount", "mean", "size")


def applies(tree: xr.DataTree) -> bool:
    """Whether the draws are those of a sampler."""
    return {"posterior", "sample_stats"} <= set(tree.children)


def data(tree: xr.DataTree) -> xr.Dataset:
    """The chains of the unknowns that matter most, by chain and draw."""
    posterior = tree["posterior"].to_dataset()
    single = [
        str(name) for name, value in posterior.items() if set(value.dims) == {"chain", "draw"}
    ]
    shown = [name for name in SHOWN if name in single] or single[:4]
    return posterior[shown]


def arviz_figure(data: xr.Dataset) -> Figure:
    """Draw by ArviZ."""
    import arviz as az

    drawn: Any = az.plot_rank(
        xr.DataTree.from_dict({"posterior": data}),
        backend="matplotlib",
        figure_kwargs={"figsize": (7.2, 0.6 + 2.4 * -(-len(data) // 3))},
    )
    return closed(drawn)


def closed(drawn: Any) -> Figure:
    """The figure of an ArviZ plot, no longer in matplotlib's list of open windows."""
    from matplotlib import pyplot

    made: Figure = drawn.viz["figure"].item()
    pyplot.close(made)
    made.set_layout_engine("constrained")
    return made


def caption(data: xr.Dataset) -> str:
    """What the ranks show, in words."""
    shown = ", ".join(str(name) for name in data)
    return (
        f"Ranks of the draws of {shown}: each line is how far one chain's ranks lie from uniform. "
        "Black dots mark where a chain explored another distribution than the rest."
    )
