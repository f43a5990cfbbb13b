"""What a prompt and a notebook show of an object: its name and a few facts, never its arrays."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from html import escape


class Shown(ABC):
    """An object with `facts`: one line at a prompt, a small table in a notebook."""

    @abstractmethod
    def facts(self) -> Mapping[str, str]:
        """What is worth knowing of it, by name."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({'; '.join(map(' '.join, self.facts().items()))})"

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th style="text-align:left">{escape(name)}</th>'
            f'<td style="text-align:left">{escape(said)}</td></tr>'
            for name, said in self.facts().items()
        )
        return f"<table><caption>{escape(type(self).__name__)}</caption>{rows}</table>"
