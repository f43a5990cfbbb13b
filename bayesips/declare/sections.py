"""The tables of a model file, each read into its noun; faults go to the table that is read."""

from pathlib import Path
from typing import Any, cast

import numpy as np

from bayesips.borrowing.biases import DEFAULT as DEFAULT_BIAS
from bayesips.borrowing.biases import Bias, BiasKind, bias_class
from bayesips.borrowing.biases import names as bias_kinds
from bayesips.declare.arms import arms_in_place
from bayesips.declare.settings import read_settings
from bayesips.declare.table import Table, are_texts
from bayesips.declare.trial_arms import Place, read_trial_arm
from bayesips.distributions import BetaMixture
from bayesips.distributions.effects.scales import SCALES
from bayesips.distributions.ranges import (
    FINITE,
    INSIDE,
    POSITIVE,
    SHARE,
    Range,
    are_numbers,
)
from bayesips.distributions.rule import Criterion
from bayesips.errors import Refused, listed
from bayesips.evidence.arm import Arm
from bayesips.evidence.rows import EvidenceError
from bayesips.evidence.selection import Evidence, load_evidence

MARGINS = {name: POSITIVE if each.is_ratio else Range(-1, 1) for name, each in SCALES.items()}
PRIOR_FORMS = (
    "[a, b] with both above 0, { mean, n }, { mean, sd } or the lists { weights, a, b } is required"
)


def read_treated(table: Table, place: Place) -> tuple[Arm | None, BetaMixture | None]:
    """The treated arm and the prior of its rate."""
    return read_trial_arm(table, place, "prior", "observations"), read_prior(table)


def read_concurrent(top: Table, place: Place) -> Arm | None:
    """The trial's own controls; None where it had none."""
    table = top.table("concurrent")
    return None if table is None else read_trial_arm(table, place)


def read_prior(table: Table) -> BetaMixture | None:
    """The prior of the treated rate."""
    value: Any = table.content.get("prior")
    named = set(value) if isinstance(value, dict) else set()
    try:
        if are_numbers(value, POSITIVE) and len(value) == len("ab"):
            return BetaMixture(np.ones(1), np.array(value[:1]), np.array(value[1:]))
        if named == {"weights", "a", "b"}:
            return _mixture(value)
        if named in ({"mean", "n"}, {"mean", "sd"}):
            return _from_mean(table.table("prior"))
    except Refused as error:
        table.add_fault("prior", str(error))
        return None
    table.add_fault("prior", PRIOR_FORMS)
    return None


def _mixture(value: dict[str, Any]) -> BetaMixture:
    """A mixture of Beta distributions given by its lists."""
    weights, a, b = value["weights"], value["a"], value["b"]
    if not (are_numbers(weights, SHARE) and are_numbers(a, POSITIVE) and are_numbers(b, POSITIVE)):
        raise Refused("weights must be a list of numbers from 0 to 1, a and b lists above 0")
    if not len(weights) == len(a) == len(b) > 0:
        raise Refused("weights, a and b must be lists of one length")
    return BetaMixture(np.array(weights), np.array(a), np.array(b))


def _from_mean(table: Table | None) -> BetaMixture | None:
    """A Beta given by its mean and its size or spread."""
    if table is None:
        return None
    mean = table.number("mean", INSIDE)
    if "n" in table.content:
        n = table.number("n", POSITIVE)
        return None if mean is None or n is None else BetaMixture.from_mean_n(mean, n)
    widest = Range(0, 0.5 if mean is None else (mean * (1 - mean)) ** 0.5)
    sd = table.number("sd", widest)
    return None if mean is None or sd is None else BetaMixture.from_mean_sd(mean, sd)


def read_history(table: Table, folder: Path) -> tuple[Evidence | None, tuple[Arm, ...]]:
    """The evidence selected from a file, or nothing and the arms given in place."""
    table.allow("evidence", "control_set", "arms")
    if "arms" in table.content:
        for key in ("evidence", "control_set"):
            if key in table.content:
                table.add_fault(key, "either evidence with a control_set, or arms, not both")
        return None, arms_in_place(table, folder)
    file, before = table.text("evidence"), len(table.faults)
    asked = _control_sets(table) if "control_set" in table.content else ()
    if file is None or len(table.faults) > before:
        return None, ()
    try:
        whole = load_evidence(folder / file)
    except EvidenceError as error:
        table.add_fault("evidence", str(error).replace("\n", "\n  "))
        return None, ()
    sets = asked or _only_set(table, whole)
    try:
        evidence = whole.select(*sets)
    except EvidenceError as error:
        table.add_fault("control_set", "; ".join(error.faults))
        return None, ()
    return evidence, evidence.arms


def _only_set(table: Table, evidence: Evidence) -> tuple[str, ...]:
    """The control set of a file that names one; else which is wanted must be stated."""
    if len(evidence.known_sets) > 1:
        known = listed(evidence.known_sets)
        table.add_fault("control_set", f"a control set of the evidence file is required: {known}")
        return ()
    return evidence.known_sets


def _control_sets(table: Table) -> list[str]:
    """The chosen control set, or several."""
    value = table.content.get("control_set")
    sets = [value] if isinstance(value, str) else value
    if are_texts(sets) and sets:
        return sets
    table.add_fault(
        "control_set", "the name of a control set of the evidence file, or a list of them"
    )
    return []


def read_bias(table: Table | None) -> tuple[Bias, ...]:
    """The named shifts of the control, in the order of the file."""
    entries = []
    if table is None:
        return ()
    for name in table.content:
        entry = table.table(name, "mean and sd on the log odds, positive = controls do better")
        if entry is not None:
            kind = _bias_kind(entry)
            entries += [] if kind is None else [Bias(name, *kind.shift())]
    return tuple(entries)


def _bias_kind(table: Table) -> BiasKind | None:
    """A kind of bias with its settings; None where they have faults."""
    name = table.choice("kind", bias_kinds(), DEFAULT_BIAS)
    kind = None if name is None else read_settings(table, bias_class(name), others=("kind",))
    return cast("BiasKind | None", kind)


def read_decisions(table: Table, scale: str | None) -> tuple[Criterion, ...]:
    """When it is enough; at least one."""
    decisions = []
    for entry in table.tables("decision", "margin and probability, each headed [[decision]]"):
        entry.allow("margin", "probability")
        margin = entry.number("margin", MARGINS.get(scale or "", FINITE))
        probability = entry.number("probability", INSIDE)
        if margin is not None and probability is not None:
            decisions.append(Criterion(margin, probability))
    return tuple(decisions)
