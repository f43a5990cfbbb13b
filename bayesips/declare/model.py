"""A declared model: read from TOML and checked, or refused in one message; nothing is computed."""

import hashlib
import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from bayesips.borrowing import Adapted, Robust, method_name
from bayesips.borrowing.biases import Bias
from bayesips.declare.arms import files_of
from bayesips.declare.model_parts import read_model
from bayesips.declare.outcome import turned
from bayesips.declare.toml_file import DeclarationError, declared, shipped_with
from bayesips.distributions import BetaMixture
from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.effects.effect import Effect
from bayesips.distributions.rule import Criterion, Rule, Scale
from bayesips.engine.control_rate import Borrowing
from bayesips.engine.engines import EXACT, Engine
from bayesips.evidence.arm import Arm
from bayesips.evidence.selection import Evidence
from bayesips.words.outcome import Outcome
from bayesips.words.shown import Shown


class ModelError(DeclarationError):
    """A model file that cannot be used; `file` and `faults` say which and why."""

    kind: ClassVar[str] = "model file"
    noun: ClassVar[str] = "model"


@dataclass(frozen=True, eq=False, repr=False)
class Model(Shown):
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
        Named shifts of the control on the log odds of the outcome.
    decisions : tuple of Criterion
        Margins of the effect and the probabilities required; a lower tail where lower is better.
    sensitivity : dict
        The table [sensitivity], as written.
    path : Path
        The model file.
    digest : str
        SHA-256 over the bytes of the model file, of its evidence file, and of files of patients.
    concurrent : Arm or None
        The trial's own controls, counted as the treated are; None in a trial without them.
    outcome : Outcome
        What the counts are called, and which rate is better.
    patient_files : tuple of Path
        Files of times that the trial's own arms were counted from.
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
    concurrent: Arm | None = None
    outcome: Outcome = field(default_factory=Outcome)
    patient_files: tuple[Path, ...] = ()

    @cached_property
    def words(self) -> Outcome:
        """The outcome on the day asked about."""
        day = math.nan if self.landmark_day is None else float(self.landmark_day)
        return replace(self.outcome, day=day)

    def directed(self, margin: float) -> float:
        """The effect that a decision's margin stands for, and back.

        A margin of a difference counts towards what is better; a ratio is its own margin.
        """
        return turned(margin, self.scale, self.outcome)

    def facts(self) -> dict[str, str]:
        """What is asked, of whom, and how history is used."""
        trial = {"treated": self.treated, "own controls": self.concurrent}
        counts = {name: f"{a.label} {a.successes}/{a.n}" for name, a in trial.items() if a}
        return {
            "named": self.name,
            "question": self.question,
            **counts,
            "history": f"{len(self.history)} arms by {method_name(self.method)}",
        }

    @cached_property
    def arms(self) -> tuple[Arm, ...]:
        """History as the endpoint reads it: counts at the landmark day, or rows as they are."""
        return self.endpoint.reading(self.history, self.landmark_day)

    @cached_property
    def borrowing(self) -> Borrowing:
        """How history bears on the control rate: arms, method, endpoint, bias, vague part."""
        return Borrowing(self.arms, self.method, self.endpoint, self.bias, self.robust)

    @cached_property
    def adapted(self) -> Adapted:
        """The method and vague part in use, and what an adaptive method learned from the controls.

        Raises
        ------
        Refused
            If the method needs concurrent controls and there are none.
        """
        if self.concurrent is None:
            self.borrowing.check_adapted()
            return Adapted(self.method, self.robust, float("nan"))
        return self.borrowing.adapted(self.concurrent)

    @cached_property
    def in_use(self) -> "Model":
        """The model with the method and vague part that an adaptive method becomes; else itself."""
        if not self.borrowing.learns:
            return self
        return replace(self, method=self.adapted.method, robust=self.adapted.robust)

    def control(self, engine: Engine = EXACT) -> Distribution:
        """Distribution of the control rate, which the treated are held against.

        Raises
        ------
        Refused
            If the method needs concurrent controls and there are none.
        NotSettled
            If the engine has no answer.
        """
        return self.after_controls(self.in_use.borrowing.prior(engine))

    def after_controls(self, rate: Distribution) -> Distribution:
        """A distribution of the control rate updated by the trial's own controls."""
        own = self.concurrent
        return rate if own is None else rate.update(own.successes, own.n)

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
    file, raw, parts = declared(path, shipped_names(), ModelError, read_model)
    return Model(**parts, path=file, digest=_digest(raw, parts))


def shipped_names() -> tuple[str, ...]:
    """Bare names of the shipped models."""
    return shipped_with(design=False)


def _digest(raw: bytes, parts: dict[str, Any]) -> str:
    """SHA-256 over the model file and every file it names."""
    evidence: Evidence | None = parts["evidence"]
    files = [
        *([evidence.file] if evidence else []),
        *files_of(parts["history"]),
        *parts["patient_files"],
    ]
    return hashlib.sha256(raw + b"".join(file.read_bytes() for file in files)).hexdigest()
