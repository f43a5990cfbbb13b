"""Kinds of settings: how a setting is written in a file or an option, and what it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeGuard

from bayesips.distributions.priors import POSITIVE as ABOVE_0
from bayesips.distributions.priors import REAL, UNIT, Prior
from bayesips.distributions.ranges import FINITE, POSITIVE, Range, are_numbers, is_number
from bayesips.errors import Refused, shown

HYPERPRIOR = 'a prior is required, as ["half_normal", 1], or ["fixed", value] for a known number'


class Kind(Protocol):
    """What is asked of a kind of setting."""

    def read(self, value: Any) -> Any:
        """The setting as its class takes it, from a file or an option; Refused: what is allowed."""

    def check(self, name: str, value: Any) -> None:
        """Refuse what the class cannot take; a number may be an array, a batch."""


@dataclass(frozen=True)
class Number:
    """One number within a range."""

    allowed: Range = FINITE

    def read(self, value: object) -> float:
        """A number of the range."""
        if not (is_number(value) and value in self.allowed):
            raise Refused(f"{self.allowed} is required")
        return value

    def check(self, name: str, value: object) -> None:
        """Every number of the batch within the range."""
        if not self.allowed.holds(value):
            raise Refused(f"{name} is {value}; {self.allowed} is required")


@dataclass(frozen=True)
class Numbers:
    """A list of finite numbers, of one length or of any."""

    length: int | None = None

    def read(self, value: Any) -> tuple[float, ...]:
        """The numbers as a tuple."""
        self.check("", value)
        return tuple(value)

    def check(self, name: str, value: object) -> None:
        """As many finite numbers as are needed."""
        length = len(value) if self.length is None and are_numbers(value, FINITE) else self.length
        if not (are_numbers(value, FINITE) and value and len(value) == length):
            given, needed = f"{name} is {value}; " if name else "", self.length or "one or more"
            raise Refused(f"{given}a list of {needed} finite numbers is required")


@dataclass(frozen=True)
class Word:
    """A text, one of a few where `allowed` names them."""

    allowed: tuple[str, ...] = ()

    def read(self, value: object) -> str:
        """The text; which ones are allowed is checked by the class."""
        if not isinstance(value, str):
            raise Refused("a text is required")
        return value

    def check(self, name: str, value: object) -> None:
        """One of the allowed words; without any, the class checks it itself."""
        if self.allowed and value not in self.allowed:
            raise Refused(f"unknown {name} {value!r}; allowed are {', '.join(self.allowed)}")


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def read(self, value: object) -> bool:
        """The truth value."""
        if not isinstance(value, bool):
            raise Refused("true or false is required")
        return value

    def check(self, name: str, value: object) -> None:
        """A truth value."""
        if not isinstance(value, bool):
            raise Refused(f"{name} is {value!r}; true or false is required")


@dataclass(frozen=True)
class Hyperprior:
    """A prior, of families that its parameter can have."""

    families: tuple[str, ...]

    def read(self, value: object) -> tuple[Any, ...]:
        """The prior as tuples; whether it fits the parameter is checked by the class."""
        if not isinstance(value, list | tuple) or not value or not isinstance(value[0], str):
            raise Refused(HYPERPRIOR)
        if value[0] == "mixture":
            self._check_parts(value[1:])
        elif not are_numbers(value[1:], FINITE):
            raise Refused("the numbers of a prior are finite numbers")
        Prior.parse(as_tuples(value))
        return tuple(as_tuples(value))

    def _check_parts(self, parts: Sequence[object]) -> None:
        """Refuse what is no list of weights and priors."""
        for part in parts:
            if not (isinstance(part, list | tuple) and len(part) == 2 and is_number(part[0])):  # noqa: PLR2004
                raise Refused('a mixture prior is written ["mixture", [weight, prior], ...]')
            self.read(part[1])

    def check(self, name: str, value: Sequence[Any] | Prior) -> None:
        """A prior on the range of its parameter."""
        Prior.parse(value).within(self.families, name)


@dataclass(frozen=True)
class OneOrEach:
    """One value for all, or a list with one for each `part` or `arm`."""

    item: Kind
    each: str

    def read(self, value: object) -> Any:
        """One value, or a tuple of them."""
        if not is_several(value):
            try:
                return self.item.read(value)
            except Refused as error:
                raise Refused(f"{error}, or a list with one for each {self.each}") from None
        return tuple(self._numbered(number, part) for number, part in enumerate(value, start=1))

    def _numbered(self, number: int, part: object) -> Any:
        """One value of the list; what is wrong with it says which it is."""
        try:
            return self.item.read(part)
        except Refused as error:
            raise Refused(f"number {number}: {shown(part)} given; {error}") from None

    def check(self, name: str, value: object) -> None:
        """Every value by itself."""
        for part in value if is_several(value) else [value]:
            self.item.check(name, part)


@dataclass(frozen=True)
class ByName:
    """A table with a value for each name."""

    item: Kind
    what: str

    def read(self, value: object) -> dict[str, Any]:
        """Values by name."""
        if not isinstance(value, Mapping):
            raise Refused(f"a table is required with {self.what}")
        found = {}
        for name, part in value.items():
            try:
                found[name] = self.item.read(part)
            except Refused as error:
                raise Refused(f"{name}: {shown(part)} given; {error}") from None
        return found

    def check(self, name: str, value: Mapping[str, object] | Sequence[tuple[str, object]]) -> None:
        """Every value by itself."""
        for key, part in dict(value).items():
            self.item.check(f"{name}'s {key!r}", part)


@dataclass(frozen=True)
class OneOrByName:
    """One prior for all, or a table with one for each name (or its items, to be hashable)."""

    item: Kind
    what: str

    def read(self, value: object) -> Any:
        """One prior, or priors by name."""
        return self._of(value).read(value)

    def check(self, name: str, value: object) -> None:
        """Every prior by itself."""
        self._of(value).check(name, value)

    def _of(self, value: object) -> Kind:
        """The kind of what is given: a prior begins with the name of its family."""
        items = isinstance(value, tuple) and bool(value) and not isinstance(value[0], str)
        return ByName(self.item, self.what) if items or isinstance(value, Mapping) else self.item


def is_several(value: object) -> TypeGuard[Sequence[Any]]:
    """Whether there are several values: a prior is itself a list, which begins with a text."""
    return isinstance(value, list | tuple) and bool(value) and not isinstance(value[0], str)


def as_tuples(value: object) -> Any:
    """Lists as tuples, all the way down."""
    return tuple(map(as_tuples, value)) if isinstance(value, list | tuple) else value


# Kinds that several methods have.
Positive = Annotated[Any, Number(POSITIVE)]
MeanPrior = Annotated[tuple[Any, ...], Hyperprior(REAL)]
SpreadPrior = Annotated[tuple[Any, ...], Hyperprior(ABOVE_0)]
SharePrior = Annotated[tuple[Any, ...], Hyperprior(UNIT)]
