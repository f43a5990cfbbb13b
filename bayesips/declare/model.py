"""A declared model: read from TOML and checked, or refused in one message; nothing is computed."""

import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from bayesips.borrowing import Method, Robust
from bayesips.borrowing.biases import Bias
from bayesips.declare.arms import check_course, check_readable, files_of
from bayesips.declare.sections import (
    MARGINS,
    read_bias,
    read_decisions,
    read_history,
    read_treated,
)
from bayesips.declare.settings import (
    check_arms,
    needs_arms,
    needs_day,
    read_control,
    read_endpoint,
)
from bayesips.declare.table import Table
from bayesips.declare.toml_file import DeclarationError, declared, shipped_with
from bayesips.distributions import BetaMixture
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.effects.effect import Effect
from bayesips.distributions.ranges import POSITIVE
from bayesips.distributions.rule import Criterion, Rule, Scale
from bayesips.endpoints import names as endpoint_names
from bayesips.engine.control_rate import Borrowing
from bayesips.engine.engines import EXACT, Engine
from bayesips.evidence.arm import Arm
from bayesips.evidence.selection import Evidence

KEYS = (
    "name", "question", "endpoint", "landmark_day", "scale",
    "treated", "history", "control", "bias", "decision", "sensitivity",
)  # fmt: skip


class ModelError(DeclarationError):
    """A model file that cannot be used; `file` and `faults` say which and why."""

    kind: ClassVar[str] = "model file"
    noun: ClassVar[str] = "model"


@dataclass(frozen=True, eq=False)
class Model:
    """What is assumed: evidence, priors, estimand and decisions of one assessment.

    Change a copy with ``dataclasses.replace``. What follows from it is asked of it: `arms`,
    `borrowing`, `control`, `treated_posterior`, `effect`, `rule`.

    Attributes
    ----------
    name, question : str
        What the model is called, and what it asks.
    endpoint : Endpoint
        What an arm's data say about a rate.
    landmark_day : float or None
        The day asked about; None where the counts belong to no day.
    scale : {"difference", "ratio", "odds_ratio"}
        Scale of the effect.
    treated : Arm
        The treated arm, its later landmarks as `observations`.
    treated_prior : BetaMixture
        Prior of the treated rate.
    evidence : Evidence or None
        The selected rows of the evidence file; None where arms are given in place.
    history : tuple of Arm or PatientArm
        The historical arms as reported, before any reading as counts at the landmark day.
    method : object
        The borrowing method.
    robust : Robust or None
        The vague part of the control prior.
    bias : tuple of Bias
        Named shifts of the control on the log odds of survival, positive = controls do better.
    decisions : tuple of Criterion
        Margins of the effect and the probabilities they must be exceeded with.
    sensitivity : dict
        The table [sensitivity], as written.
    path : Path
        The model file.
    digest : str
        SHA-256 over the bytes of the model file, of its evidence file, and of files of patients.
    """

    name: str
    question: str
    endpoint: Any
    landmark_day: float | None
    scale: Scale
    treated: Arm
    treated_prior: BetaMixture
    evidence: Evidence | None
    history: tuple[Arm, ...]
    method: Any
    robust: Robust | None
    bias: tuple[Bias, ...]
    decisions: tuple[Criterion, ...]
    sensitivity: dict[str, Any] = field(default_factory=dict)
    path: Path = Path()
    digest: str = ""

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """History as the endpoint reads it: counts at the landmark day, or rows as they are."""
        return self.endpoint.reading(self.history, self.landmark_day)

    @cached_property
    def borrowing(self) -> Borrowing:
        """How history bears on the control rate: arms, method, endpoint, bias, vague part."""
        return Borrowing(self.arms, self.method, self.endpoint, self.bias, self.robust)

    def control(self, engine: Engine = EXACT) -> Distribution:
        """Distribution of the control rate, which the treated are held against.

        Raises
        ------
        Refused
            If the method needs concurrent controls.
        NotSettled
            If the engine has no answer.
        """
        return self.borrowing.prior(engine)

    @cached_property
    def treated_posterior(self) -> BetaMixture:
        """Posterior of the treated rate; the control does not enter."""
        return self.treated_prior.update(self.treated.successes, self.treated.n)

    @cached_property
    def treated_outcomes(self) -> BetaMixture:
        """Posterior of the treated rate for every number of successes, 0 to n."""
        n = self.treated.n
        return self.treated_prior.update(np.arange(n + 1), n)

    def effect(self, control: Distribution) -> Effect:
        """Effect of the treated over a control rate, on the model's scale."""
        return Effect(self.treated_posterior, control, self.scale)

    @cached_property
    def rule(self) -> Rule:
        """When it is enough: every decision, on the model's scale."""
        return Rule(self.decisions, self.scale)


def load_model(path: str | Path) -> Model:
    """The model of a file, or of a shipped model by its bare name.

    Parameters
    ----------
    path : str or Path
        A path, or a bare name such as "hlc001" (no folder, no suffix).

    Raises
    ------
    ModelError
        Naming the file and, for every fault at once, the table, the key, what was given and what
        is allowed.
    """
    file, raw, parts = declared(path, shipped_names(), ModelError, _read)
    return Model(**parts, path=file, digest=_digest(raw, parts))


def shipped_names() -> tuple[str, ...]:
    """Bare names of the shipped models."""
    return shipped_with(design=False)


def _read(top: Table, folder: Path) -> dict[str, Any]:
    """Every part of the model, faults added to the table's."""
    top.allow(*KEYS, *endpoint_names())
    day = _landmark_day(top)
    scale = top.choice("scale", tuple(MARGINS), "difference")
    treated, prior = read_treated(_section(top, "treated", "label, successes, n and prior"))
    control = _section(top, "control", "a method")
    method, robust = read_control(control)
    endpoint = read_endpoint(top, day)
    evidence, arms = _history(top, control, method, treated, folder)
    if "landmark_day" not in top.content and evidence and any(row.day for row in evidence.rows):
        top.add_fault("landmark_day", f"{POSITIVE} is required: the evidence file states days")
    if endpoint is not None:
        check_readable(top, arms, endpoint, day, evidence)
    check_course(top, "treated", [treated], day)
    check_course(top, "history", arms, day)
    return {
        "name": top.text("name"),
        "question": top.text("question"),
        "endpoint": endpoint,
        "landmark_day": day,
        "scale": scale,
        "treated": treated,
        "treated_prior": prior,
        "evidence": evidence,
        "history": arms,
        "method": method,
        "robust": robust,
        "bias": read_bias(top.table("bias")),
        "decisions": read_decisions(top, scale),
        "sensitivity": sensitivity.content if (sensitivity := top.table("sensitivity")) else {},
    }


def _section(top: Table, key: str, needed: str) -> Table:
    """A table that must be there; where it is not, that is one fault and its keys are none."""
    return top.table(key, needed) or Table({}, key, [])


def _landmark_day(top: Table) -> float | None:
    """The day asked about; it may be left out where no row of the history has a day."""
    if "landmark_day" in top.content:
        return top.number("landmark_day", POSITIVE)
    if needs_day(top):
        top.add_fault("landmark_day", f"{POSITIVE} is required")
    return None


def _history(
    top: Table, control: Table, method: Method | None, treated: Arm | None, folder: Path
) -> tuple[Evidence | None, tuple[Arm, ...]]:
    """The historical arms, as many as the method can use and none of them the treated arm."""
    if "history" not in top.content and not needs_arms(control):
        return None, ()
    history = _section(top, "history", "evidence and control_set, or arms")
    before = len(top.faults)
    evidence, arms = read_history(history, folder)
    if history.content and len(top.faults) == before:
        check_arms(control, history, arms, method)
        for label in {arm.label for arm in arms} & {treated.label if treated else None}:
            top.faults.append(f"{history.place} {label!r} is treated and cannot be its own control")
    return evidence, arms


def _digest(raw: bytes, parts: dict[str, Any]) -> str:
    """SHA-256 over the model file and every file it names."""
    evidence: Evidence | None = parts["evidence"]
    files = [*([evidence.file] if evidence else []), *files_of(parts["history"])]
    return hashlib.sha256(raw + b"".join(file.read_bytes() for file in files)).hexdigest()
