"""Effects in words: a difference in percentage points, a ratio as a factor."""

from __future__ import annotations

from dataclasses import dataclass

from bayesips.words.numbers import MINUS, signed

FINE = 10  # percentage points below which decimals are written


@dataclass(frozen=True)
class Points:
    """Words of a difference of rates, in percentage points."""

    title: str = "difference"

    def of(self, noun: str) -> str:
        """The effect on a rate, beside an axis."""
        return f"difference in {noun} (percentage points)"

    def size(self, value: float) -> str:
        """An effect: "+54 points"."""
        return f"{signed(100 * value, 0)} points"

    def margin(self, value: float) -> str:
        """A margin: "10 points"."""
        return f"{100 * value:g} points".replace("-", MINUS) if value else "0"

    def beyond(self, rate: str, margin: float, better: str = "higher") -> str:
        """What is claimed of a rate ("survival with A") beyond a margin."""
        if (margin < 0) == (better == "higher"):  # no worse than a margin
            worse = "lower" if better == "higher" else "higher"
            return f"{rate} is not {worse} by {100 * abs(margin):g} percentage points or more"
        return f"{rate} is {better} by more than {100 * abs(margin):g} percentage points"

    def fine(self, value: float) -> str:
        """An effect without its unit, small ones with decimals."""
        points = 100 * abs(value)
        if points == 0:
            return "0"
        sign = "+" if value > 0 else MINUS
        return f"{sign}{points:.3g}" if points < FINE else f"{sign}{points:.0f}"

    def estimate(self, mean: float, low: float, high: float) -> str:
        """Mean and 95 % interval, in a table."""
        return f"{self.size(mean)} ({signed(100 * low, 0)} to {signed(100 * high, 0)})"

    def sentence(self, mean: float, low: float, high: float) -> str:
        """Mean and 95 % interval, as a sentence."""
        return (
            f"The difference is {signed(100 * mean, 0)} percentage points (95 % interval "
            f"{signed(100 * low, 0)} to {signed(100 * high, 0)})."
        )


@dataclass(frozen=True)
class Factor:
    """Words of a ratio; `name` has a place for the rate's noun."""

    title: str
    name: str

    def of(self, noun: str) -> str:
        """The effect on a rate, beside an axis."""
        return self.name.format(noun=noun)

    def size(self, value: float) -> str:
        """An effect: "2.3"."""
        return f"{value:.2g}"

    def margin(self, value: float) -> str:
        """A margin: "1.25"."""
        return f"{value:g}"

    def beyond(self, rate: str, margin: float, better: str = "higher") -> str:
        """What is claimed of a rate ("survival with A") beyond a margin."""
        lies = "exceeds" if better == "higher" else "is below"
        return f"the {self.title} of {rate} {lies} {margin:g}"

    def fine(self, value: float) -> str:
        """An effect, as beside a figure."""
        return self.size(value)

    def estimate(self, mean: float, low: float, high: float) -> str:
        """Mean and 95 % interval, in a table."""
        return f"{self.size(mean)} ({self.size(low)} to {self.size(high)})"

    def sentence(self, _mean: float, low: float, high: float) -> str:
        """The 95 % interval as a sentence; the mean of a ratio need not exist."""
        return f"The {self.title} has a 95 % interval from {self.size(low)} to {self.size(high)}."


EffectWords = Points | Factor
