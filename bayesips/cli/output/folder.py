"""The folder of a result: it appears whole, or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

from bayesips.errors import Refused

RESULT, PAGE, FIGURES = "result.nc", "report.html", "figures"


def check(out: str | Path, mark: str = RESULT) -> None:
    """Refuse a place that cannot take a result, before anything is computed.

    `mark` is the file by which a folder of an earlier result is known.

    Raises
    ------
    Refused
        If it is a file, or a folder with something else in it.
    OSError
        If it cannot be written to.
    """
    if not str(out):
        raise Refused("--out: the name of a folder is required")
    place = Path(out).resolve()
    if place.exists() and not place.is_dir():
        raise Refused(f"--out {out}: is a file; a folder is required")
    if place.is_dir() and any(place.iterdir()) and not (place / mark).is_file():
        raise Refused(
            f"--out {out}: holds something else than a result of bayesips (no {mark}); "
            "give an empty or a new folder"
        )
    above = next(parent for parent in place.parents if parent.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise Refused(f"--out {out}: cannot be written, for {above} does not allow it")


def write(tree: xr.DataTree, out: str | Path) -> None:
    """Write result, figures, page and tables; what stood there before is replaced as a whole."""
    appear(out, lambda place: fill(tree, place))


def appear(out: str | Path, fill_in: Callable[[Path], None]) -> None:
    """Let `fill_in` write into a hidden folder that becomes `out` only once it is whole."""
    place = Path(out).resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{place.name}-", dir=place.parent))
    try:
        fill_in(fresh)
        fresh.chmod(0o777 & ~_mask())
        _swap(fresh, place)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def fill(tree: xr.DataTree, place: Path) -> None:
    """Everything that belongs into the folder."""
    from bayesips import plots
    from bayesips.cli.output import spreadsheets
    from bayesips.report.html import html

    tree.to_netcdf(place / RESULT, engine="h5netcdf")
    (place / FIGURES).mkdir()
    drawn = plots.draw_all(tree, place / FIGURES)
    svgs = {path.stem: path.read_bytes() for path in drawn if path.suffix == ".svg"}
    (place / PAGE).write_text(html(tree, svgs), encoding="utf-8")
    spreadsheets.write_tree(tree, place)


def _swap(fresh: Path, place: Path) -> None:
    """Put the new folder in the place of the old one."""
    if not place.exists():
        fresh.rename(place)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{place.name}-old-", dir=place.parent))
    try:
        place.rename(old / place.name)
        try:
            fresh.rename(place)
        except OSError:
            (old / place.name).rename(place)
            raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _mask() -> int:
    """The permissions that new files of this user lack."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
