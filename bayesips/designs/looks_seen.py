"""Looks that came early, late or with other numbers of patients than planned."""

from __future__ import annotations

from collections.abc import Sequence

Looks = tuple[tuple[int, ...], ...]


def looks_seen(planned: Looks, n: tuple[int, ...]) -> tuple[str, Looks]:
    """What the data are to the plan, and the looks as they have become."""
    *interim, last = planned
    if all(seen >= size for seen, size in zip(n, last, strict=True)):
        return ("final" if n == last else "beyond the end"), (*_before(interim, n), n)
    last = _at_least(last, n)
    if not interim:
        return "unplanned", (last,)
    if n in interim:
        return "planned", planned
    nearest = min(interim, key=lambda look: abs(sum(look) - sum(n)))
    gap = sum(n) - sum(nearest)
    word = "early" if gap < 0 else "late" if gap > 0 else "other split"
    others = [look for look in interim if look != nearest]
    after = [_at_least(look, n) for look in others if sum(look) > sum(n)]
    later = [look for look in dict.fromkeys(after) if sum(look) < sum(last) and look != n]
    return word, (*_before(others, n), n, *later, last)


def _before(looks: Sequence[tuple[int, ...]], n: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Planned looks that may have been passed on the way to n."""
    return [
        look
        for look in looks
        if sum(look) < sum(n) and all(a <= b for a, b in zip(look, n, strict=True))
    ]


def _at_least(look: tuple[int, ...], n: tuple[int, ...]) -> tuple[int, ...]:
    """A look with no fewer patients of any arm than have been seen."""
    return tuple(max(pair) for pair in zip(look, n, strict=True))
