"""The last rows of the evidence forest: what is expected, and the trial's own arms."""

from __future__ import annotations

from bayesips.plots import style
from bayesips.plots.evidence_columns import area, columns, estimate, shortened_bold
from bayesips.words.numbers import brief, brief_span
from bayesips.words.outcome import outcome_of

KNOWN = 1e-9  # an interval shorter than this is one number


def control(data, ax, height):
    """What history, and the trial's own controls, lead one to expect without the treatment."""
    mean, low, high = (float(data[f"control_{name}"]) for name in ("mean", "low", "high"))
    ax.plot([low, high], [height, height], color=style.CONTROL, linewidth=3, alpha=0.55,
            solid_capstyle="butt")  # fmt: skip
    ax.scatter(mean, height, s=44, marker="D", color=style.CONTROL, zorder=3)
    texts = (shortened_bold(f"Expected without {data.attrs['treated']}"), "", "")
    columns(ax, height, texts, style.CONTROL, "bold")
    known = high - low < KNOWN
    span = "known" if known else brief_span(low, high)
    estimate(ax, height, (brief(mean, int(known)), span), style.CONTROL, "bold")


def treated(data, ax, height):
    """The treated arm."""
    _arm(data, "trial", ax, height, (f"The trial: {data.attrs['treated']}", style.TREATED))


def own_controls(data, ax, height):
    """The trial's own controls, as they were counted."""
    _arm(data, "own", ax, height, (f"The trial: {data.attrs['own']}", style.CONTROL))


def _arm(data, name, ax, height, look):
    """One arm of the trial: its exact interval and its counts; `look` is its label and colour."""
    label, colour = look
    raw, low, high = (float(data[f"{name}_{part}"]) for part in ("raw", "low", "high"))
    ax.plot([low, high], [height, height], color=colour, linewidth=1.6)
    size = area(float(data[f"{name}_n"])) + 14
    ax.scatter(raw, height, s=size, marker="s", color=colour, zorder=3)
    counts = f"{int(data[f'{name}_successes'])}/{int(data[f'{name}_n'])}"
    texts = (shortened_bold(label), counts, outcome_of(data.attrs).on)
    columns(ax, height, texts, colour, "bold")
    estimate(ax, height, (brief(raw), brief_span(low, high)), colour, "bold")
