"""A result read back from the file that `bayesips assess --out` or `plan --out` wrote."""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from bayesips.errors import Refused

RESULT = "result.nc"
# Without one of these no page can be made.
NEEDED = (
    "evidence", "treated", "control", "effect", "curves", "decision", "outcomes", "fragility",
    "comparators", "surprise", "diagnostics",
)  # fmt: skip

NEEDED_OF_PLAN = (
    "declared", "characteristics", "looks", "boundaries", "drift", "surface", "verdicts", "routes",
    "sizes", "nearest",
)  # fmt: skip


def is_plan(tree: xr.DataTree) -> bool:
    """Whether a result is that of a plan."""
    return "plan" in tree.attrs


def load(path: str | Path) -> xr.DataTree:
    """A result from its file, or from the folder that holds it.

    Raises
    ------
    Refused
        If there is no such file, it is no netCDF file, or holds something else than an assessment.
    """
    place = Path(path)
    place = place / RESULT if place.is_dir() else place
    if not place.is_file():
        raise Refused(f"{place}: no such file; `bayesips assess --out DIR` writes DIR/{RESULT}")
    try:
        with xr.open_datatree(place, engine="h5netcdf") as found:
            tree = found.load()
    except (OSError, ValueError, KeyError) as error:
        raise Refused(f"{place}: is no netCDF file that can be read: {error}") from None
    needed = NEEDED_OF_PLAN if is_plan(tree) else NEEDED
    missing = [name for name in needed if name not in tree.children]
    if missing or "digest" not in tree.attrs:
        lacks = f" (it has no {', '.join(missing)})" if missing else ""
        raise Refused(f"{place}: holds no result of `bayesips assess`{lacks}")
    return tree
