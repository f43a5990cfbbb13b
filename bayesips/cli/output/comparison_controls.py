"""What every count of concurrent controls would do, as tables for a terminal."""

from __future__ import annotations

import numpy as np
import xarray as xr
from rich.table import Table

from bayesips.answer.comparison import counts_in_words
from bayesips.cli.output.comparison import chances
from bayesips.cli.output.tables import console, empty_table, wrapped
from bayesips.words.numbers import brief, percent, plain, short, signed
from bayesips.words.outcome import outcome_of

AS_THEY_STAND = (
    "as declared: the model's own method with its vague part. The others stand with their default "
    "settings and without a vague part."
)
COLUMNS = (
    "met with: counts of the controls with which every criterion is met. weight: how much of "
    "history the method keeps after seeing the controls, 1 all and 0 none; fixed: it learns no "
    "weight. borrowed: patients that the control is worth, by its moments, beyond the controls "
    "themselves; below 0 it is worth fewer; known: the control is taken as known exactly."
)
CONFLICT = (
    "tail: how often a count as unlikely as this would be seen if the controls fared as history "
    "says (Box's p; for one count Evans and Moshonov's is the same); small values mean conflict. "
    "mid-p: that tail with equally unlikely counts and the count itself taken half."
)


def show(table: xr.Dataset) -> None:
    """Print the conflict of every count, the methods in short, then each method in full."""
    out = console()

    def say(*paragraphs: str) -> None:
        for each in paragraphs:
            out.print(wrapped(each, out.width), markup=False, soft_wrap=True)
        out.print()

    say(_question(table), *_settings(table))
    out.print(_conflict(table))
    say(CONFLICT, _history(table), _drift(table), *_hyperpriors(table))
    out.print(_methods(table))
    say(AS_THEY_STAND, COLUMNS)
    answered = table["status"].values == ""
    for name in table["method"].values[answered]:
        out.print(_counts(str(name), table.sel({"method": name})))
    out.print()
    for name in table["method"].values[~answered]:
        out.print(
            wrapped(f"{name}: {table['status'].sel({'method': name}).item()}", out.width),
            markup=False,
            soft_wrap=True,
        )


def _question(table: xr.Dataset) -> str:
    """What the tables are about."""
    about, words = table.attrs, outcome_of(table.attrs)
    return (
        f"{about['model']} with {_size(table)} concurrent controls: what each count of "
        f"{words.people} among them would do, {about['observed']} of {about['treated_n']} "
        f"{words.unit} with {about['treated']} {words.having}."
    )


def _size(table: xr.Dataset) -> int:
    """How many controls there are."""
    return int(table["controls"].max())


def _settings(table: xr.Dataset) -> list[str]:
    """Settings without default that stand in some rows, and in which."""
    found: dict[str, list[str]] = {}
    for name, setting in zip(table["method"].values, table["settings"].values, strict=True):
        if setting:
            found.setdefault(str(setting), []).append(str(name))
    return [f"{setting}: chosen for {', '.join(names)}." for setting, names in found.items()]


def _conflict(table: xr.Dataset) -> Table:
    """How each count sits with history."""
    found = empty_table("Conflict with history", outcome_of(table.attrs).people, "tail", "mid-p")
    n = _size(table)
    for x in table["controls"].values:
        one = table.sel(controls=x)
        found.add_row(f"{x} of {n}", _tail(one["conflict"]), _tail(one["mid_p"]))
    return found


def _tail(value: xr.DataArray) -> str:
    """A tail as a percentage."""
    return brief(value, 1)


def _history(table: xr.Dataset) -> str:
    """Which history is meant."""
    mean = percent(table["history_mean"])
    return f"History here: {table.attrs['history']}; mean {mean}."


def _drift(table: xr.Dataset) -> str:
    """Which drift the conflict check could have seen."""
    sides = zip(table["detectable_drift"].values, ("downwards", "upwards"), strict=True)
    said = [
        f"{side} no drift at all" if np.isnan(d) else f"{side} one of {signed(100 * d, 0)} points"
        for d, side in sides
    ]
    return (
        f"With {_size(table)} controls the check (tail at most 5 %) notices with 80 % power, from "
        f"that mean: {' and '.join(said)}. Smaller drifts go unseen more often than that."
    )


def _hyperpriors(table: xr.Dataset) -> list[str]:
    """How the hyperpriors sit with history, where that was asked."""
    if "hyperprior_tail" not in table:
        return []
    draws, error = int(table["hyperprior_draws"]), float(table["hyperprior_error"])
    how = (
        f"{draws} histories drawn, standard error {100 * error:.2g} points"
        if draws
        else "a sum over every history"
    )
    return [
        "Hyperpriors: a history as unlikely as this one would be seen in "
        f"{_tail(table['hyperprior_tail'])} of histories if mu and tau were as their priors say "
        f"({how}). This is the first stage of Evans and Moshonov's check of a hierarchy, on the "
        "arms' counts without the order of arms of one size; the table above is the second."
    ]


def _methods(table: xr.Dataset) -> Table:
    """Each method in one row: with which counts the claim is met, and what it took."""
    words = outcome_of(table.attrs)
    found = empty_table(
        f"The methods over 0 to {_size(table)} {words.people} among the controls; P: {words.claim}",
        "method", "met with", "weight", "borrowed", "P",
    )  # fmt: skip
    for name in table["method"].values[table["status"].values == ""]:
        one = table.sel({"method": name})
        found.add_row(
            str(name),
            counts_in_words(one["controls"].values[one["met"].values]),
            _range(one["weight"], 2) or "fixed",
            _range(one["realised_ess"], 1) or "known",
            _least_to_largest(one),
        )
    return found


def _least_to_largest(one: xr.Dataset) -> str:
    """P(effect > margin) of each criterion over the counts."""
    values = one["probability"].values
    ends = [short(chances(end, one)).split(", ") for end in (values.min(0), values.max(0))]
    said = [low if low == high else f"{low} to {high}" for low, high in zip(*ends, strict=True)]
    return ", ".join(said)


def _range(values: xr.DataArray, digits: int) -> str:
    """Least to largest, one number where they are shown alike; empty where there are none."""
    numbers = values.values[np.isfinite(values.values)]
    if not numbers.size:
        return ""
    low, high = (plain(each, digits) for each in (numbers.min(), numbers.max()))
    return low if low == high else f"{low} to {high}"


def _counts(name: str, one: xr.Dataset) -> Table:
    """One method's table over the counts of the controls."""
    setting = f" ({one['settings'].item()})" if one["settings"].item() else ""
    learns = bool(np.isfinite(one["weight"]).any())
    weight, words = ("weight",) if learns else (), outcome_of(one.attrs)
    found = empty_table(
        f"{name}{setting}", words.people, *weight, "borrowed", "control", words.claim, "met"
    )
    n = _size(one)
    for x in one["controls"].values:
        cell = one.sel(controls=x)
        worth = float(cell["realised_ess"])
        found.add_row(
            f"{x} of {n}",
            *((plain(float(cell["weight"]), 2),) if learns else ()),
            plain(worth, 1) if np.isfinite(worth) else "known",
            percent(cell["mean"], int(float(cell["std"]) == 0)),
            short(chances(cell["probability"].values, one)),
            "yes" if bool(cell["met"]) else "no",
        )
    return found
