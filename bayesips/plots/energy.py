"""Energy of the sampler, by ArviZ (Betancourt 2016): whether the tails were reached."""

from __future__ import annotations

import xarray as xr
from matplotlib.figure import Figure

from bayesips.plots.rank import closed


def applies(tree: xr.DataTree) -> bool:
    """Whether a sampler kept its energy."""
    return "sample_stats" in tree.children and "energy" in tree["sample_stats"].data_vars


def data(tree: xr.DataTree) -> xr.Dataset:
    """The energy by chain and draw."""
    return tree["sample_stats"].to_dataset()[["energy"]]


def arviz_figure(data: xr.Dataset) -> Figure:
    """Draw by ArviZ."""
    import arviz as az

    drawn = az.plot_energy(
        xr.DataTree.from_dict({"sample_stats": data}),
        backend="matplotlib",
        figure_kwargs={"figsize": (7.2, 2.8)},
    )
    return closed(drawn)


def caption(data: xr.Dataset) -> str:
    """What the energies show, in words."""
    return (
        f"Energy of {data.sizes['chain']} chains. Left: E-BFMI by chain, right of the dashed line "
        "is well. Right: where the two curves are alike, the sampler reached the tails."
    )
