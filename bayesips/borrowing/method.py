"""What a borrowing method is: a model of history in four verbs, built by either engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import Field, dataclass
from typing import Annotated, Any, ClassVar, Protocol, TypeGuard

from numpy.typing import ArrayLike

from bayesips.distributions.any_distribution import Distribution
from bayesips.distributions.kinds import ByName, Hyperprior, Number, OneOrByName, OneOrEach
from bayesips.distributions.priors import POSITIVE, REAL, Prior
from bayesips.distributions.ranges import INSIDE, NOT_NEGATIVE, SHARE
from bayesips.distributions.settings import check_settings
from bayesips.evidence.arm import Arm

# Kinds of settings with several values: for each part of a mixture, each arm, or each covariate.
NumberPerPart = Annotated[Any, OneOrEach(Number(SHARE), "part")]
NumberPerArm = Annotated[Any, OneOrEach(Number(), "arm")]
MeanPriorPerPart = Annotated[Any, OneOrEach(Hyperprior(REAL), "part")]
SpreadPriorPerPart = Annotated[Any, OneOrEach(Hyperprior(POSITIVE), "part")]
NormalPerArm = Annotated[Any, OneOrByName(Hyperprior(("normal",)), "a prior for each arm")]
NumberPerName = Annotated[Mapping[str, float], ByName(Number(), "a number for each covariate")]


class Build(Protocol):
    """What builds a method's model: the quadrature engine, or PyMC."""

    def hyper(self, name: str, prior: Sequence[Any] | Prior) -> Any:
        """An unknown of the hierarchy; a value on which arithmetic is allowed."""

    def rate(
        self,
        name: str,
        centre: Any,
        scale: Any = None,
        weights: Any = None,
        df: float | None = None,
    ) -> Any:
        """A rate, Normal on the endpoint's link; without scale a value; with weights a mixture.

        With `df` it is Student-t with so many degrees of freedom, from 3 on, in place of Normal.
        """

    def conjugate(self, name: str, a: Any, b: Any, given: Sequence[Any] = ()) -> Any:
        """A rate with a Beta prior, updated with each (arm, weight) and normalised."""

    def observe(self, rate: Any, arm: Arm) -> None:
        """The arm's data are of this rate: its likelihood is that of this rate."""

    def default(self, name: str) -> tuple[Any, ...]:
        """The endpoint's default prior of a hyperparameter, where the method says none."""

    def link_of(self, rate: ArrayLike) -> Any:
        """A rate on the endpoint's link scale."""


class Method(Protocol):
    """A borrowing method: a frozen dataclass with its settings, a `title`, and a story.

    One that is another method until something is declared says so in `lacks`. A method that
    learns from concurrent controls how much it borrows is a `LearningMethod` in its place.

    What else a method may need it says itself, as class attributes (`ClassVar`), all optional:

    arms_needed : (int, int or None)
        Fewest and most historical arms; None: any number. Without it, one or more.
    stated : tuple of str
        Settings that are the assumption itself. A model file must state them although they have a
        default; where one has none, `compare` leaves the method out until it is declared.
    takes_strata : bool
        Whether two strata of one study may be its arms. Without it they may not: they are not
        exchangeable studies.
    single : tuple of str
        Settings of which the engine takes one number at a time, not an array of a batch.
    takes_empty_arms : bool
        Whether an arm without data may stay in the story and changes nothing. Many histories are
        then solved in one call, each with other arms left out.

    and in a method `misfits(history)`, which yields pairs (what, why) where its settings do not fit
    the arms: `what` is a setting of its own, or what the arms should have. A list with a number for
    each arm needs no more than the annotation `NumberPerArm`.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    title: ClassVar[str]

    def tell(self, build: Build, history: Sequence[Arm]) -> Any:
        """Declare how history bears on the control rate; return the control rate."""


class LearningMethod(Protocol):
    """A method that learns its borrowing from concurrent controls; it needs some."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    title: ClassVar[str]

    def in_full(self) -> Method:
        """The method it starts from, and becomes where the controls agree: history in full."""

    def adapt(self, arms: Sequence[Arm], concurrent: Arm, prior_of: PriorOf) -> Adapted:
        """What the method becomes, given the controls."""


AnyMethod = Method | LearningMethod


def arms_needed(method: AnyMethod | type) -> tuple[int, int | None]:
    """Fewest and most historical arms of a method, or of its class; None: any number."""
    needed: tuple[int, int | None] = getattr(method, "arms_needed", (1, None))
    return needed


def needs_controls(method: AnyMethod | type) -> TypeGuard[LearningMethod]:
    """Whether a method, or its class, learns its borrowing from concurrent controls."""
    return hasattr(method, "adapt")


def before_controls(method: AnyMethod) -> Any:
    """The method before any controls are seen: one that learns starts from history in full."""
    return method.in_full() if needs_controls(method) else method


@dataclass(frozen=True)
class Robust:
    """A vague Beta component, Beta(mean (n + 1), (1 - mean) (n + 1)), and its weight.

    Raises
    ------
    Refused
        If weight or mean lies outside [0, 1], or n below 0.
    """

    weight: Annotated[Any, Number(SHARE)]
    mean: Annotated[Any, Number(INSIDE)] = 0.5
    n: Annotated[Any, Number(NOT_NEGATIVE)] = 1

    def __post_init__(self) -> None:
        check_settings(self, "robust ")


@dataclass(frozen=True)
class Adapted:
    """What a method became after seeing the concurrent controls.

    `weight` is what the method learned (an amount of borrowing in [0, 1]), for reports.
    """

    method: Method
    robust: Robust | None
    weight: float


PriorOf = Callable[[Method], Distribution]
