"""A result as tables for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import xarray as xr
from rich.console import Console
from rich.table import Table

from bayesips.cli.output import landmark
from bayesips.report.conclusion import conclusion
from bayesips.report.criteria import scale_in_words
from bayesips.report.wording import alive, percent, probability, signed, span

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
    if said := landmark.in_words(tree):
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


def evidence(tree: Any) -> Table:
    """Every historical arm as reported and as used."""
    group = tree["evidence"].to_dataset()
    table = empty_table("History", "arm", "reported", "survival", "as modelled", "tail", "doubts")
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


def rates(tree: Any) -> Table:
    """Both rates, the effect, and the decisions."""
    table = empty_table(
        f"Probability of being {alive(tree)}", "", "mean (95 % interval)", "patients' worth"
    )
    for name, group in (("treated", tree["treated"]), ("control", tree["control"])):
        worth = float(group["ess_moment"]) if name == "control" else float(group["n"])
        said = f"{worth:.1f}" if np.isfinite(worth) else "known exactly"
        table.add_row(name, _interval(group["mean"], group["low"], group["high"]), said)
    table.add_row(scale_in_words(tree.attrs["scale"]), _effect(tree), "")
    for name, value in _decisions(tree):
        table.add_row(name, value, "")
    if tree.attrs["engine"] == "nuts" and "mean_error" in tree["control"]:
        worth = float(tree["control"].to_dataset().get("ess_moment_error", np.nan))
        said = f"{worth:.2g}" if np.isfinite(worth) else ""
        table.add_row("Monte Carlo standard errors", _monte_carlo_errors(tree), said)
    return table


def _monte_carlo_errors(tree: Any) -> str:
    """How far the control's mean and each probability may be off by chance of the draws."""
    control = float(tree["control"]["mean_error"])
    each = ", ".join(f"{100 * float(error):.2g}" for error in tree["decision"]["error"].values)
    return f"control {100 * control:.2g} points, probability {each} points"


def _effect(tree: Any) -> str:
    """The effect with its interval; a difference in percentage points."""
    mean, low, high = (float(tree["effect"][name]) for name in ("mean", "low", "high"))
    if tree.attrs["scale"] == "difference":
        mean, low, high = (100 * each for each in (mean, low, high))
        return f"{signed(mean, 0)} points ({signed(low, 0)} to {signed(high, 0)})"
    return f"{mean:.2g} ({low:.2g} to {high:.2g})"


def outcomes(tree: Any) -> Table:
    """What every number of treated survivors would have led to."""
    every = tree["outcomes"].to_dataset()
    seen, n = int(tree["treated"]["successes"]), int(tree["treated"]["n"])
    table = empty_table("Every outcome", "survivors", "treated", "P(effect > margin)", "met")
    required = tree["decision"]["required"].values
    for x in every["survivors"].values:
        one = every.sel(survivors=x)
        said = ", ".join(
            probability(float(p), float(r))
            for p, r in zip(one["probability"].values, required, strict=True)
        )
        here = " (observed)" if x == seen else ""
        table.add_row(
            f"{x} of {n}{here}",
            percent(one["treated_mean"]),
            said,
            "yes" if bool(one["all_met"]) else "no",
            style="bold" if x == seen else "",
        )
    return table


def checks(tree: Any) -> Table:
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
    table = empty_table(
        "One trial, several histories",
        "model", "control set", "method", "control (95 %)", "worth", "P(effect > margin)", "met",
        "without vague part: control", "P(effect > margin)", "met",
    )  # fmt: skip
    for column in table.columns[:2]:
        column.no_wrap = True
    for tree in trees:
        control = tree["control"]
        worth = float(control["ess_moment"])
        table.add_row(
            tree.attrs["model"],
            tree.attrs["control_set"],
            control.attrs["method"],
            _in_two_lines(control),
            f"{worth:.1f}" if np.isfinite(worth) else "known",
            ", ".join(value for _, value in _decisions(tree, short=True)),
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


def _without_robust(tree: Any) -> tuple[str, str, str]:
    """Control, probabilities and verdict without the vague part; empty where there is none."""
    if "without_robust" not in tree.children:
        return "no such part", "", ""
    group, required = tree["without_robust"], tree["decision"]["required"].values
    pairs = zip(group["probability"].values, required, strict=True)
    chances = ", ".join(probability(float(p), float(r)) for p, r in pairs)
    met = "yes" if bool(group["met"].values.all()) else "no"
    return _in_two_lines(group), chances, met


def _in_two_lines(group: Any) -> str:
    """A rate, and its interval below it."""
    return _interval(group["mean"], group["low"], group["high"]).replace(" (", "\n(")


def _verdicts_without_robust(trees: Sequence[xr.DataTree]) -> Iterator[str]:
    """Each model whose verdict rests on the vague part."""
    for tree in trees:
        met = "yes" if int(tree["decision"].attrs["all_met"]) else "no"
        alone = _without_robust(tree)
        if alone[-1] not in ("", met):
            chances = ", ".join(value for _, value in _decisions(tree, short=True))
            yield (
                f"{tree.attrs['model']}: the verdict rests on the vague part; the probability is "
                f"{chances} with it and {alone[1]} without."
            )


def _decisions(tree: Any, *, short: bool = False) -> list[tuple[str, str]]:
    """Each criterion's name and its probability, with the verdict unless short."""
    group = tree["decision"].to_dataset()
    rows = []
    for number in group["criterion"].values:
        one = group.sel(criterion=number)
        value, required = float(one["probability"]), float(one["required"])
        said = probability(value, required)
        if not short:
            verdict = "met" if bool(one["met"]) else "not met"
            said = f"{said}; above {percent(required, 1)} required: {verdict}"
        rows.append(
            (f"P({tree.attrs['scale'].replace('_', ' ')} > {float(one['margin']):g})", said)
        )
    return rows


def _interval(mean: Any, low: Any, high: Any) -> str:
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
