"""Settings of a method, an endpoint or the vague part: each with its name, kind and default.

A field says its kind in its annotation, ``level: Annotated[float, Number(INSIDE)] = 0.1``. Model
files, axes of sensitivity and knobs ask `settings_of`; the class itself calls `check_settings`.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from typing import Any, get_args, get_type_hints

from bayesips.distributions.kinds import Flag, Kind, Number, Word


@dataclass(frozen=True)
class Setting:
    """One setting of a method, an endpoint or the vague part: its name, kind and default."""

    name: str
    kind: Kind
    default: Any

    @property
    def required(self) -> bool:
        """Whether it has no default and must be declared."""
        return self.default is MISSING


@cache
def settings_of(owner: type) -> tuple[Setting, ...]:
    """Settings of a class, in the order of its fields.

    Parameters
    ----------
    owner : type
        A dataclass whose annotations name kinds; a plain float, int, str or bool names its own.

    Returns
    -------
    tuple of Setting
        Name, kind (which reads, checks, and of a `Number` knows the allowed range) and default.

    Raises
    ------
    TypeError
        If an annotation names no kind: the class is not finished.
    """
    hints = get_type_hints(owner, include_extras=True)
    return tuple(
        Setting(field.name, _kind(owner, field.name, hints[field.name]), _default(field))
        for field in fields(owner)
        if field.init
    )


def check_settings(owner: object, of: str = "") -> None:
    """Refuse a value outside of what its kind allows; None stands for a default of the endpoint.

    Parameters
    ----------
    owner : object
        A method, an endpoint, or another dataclass of settings.
    of : str
        What stands before the setting's name in the message, as "robust ".

    Raises
    ------
    Refused
        Naming the setting, what it is and what is allowed.
    """
    kind: type = type(owner)
    for setting in settings_of(kind):
        value = getattr(owner, setting.name)
        if value is not None or setting.default is not None:
            setting.kind.check(f"{of}{setting.name}", value)


def _kind(owner: type, name: str, hint: object) -> Kind:
    """The kind that an annotation names, inside ``| None`` too."""
    for part in (hint, *get_args(hint)):
        for kind in getattr(part, "__metadata__", ()):
            return kind
    if hint in _PLAIN:
        return _PLAIN[hint]
    raise TypeError(f"{owner.__name__}.{name}: {hint} names no kind of setting")


def _default(field: Field[Any]) -> Any:
    """The default of a field; MISSING where it has none."""
    made = field.default_factory
    return field.default if made is MISSING else made()


_PLAIN: dict[Any, Kind] = {float: Number(), int: Number(), str: Word(), bool: Flag()}
