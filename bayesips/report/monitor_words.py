"""A running trial in plain words: what to do now, how likely success is, what differs from plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bayesips.report.plan_error_words import percent

if TYPE_CHECKING:
    from bayesips.planning.monitoring import Status

ARMS = ("treated", "control")


def standing(status: Status) -> list[str]:
    """What to do now, then why, one sentence each.

    Parameters
    ----------
    status : Status
        What `monitor` returns.
    """
    arms = zip(ARMS, status.successes, status.n, strict=False)
    seen = ", ".join(f"{arm} {y} of {n}" for arm, y, n in arms)
    held = " and ".join(f"{each:.4f}" for each in status.probabilities)
    said = [
        f"{status.action.capitalize()}. {status.design}, {status.look} look: {seen}.",
        f"Posterior probability of what success asks for: {held}.",
    ]
    if differs := deviation(status):
        said.append(f"Deviation: {differs}.")
    return said if status.next_look is None else [*said, *_success(status)]


def _success(status: Status) -> list[str]:
    """How likely success has become."""
    beliefs = [
        f"{percent(value)} from what is known beside the trial ({name})"
        for name, value in status.conditional_assurance.items()
    ]
    chances = [
        f"{percent(status.predictive_with_looks)} as analysed",
        f"{percent(status.conditional_power)} at the rates planned for",
        *beliefs,
    ]
    return [
        f"Probability of success in the end: {'; '.join(chances)}.",
        f"If no further look stopped the trial, as analysed: {percent(status.predictive)}.",
    ]


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
