"""Tables of a result for a spreadsheet: a CSV file for each, and all of them in one XLSX."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

TABLES, BOOK = "tables", "tables.xlsx"
WRITER = "openpyxl"  # what writes XLSX; an extra of the package
LONGEST = 31  # letters of a sheet's name
OBSERVED, DRAW = "observed_data", "draw"  # ArviZ's groups are no tables


def written() -> str:
    """What is written, in words; without openpyxl also how to have the XLSX."""
    if find_spec(WRITER) is not None:
        return f"{TABLES} (CSV), {BOOK}"
    return f"{TABLES} (CSV; {BOOK} needs openpyxl: pip install 'bayesips[xlsx]')"


def write_tree(tree: xr.DataTree, place: Path) -> None:
    """Every group of a result but ArviZ's draws, into its folder."""
    groups = {name: group.to_dataset() for name, group in tree.children.items()}
    write({name: group for name, group in groups.items() if _is_table(name, group)}, place)


def write(groups: Mapping[str, xr.Dataset], place: Path) -> None:
    """Each group's tables into the folder of a result."""
    found = {name: table for group in groups.items() for name, table in tables_of(*group)}
    (place / TABLES).mkdir()
    for name, table in found.items():
        table.to_csv(place / TABLES / f"{name}.csv", index=False)
    if find_spec(WRITER) is not None and found:
        _write_book(found, place / BOOK)


def tables_of(group: str, data: xr.Dataset) -> Iterator[tuple[str, pd.DataFrame]]:
    """The variables that share their dimensions make one table, a row for each label.

    A group of one kind of variables is one table of its name; of several kinds, each is named
    after its dimensions too, as "outcomes_by_survivors".
    """
    kinds = dict.fromkeys(tuple(sorted(map(str, v.dims))) for v in data.data_vars.values())
    for dims in kinds:
        part = data[[name for name, v in data.data_vars.items() if set(v.dims) == set(dims)]]
        name = group if len(kinds) == 1 or not dims else "_".join([group, "by", *dims])
        table = part.to_dataframe().reset_index() if dims else _one_row(part)
        if len(table):
            yield name, table


def _one_row(part: xr.Dataset) -> pd.DataFrame:
    """Single values, side by side."""
    return part.expand_dims("row").to_dataframe().reset_index(drop=True)


def _is_table(name: str, group: xr.Dataset) -> bool:
    """Whether a group holds numbers of the result, rather than draws or data for ArviZ."""
    return name != OBSERVED and DRAW not in group.sizes and bool(group.data_vars)


def _write_book(found: Mapping[str, pd.DataFrame], place: Path) -> None:
    """One sheet for each table; names that are too long are cut and numbered."""
    import pandas as pd

    with pd.ExcelWriter(place, engine=WRITER) as book:
        for number, (name, table) in enumerate(found.items(), start=1):
            sheet = name if len(name) <= LONGEST else f"{name[: LONGEST - 3]} {number}"
            table.to_excel(book, sheet_name=sheet, index=False, freeze_panes=(1, 0))
