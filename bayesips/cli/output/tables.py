"""A result as tables for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import SupportsFloat

import numpy as np
import xarray as xr
from rich.console import Console
from rich.table import Table

from bayesips.report import own_controls
from bayesips.report.conclusion import conclusion
from bayesips.report.criteria import criteria, effect_words
from bayesips.report.rates import chances, counts
from bayesips.report.survival_in_time import days
from bayesips.words.numbers import percent, span
from bayesips.words.outcome import outcome_of

NARROWEST = 110
WIDER = 136  # of the table of several models
UNBROKEN = "\N{NO-BREAK SPACE}"
TAIL = (
    "as modelled: after learning from the other arms. tail: how often a count as unlikely as this "
    "one would be seen if the arm were like the others; small values mean conflict."
)
WHY_THEY_DIFFER = (
    "The treated patients are the same; the tables differ in who is thought comparable to them. "
    "Patients chosen because steroids had failed do worse, those treated first-line and in recent "
    "years do better, and a benchmark taken as known leaves no doubt about itself. Which of these "
    "histories is comparable is a clinical judgement that no method makes."
)


def console(narrowest: int = NARROWEST) -> Console:
    """Stdout, wide enough for the tables where it is not a terminal."""
    out = Console(highlight=False)
    return out if out.is_terminal else Console(highlight=False, width=max(out.width, narrowest))


def show(tree: xr.DataTree) -> None:
    """Print the evidence, the answer, every outcome, the checks and the conclusion."""
    out = console()
    out.print(tree.attrs["question"], style="bold")
    out.print(f"model {tree.attrs['model']}, engine {tree.attrs['engine']}\n")
    if tree["evidence"].sizes.get("arm", 0):
        out.print(evidence(tree))
        out.print(f"{TAIL}\n")
    out.print(rates(tree))
    if said := survival_in_words(tree):
        out.print(f"{said}\n", markup=False)
    out.print(outcomes(tree))
    out.print(checks(tree))
    out.print()
    paragraphs = (wrapped(each, out.width) for each in conclusion(tree).splitlines())
    out.print("\n\n".join(paragraphs), markup=False, soft_wrap=True)


def wrapped(paragraph: str, width: int) -> str:
    """A paragraph in lines of a width; a number stays beside its percent sign."""
    kept = paragraph.replace(" %", f"{UNBROKEN}%")
    return textwrap.fill(kept, width, break_on_hyphens=False).replace(UNBROKEN, " ")


def evidence(tree: xr.DataTree) -> Table:
    """Every historical arm as reported and as used."""
    group = tree["evidence"].to_dataset()
    rate = outcome_of(tree.attrs).noun
    table = empty_table("History", "arm", "reported", rate, "as modelled", "tail", "doubts")
    for label in group["arm"].values:
        arm = group.sel(arm=label)
        shrunken = percent(arm["shrunken"]) if np.isfinite(arm["shrunken"]) else ""
        conflict = percent(arm["conflict"], 1) if np.isfinite(arm["conflict"]) else ""
        table.add_row(
            str(label),
            str(arm["rows"].values),
            _interval(arm["raw"], arm["raw_low"], arm["raw_high"]),
            shrunken,
            conflict,
            str(arm["flags"].values),
        )
    return table


def rates(tree: xr.DataTree) -> Table:
    """Both rates, the effect, and the decisions."""
    words = outcome_of(tree.attrs)
    table = empty_table(
        words.chance[:1].upper() + words.chance[1:],
        "",
        "mean (95 % interval)",
        f"{words.unit}' worth",
    )
    for name in ("treated", "control"):
        group = tree[name].to_dataset()
        worth = float(group["ess_moment"]) if name == "control" else float(group["n"])
        said = f"{worth:.1f}" if np.isfinite(worth) else "known exactly"
        table.add_row(name, _interval(group["mean"], group["low"], group["high"]), said)
    for name, rate, patients in own_controls.rows(tree):
        table.add_row(name, _interval(*rate) if rate else "", patients)
    table.add_row(effect_words(tree).title, _effect(tree), "")
    for one in criteria(tree):
        said = f"{one.probability}; above {one.required} required: {one.verdict}"
        table.add_row(one.short, said, "")
    if tree.attrs["engine"] == "nuts" and "mean_error" in tree["control"].to_dataset():
        worth = float(tree["control"].to_dataset().get("ess_moment_error", np.nan))
        said = f"{worth:.2g}" if np.isfinite(worth) else ""
        table.add_row("Monte Carlo standard errors", _monte_carlo_errors(tree), said)
    return table


def _monte_carlo_errors(tree: xr.DataTree) -> str:
    """How far the control's mean and each probability may be off by chance of the draws."""
    control = float(tree["control"].to_dataset()["mean_error"])
    errors = tree["decision"].to_dataset()["error"].values
    each = ", ".join(f"{100 * float(error):.2g}" for error in errors)
    return f"control {100 * control:.2g} points, probability {each} points"


def _effect(tree: xr.DataTree) -> str:
    """The effect with its interval; a difference in percentage points."""
    ends = (float(tree["effect"].to_dataset()[name]) for name in ("mean", "low", "high"))
    return effect_words(tree).estimate(*ends)


def survival_in_words(tree: xr.DataTree) -> str:
    """Survival on three days, a line for each; empty where there is none in time."""
    state = outcome_of(tree.attrs).state
    state = state[:1].upper() + state[1:]
    return "\n".join(
        f"{state} at {row['day']}: treated {row['treated']}, control {row['control']}."
        for row in days(tree)
    )


def outcomes(tree: xr.DataTree) -> Table:
    """What every count of the treated would have led to."""
    every = tree["outcomes"].to_dataset()
    seen, n = counts(tree)
    words = outcome_of(tree.attrs)
    table = empty_table("Every outcome", words.people, "treated", words.claim, "met")
    for x in every["survivors"].values:
        one = every.sel(survivors=x)
        here = " (observed)" if x == seen else ""
        table.add_row(
            f"{x} of {n}{here}",
            percent(one["treated_mean"]),
            ", ".join(chances(one, tree)),
            "yes" if bool(one["all_met"]) else "no",
            style="bold" if x == seen else "",
        )
    return table


def checks(tree: xr.DataTree) -> Table:
    """Every reason to distrust the result."""
    group = tree["diagnostics"].to_dataset()
    table = empty_table("Checks", "check", "value", "allowed", "passed")
    for name in group["check"].values:
        one = group.sel(check=name)
        bound = "at most" if bool(one["at_most"]) else "at least"
        failed = "no" if bool(one["withholds"]) else "no (noted)"
        table.add_row(
            str(name),
            f"{float(one['value']):.3g}",
            f"{bound} {float(one['limit']):.3g}",
            "yes" if bool(one["passed"]) else failed,
        )
    return table


def show_side_by_side(trees: Sequence[xr.DataTree]) -> None:
    """Print several assessments of the same trial in one table, and each without its vague part."""
    claim = outcome_of(trees[0].attrs).claim
    table = empty_table(
        "One trial, several histories",
        "model", "control set", "method", "control (95 %)", "worth", claim, "met",
        "without vague part: control", claim, "met",
    )  # fmt: skip
    for column in table.columns[:2]:
        column.no_wrap = True
    for tree in trees:
        control = tree["control"].to_dataset()
        worth = float(control["ess_moment"])
        table.add_row(
            tree.attrs["model"],
            tree.attrs["control_set"],
            control.attrs["method"],
            _in_two_lines(control),
            f"{worth:.1f}" if np.isfinite(worth) else "known",
            ", ".join(one.probability for one in criteria(tree)),
            "yes" if int(tree["decision"].attrs["all_met"]) else "no",
            *_without_robust(tree),
        )
    out = console(WIDER)
    out.print(table)
    out.print("worth: patients, by the moments of the control's distribution.")
    for sentence in _verdicts_without_robust(trees):
        out.print(sentence, markup=False)
    out.print()
    out.print(WHY_THEY_DIFFER)


def _without_robust(tree: xr.DataTree) -> tuple[str, str, str]:
    """Control, probabilities and verdict without the vague part; empty where there is none."""
    if "without_robust" not in tree.children:
        return "no such part", "", ""
    group = tree["without_robust"].to_dataset()
    met = "yes" if bool(group["met"].values.all()) else "no"
    return _in_two_lines(group), ", ".join(chances(group, tree)), met


def _in_two_lines(group: xr.Dataset) -> str:
    """A rate, and its interval below it."""
    return _interval(group["mean"], group["low"], group["high"]).replace(" (", "\n(")


def _verdicts_without_robust(trees: Sequence[xr.DataTree]) -> Iterator[str]:
    """Each model whose verdict rests on the vague part."""
    for tree in trees:
        met = "yes" if int(tree["decision"].attrs["all_met"]) else "no"
        alone = _without_robust(tree)
        if alone[-1] not in ("", met):
            present = ", ".join(one.probability for one in criteria(tree))
            yield (
                f"{tree.attrs['model']}: the verdict rests on the vague part; the probability is "
                f"{present} with it and {alone[1]} without."
            )


def _interval(mean: SupportsFloat, low: SupportsFloat, high: SupportsFloat) -> str:
    """A rate with its interval."""
    if float(low) == float(high):
        return f"{percent(mean, 1)} (known exactly)"
    return f"{percent(mean)} ({span(low, high)})"


def empty_table(title: str, *columns: str) -> Table:
    """A table without rows yet."""
    table = Table(title=title, title_justify="left", title_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table
