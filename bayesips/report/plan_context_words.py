"""In plain words: the chance of success from what is known now, time, and safety."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesips.report.plan_error_words import percent, rate

if TYPE_CHECKING:
    import xarray as xr


def chances(tree: xr.DataTree) -> str:
    """P(success) from what is believed now."""
    if "assurance" not in tree.children:
        return ""
    table = tree["assurance"].to_dataset()
    own = table.isel(history=0)
    lines = [f"Chance of success from what is known now (control: {own.history.item()}):"]
    for label in table.design.values.tolist():
        cells = [
            f"{percent(float(cell.success))} {each} (of it {percent(float(cell.lucky))} without "
            "working)"
            for each in own.evidence.values.tolist()
            for cell in [own.sel(design=label, evidence=each)]
        ]
        lines.append(f"- {label}: {', '.join(cells)}.")
    others = table.isel(history=slice(1, None))
    if others.history.size:
        label = table.design.values[-1]
        chances_under = ", ".join(
            f"{percent(float(others.success.isel(evidence=0).sel(design=label, history=each)))} "
            f"under {each}"
            for each in others.history.values.tolist()
        )
        lines.append(f"Under other histories ({label}, as read): {chances_under}.")
    return "\n".join(lines)


def time(tree: xr.DataTree) -> str:
    """How long it takes."""
    if "accrual" not in tree.children:
        return ""
    table = tree["accrual"].to_dataset()
    first, last = table.design.values[0], table.design.values[-1]
    lines = ["Time to fill the trial (median, 90 % interval, in years):"]
    for source in table.source.values.tolist():
        cells = [
            f"{label}: {_years(table.months.sel(source=source, design=label))}"
            for label in dict.fromkeys((first, last))
        ]
        lines.append(
            f"- {source}: {'; '.join(cells)}. Basis: {table.basis.sel(source=source).item()}."
        )
    return "\n".join(lines)


def _years(months: xr.DataArray) -> str:
    """Median and interval in years."""
    low, middle, high = (float(months.sel(chance=level)) / 12 for level in (0.05, 0.5, 0.95))
    return f"{middle:.1f} ({low:.1f} to {high:.1f})"


def serious(tree: xr.DataTree) -> str:
    """Adverse reactions so far, and what stops the trial."""
    if "safety" not in tree.children:
        return ""
    table = tree["safety"].to_dataset()
    limit, n = table.attrs["limit"], table.attrs["n"]
    seen = [
        f"{int(table.seen.sel(event=each))} of {n} {words} (95 % interval "
        f"{rate(float(table.low.sel(event=each)))} to {rate(float(table.high.sel(event=each)))})"
        for each, words in (
            ("reactions", "with adverse reactions"),
            ("serious", "with serious ones"),
        )
    ]
    discount = table.attrs["discount"]
    counted = "in full" if discount == 1 else f"as {discount:g} of a patient"
    return "\n".join(
        [
            f"Safety: so far {' and '.join(seen)}. Each of these {n} patients counts {counted} "
            "(`discount` in the plan file). Stop if P(serious in more than "
            f"{rate(limit)}) > {table.attrs['probability']:g}:",
            f"- with the {n} earlier patients: {_stops(table, '')}",
            f"- without them: {_stops(table, '_alone')}",
        ]
    )


def _stops(table: xr.Dataset, which: str) -> str:
    """When a safety rule stops the trial, and how probably."""
    pairs = zip(table.look.values, table[f"stop_at_least{which}"].values, strict=True)
    rule = ", ".join(f"{int(count)} of the first {int(n)}" for n, count in pairs if count >= 0)
    stopped, limit = table[f"stopped{which}"], table.attrs["limit"]
    at = [
        f"{percent(float(stopped.sel(event_rate=each, method='nearest')))} at a true rate of "
        f"{rate(each)}"
        for each in (limit, min(2 * limit, 1.0))
    ]
    return f"stop from {rule or 'no number'}; probability of stopping {' and '.join(at)}."
