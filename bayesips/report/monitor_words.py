"""A running trial in plain words: what differs from its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayesips.planning.monitoring import Status


def deviation(status: Status) -> str:
    """What differs from the plan; empty where nothing does.

    Parameters
    ----------
    status : Status
        What `monitor` returns.
    """
    if status.look in ("planned", "final"):
        return ""
    seen, plan = _patients(status.n), ", ".join(_patients(each) for each in status.planned_looks)
    if status.look == "unplanned":
        return f"{seen} patients seen; the plan looks only at {plan}, so nothing is decided now"
    now = ", ".join(_patients(each) for each in status.judged_looks)
    return f"{seen} patients seen, planned looks are at {plan}: judged as looks at {now}"


def _patients(n: tuple[int, ...]) -> str:
    """Patients of the arms in words."""
    return " + ".join(str(each) for each in n)
