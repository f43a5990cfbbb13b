"""Log beta functions and beta tails that keep their digits for tiny and for huge shapes."""

import numpy as np
from scipy import special

from bayesips.errors import NotSettled

LARGE = 10.0  # from here Stirling's series with six terms is exact to 1e-16
STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360)  # DLMF 5.11.1
UNDERFLOW = 1e-290  # below this a tail is computed by its logarithm
HALF = 0.5
FACTORIAL = 170.0  # up to here gamma functions are doubles, and log beta their quotient
DIRECT = 2000.0  # up to here a difference of log gammas is good to 1e-12
LONGEST_FRACTION = 100_000
SETTLED = 4e-16
FARTHEST_LOGIT = 660.0  # beyond it a rate is so small that only the leading term of a tail is left


def stirling_error(x):
    """Log Gamma(x) less Stirling's approximation, for x of at least `LARGE` (DLMF 5.11.1)."""
    inverse_square = 1 / (x * x)
    series = 0.0
    for coefficient in reversed(STIRLING):
        series = series * inverse_square + coefficient
    return series / x


def log_rising(a, k):
    """Log of Gamma(a + k) / Gamma(a), without the cancellation of large a."""
    a, k = np.broadcast_arrays(np.asarray(a, float), np.asarray(k, float))
    direct = special.gammaln(a + k) - special.gammaln(a)
    if a.size == 0 or a.max() < LARGE:
        return direct
    large = np.maximum(a, LARGE)
    series = (large - 0.5) * np.log1p(k / large) + k * (np.log(large + k) - 1)
    series += stirling_error(large + k) - stirling_error(large)
    return np.where(a < LARGE, direct, series)


def log_beta(a, b):
    """Log B(a, b), to about 1e-15 of its own size for all shapes."""
    if np.max(a + b, initial=0.0) < FACTORIAL:
        return special.betaln(a, b)
    small, large = np.minimum(a, b), np.maximum(a, b)
    one_large = special.gammaln(small) - log_rising(large, small)
    both = 0.5 * np.log(2 * np.pi / small) - small * np.log1p(large / small)
    both -= (large - 0.5) * np.log1p(small / large)
    both += stirling_error(np.maximum(small, LARGE)) + stirling_error(np.maximum(large, LARGE))
    both -= stirling_error(np.maximum(small + large, LARGE))
    return np.where(small < LARGE, one_large, both)


def log_beta_ratio(a, b, r, s):
    """Log of B(a + r, b + s) / B(a, b), without the cancellation of large shapes."""
    if np.max(a) + np.max(b) + np.max(r) + np.max(s) < DIRECT:
        return special.betaln(a + r, b + s) - special.betaln(a, b)
    large = np.minimum(a, b) > DIRECT
    direct = log_rising(a, r) + log_rising(b, s) - log_rising(a + b, r + s)
    if not large.any():
        return direct
    total, grown = a + b, a + b + r + s
    ratio = (a - 0.5) * np.log1p(r / a) + (b - 0.5) * np.log1p(s / b)
    ratio -= (total - 0.5) * np.log1p((r + s) / total)
    ratio += r * np.log((a + r) / grown) + s * np.log((b + s) / grown)
    for x, k, sign in ((a, r, 1), (b, s, 1), (total, r + s, -1)):
        grown_x, plain_x = np.maximum(x + k, LARGE), np.maximum(x, LARGE)
        ratio += sign * (stirling_error(grown_x) - stirling_error(plain_x))
    return np.where(large, ratio, direct)


def log_peak(a, b):
    """Log of x^a (1 - x)^b / B(a, b) at its maximum x = a / (a + b)."""
    plain = -a * np.log1p(b / a) - b * np.log1p(a / b) - log_beta(a, b)
    if np.max(a + b, initial=0.0) < FACTORIAL:
        return plain
    large = _log_peak_large(np.maximum(a, LARGE), np.maximum(b, LARGE))
    return np.where(np.minimum(a, b) < LARGE, plain, large)


def _log_peak_large(a, b):
    """`log_peak` when both shapes are large: nothing of the size of the shapes is left."""
    total = a + b
    gaussian = 0.5 * np.log(a / total * b / (2 * np.pi))
    return gaussian + stirling_error(total) - stirling_error(a) - stirling_error(b)


def tails(a, b, x, complement):
    """P(rate <= x) and P(rate > x) for Beta(a, b), each with relative accuracy.

    `complement` is 1 - x, given apart so that neither edge is rounded away.
    """
    a, b, x, complement = np.broadcast_arrays(a, b, x, complement)
    left = x <= HALF
    near_shape, far_shape = np.where(left, a, b), np.where(left, b, a)
    rate = np.where(left, x, complement)
    near = special.betainc(near_shape, far_shape, rate)
    far = 1 - near
    heavy = near > HALF
    # betaincc is ten times as slow as betainc: only where 1 - rate would lose the rate.
    special.betainc(far_shape, near_shape, 1 - rate, out=far, where=heavy & (rate > 1 / 64))
    special.betaincc(near_shape, far_shape, rate, out=far, where=heavy & (rate <= 1 / 64))
    return np.where(left, near, far), np.where(left, far, near)


def tails_at_logit(a, b, logit):
    """`tails` at the rate expit(logit); right even where that rounds to 0 or 1."""
    lower, upper = tails(a, b, special.expit(logit), special.expit(-logit))
    if np.max(np.abs(logit), initial=0.0) > FARTHEST_LOGIT:
        low, high = logit < -FARTHEST_LOGIT, logit > FARTHEST_LOGIT
        below = np.minimum(logit, -FARTHEST_LOGIT)
        above = np.maximum(logit, FARTHEST_LOGIT)
        lower_leading = np.exp(a * below - np.log(a) - log_beta(a, b))
        upper_leading = np.exp(-b * above - np.log(b) - log_beta(a, b))
        lower = np.where(low, lower_leading, np.where(high, 1 - upper_leading, lower))
        upper = np.where(high, upper_leading, np.where(low, 1 - lower_leading, upper))
    return lower, upper


def log_lower_tail(a, b, x, complement):
    """Log P(rate <= x) for Beta(a, b), complement = 1 - x; relative accuracy throughout."""
    a, b, x, complement = np.broadcast_arrays(a, b, x, complement)
    lower, upper = tails(a, b, x, complement)
    with np.errstate(divide="ignore"):
        result = np.where(lower < HALF, np.log(lower), np.log1p(-upper))
    lost = (lower < UNDERFLOW) & (x > 0)
    if np.any(lost):
        result[lost] = _log_tail_by_fraction(a[lost], b[lost], x[lost], complement[lost])
    return result


def _log_tail_by_fraction(a, b, x, complement):
    """Log I_x(a, b) by its continued fraction (DLMF 8.17.22), for x far below the mean."""
    numerator = np.ones_like(x)
    denominator = 1 / (1 - (a + b) * x / (a + 1))
    fraction = denominator
    for m in range(1, LONGEST_FRACTION):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        change = 1.0
        for term in (even, odd):  # Lentz's recurrence
            denominator = 1 / (1 + term * denominator)
            numerator = 1 + term / numerator
            change = numerator * denominator
            fraction = fraction * change
        if np.all(np.abs(change - 1) < SETTLED):
            break
    else:
        raise NotSettled(f"a beta tail did not settle within {LONGEST_FRACTION} terms")
    leading = a * np.log(x) + b * np.log(complement) - np.log(a) - log_beta(a, b)
    return leading + np.log(fraction)
