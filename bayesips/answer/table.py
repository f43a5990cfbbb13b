"""Labelled columns of a result: read as an xarray Dataset is, without loading xarray."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

if TYPE_CHECKING:
    import xarray as xr

ALL = slice(None)


@dataclass(frozen=True, eq=False)
class Column:
    """Values with named dimensions; a single value is also a number or a truth value.

    Attributes
    ----------
    dims : tuple of str
    values : array
    coords : mapping of str to array
        Labels along the dimensions that have them.
    """

    dims: tuple[str, ...]
    values: np.ndarray
    coords: Mapping[str, np.ndarray] = field(default_factory=dict)

    def __array__(self, dtype: DTypeLike | None = None, copy: object = None) -> np.ndarray:
        del copy  # numpy copies where it was asked to
        return np.asarray(self.values, dtype=dtype)

    def __float__(self) -> float:
        return float(self.values)

    def __int__(self) -> int:
        return int(self.values)

    def __bool__(self) -> bool:
        return bool(self.values)

    def __getitem__(self, place: int) -> Column:
        """The values at one place of the first dimension."""
        return self.isel({self.dims[0]: place})

    def to_numpy(self) -> np.ndarray:
        """The values."""
        return self.values

    def item(self) -> Any:
        """A single value."""
        return self.values.item()

    def any(self) -> Column:
        """Whether any value is true."""
        return Column((), np.asarray(self.values.any()))

    def sel(self, **labels: Any) -> Column:
        """The values at labels."""
        return self.isel({dim: _place(self.coords[dim], at) for dim, at in labels.items()})

    def isel(self, places: Mapping[str, Any]) -> Column:
        """The values at places of the dimensions that the column has; a list keeps its one."""
        index = tuple(places.get(dim, ALL) for dim in self.dims)
        kept = tuple(d for d, at in zip(self.dims, index, strict=True) if np.ndim(at) or at is ALL)
        coords = {dim: c[places.get(dim, ALL)] for dim, c in self.coords.items()}
        labels = {dim: coords[dim] for dim in kept if dim in coords}
        return Column(kept, np.asarray(self.values[index]), labels)


def _place(labels: np.ndarray, asked: ArrayLike) -> Any:
    """Where a label stands, or where several do.

    Raises
    ------
    KeyError
        If a label is not there.
    """
    places = [int(found[0]) for x in np.atleast_1d(asked) if len(found := _at(labels, x))]
    if len(places) < np.size(asked):
        raise KeyError(asked)
    return places if np.ndim(asked) else places[0]


def _at(labels: np.ndarray, label: ArrayLike) -> np.ndarray:
    """Places of one label."""
    return np.flatnonzero(labels == label)


@dataclass(frozen=True, eq=False)
class Table:
    """Columns by name, the labels of their dimensions, and what is true of the whole.

    Attributes
    ----------
    columns : mapping of str to Column
    coords : mapping of str to array
        By dimension.
    attrs : mapping
    """

    columns: Mapping[str, Column] = field(default_factory=dict)
    coords: Mapping[str, np.ndarray] = field(default_factory=dict)
    attrs: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        columns: Mapping[str, Any] | None = None,
        coords: Mapping[str, Any] | None = None,
        attrs: Mapping[str, Any] | None = None,
    ) -> Table:
        """From single values and pairs (dimension or dimensions, values)."""
        labels = {dim: np.asarray(values) for dim, values in (coords or {}).items()}
        found = {name: _column(given, labels) for name, given in (columns or {}).items()}
        return cls(found, labels, dict(attrs or {}))

    @property
    def sizes(self) -> dict[str, int]:
        """Lengths of the dimensions."""
        found = {dim: len(values) for dim, values in self.coords.items() if values.ndim}
        for column in self.columns.values():
            found |= dict(zip(column.dims, column.values.shape, strict=True))
        return found

    def __contains__(self, name: str) -> bool:
        return name in self.columns or name in self.coords

    def __getitem__(self, name: str) -> Column:
        """A column, or the labels of a dimension."""
        if name in self.columns:
            return self.columns[name]
        own = self.coords[name]
        return Column((name,) * own.ndim, own, {name: own} if own.ndim else {})

    def get(self, name: str, default: Any) -> Any:
        """A column, or the default where there is none of this name."""
        return self[name] if name in self else default

    def items(self) -> Iterator[tuple[str, Column]]:
        """Names and columns."""
        yield from self.columns.items()

    def isel(self, **places: Any) -> Table:
        """Every column at places of its dimensions."""
        columns = {name: column.isel(places) for name, column in self.columns.items()}
        labels = self.coords.items()
        coords = {dim: np.asarray(own[places.get(dim, ALL)]) for dim, own in labels}
        return replace(self, columns=columns, coords=coords)

    def sel(self, **labels: Any) -> Table:
        """Every column at labels of its dimensions."""
        return self.isel(**{dim: _place(self.coords[dim], at) for dim, at in labels.items()})

    def only(self, *names: str) -> Table:
        """Some of the columns."""
        return replace(self, columns={name: self.columns[name] for name in names})

    def assign(self, columns: Mapping[str, Any], **attrs: Any) -> Table:
        """With further columns and facts about the whole."""
        more = {name: _column(given, self.coords) for name, given in columns.items()}
        return replace(self, columns={**self.columns, **more}, attrs={**self.attrs, **attrs})

    def to_dataset(self) -> Table:
        """The table itself, so that texts read it and a group of a saved result alike."""
        return self

    def dataset(self) -> xr.Dataset:
        """The table as xarray has it."""
        import xarray as xr

        data = {name: (column.dims, column.values) for name, column in self.columns.items()}
        return xr.Dataset(data, coords=dict(self.coords), attrs=dict(self.attrs))


def _column(given: Any, coords: Mapping[str, np.ndarray]) -> Column:
    """A column from a single value or from (dims, values)."""
    dims, values = given if isinstance(given, tuple) else ((), given)
    dims = (dims,) if isinstance(dims, str) else tuple(dims)
    return Column(dims, np.asarray(values), {dim: coords[dim] for dim in dims if dim in coords})
