"""A table is read as the xarray Dataset that it becomes."""

import numpy as np
import pytest

from bayesips.answer.table import Table

TABLE = Table.of(
    {
        "rate": (("arm", "criterion"), np.arange(6.0).reshape(3, 2)),
        "n": ("arm", np.array([7, 20, 12])),
        "mean": 0.25,
    },
    {"arm": ["a", "b", "c"], "criterion": [1, 2]},
    {"engine": "exact"},
)
READINGS = {
    "a number": lambda table: float(table["mean"]),
    "a column": lambda table: table["n"].values,
    "labels": lambda table: table["arm"].values,
    "a place": lambda table: int(table["n"][1]),
    "a row": lambda table: table["rate"][2].values,
    "a label of a column": lambda table: table["rate"].sel(criterion=2).values,
    "a label of all columns": lambda table: table.sel(arm="b")["rate"].values,
    "several labels": lambda table: table.sel(arm=["c", "a"])["n"].values,
    "the label itself": lambda table: table.isel(arm=1)["arm"].item(),
    "lengths": lambda table: dict(table.sizes),
    "names": lambda table: ["n" in table, "arm" in table, "other" in table],
    "a column or a default": lambda table: [table.get("mean", 0.0), table.get("other", 0.5)],
    "any": lambda table: bool((table["n"].to_numpy() > 19).any()),
    "by numpy": lambda table: np.isfinite(table["mean"]),
    "facts": lambda table: table.attrs["engine"],
}


@pytest.mark.parametrize("read", READINGS.values(), ids=READINGS)
def test_a_table_and_its_dataset_are_read_alike(read):
    np.testing.assert_array_equal(read(TABLE), read(TABLE.dataset()))


def test_a_label_that_is_not_there_is_refused():
    with pytest.raises(KeyError, match="d"):
        TABLE.sel(arm="d")


def test_a_table_with_more_columns_leaves_the_first_as_it_was():
    more = TABLE.assign({"met": ("criterion", np.array([True, False]))}, seed=1)
    assert more["met"].coords["criterion"].tolist() == [1, 2]
    assert ("met" in TABLE, more.attrs) == (False, {"engine": "exact", "seed": 1})
