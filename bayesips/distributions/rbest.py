"""Beta mixtures of the R package RBesT (Weber et al. 2021, J Stat Softw 100:19), in and out.

The JSON is that of RBesT's `write_mix_json` and `read_mix_json` (1.8-2 and later, R/mixjson.R):
`comp` holds the rows w, a, b of its matrix, one column for each component; `meta` the attributes.
"""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.mixture_fit import MixtureFit
from bayesips.errors import Refused

ROWS = ("w", "a", "b")
CLASS = "betaMix"
LINK = "identity"
# RBesT's other ways to give a component: its mean with its standard deviation, or with its size.
PARAMETERS = {
    "ab": lambda a, b: (a, b),
    "ms": lambda mean, sd: _shapes(BetaMixture.from_mean_sd(mean, sd)),
    "mn": lambda mean, n: _shapes(BetaMixture.from_mean_n(mean, n)),
}
FORMS = (
    "JSON of RBesT's write_mix_json (as text, or the path of its file), an R call mixbeta(...), or "
    "the matrix with rows w, a, b is required"
)


def to_rbest(mixture: BetaMixture | MixtureFit, path: str | Path | None = None) -> str:
    """A mixture as JSON that RBesT reads with ``read_mix_json(path)``.

    Parameters
    ----------
    mixture : BetaMixture or MixtureFit
        Single, not a batch. Of another distribution, give ``fit_beta_mixture(distribution)``.
    path : str or Path, optional
        Where to write it too.

    Returns
    -------
    str
        The JSON, with all digits.

    Raises
    ------
    Refused
        For what is no single Beta mixture.
    """
    matrix = _matrix(mixture)
    names = [f"comp{number}" for number in range(1, matrix.shape[1] + 1)]
    meta = {
        "dim": list(matrix.shape),
        "dimnames": [list(ROWS), names],
        "link": [LINK],
        "class": [CLASS, "mix"],
        "likelihood": ["binomial"],
    }
    text = json.dumps({"meta": meta, "comp": matrix.tolist()})
    if path is not None:
        Path(path).write_text(f"{text}\n", encoding="utf-8")
    return text


def rbest_call(mixture: BetaMixture | MixtureFit) -> str:
    """A mixture as the R call that makes it: ``mixbeta(comp1 = c(w, a, b), ...)``.

    Raises
    ------
    Refused
        For what is no single Beta mixture.
    """
    columns = _matrix(mixture).T.tolist()
    parts = (
        f"comp{number} = c({', '.join(map(repr, column))})"
        for number, column in enumerate(columns, start=1)
    )
    return f"mixbeta({', '.join(parts)})"


def from_rbest(source: str | Path | ArrayLike) -> BetaMixture:
    """The Beta mixture that RBesT wrote.

    Parameters
    ----------
    source : str, Path or array_like, shape (3, components)
        JSON of ``write_mix_json``, as text or as the path of its file; an R call ``mixbeta(...)``,
        also with ``param = "ms"`` or ``"mn"``; or the matrix itself, rows w, a, b.

    Returns
    -------
    BetaMixture
        Its weights brought to a sum of 1, as ``read_mix_json`` does.

    Raises
    ------
    Refused
        For another form, another kind of mixture, or one on another scale than the rate.
    """
    if isinstance(source, str | Path):
        return _from_text(_text(source))
    return _mixture(source)


def _matrix(mixture: BetaMixture | MixtureFit) -> NDArray:
    """Rows w, a, b of one mixture."""
    found: Any = getattr(mixture, "mixture", mixture)
    if hasattr(found, "a") and not found.batch_shape:
        return np.stack([found.weights, found.a, found.b])
    raise Refused(
        f"{type(mixture).__name__} given; one BetaMixture is required, or the fit of one: "
        "fit_beta_mixture(distribution)"
    )


def _text(source: str | Path) -> str:
    """The text itself, or that of the file."""
    if str(source).lstrip().startswith(("{", "mixbeta", "RBesT::")):
        return str(source)
    try:
        return Path(source).read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise Refused(f"{source}: cannot be read ({error}); {FORMS}") from None


def _from_text(text: str) -> BetaMixture:
    """A mixture from JSON or from an R call."""
    if call := re.fullmatch(r"\s*(?:RBesT::)?mixbeta\s*\((.*)\)\s*;?\s*", text, re.DOTALL):
        return _of_call(call[1])
    try:
        content: Any = json.loads(text)
        meta, rows = content["meta"], content["comp"]
        given = {"class": meta["class"], "link": meta["link"]}
    except ValueError as error:
        raise Refused(f"not JSON: {error}; {FORMS}") from None
    except (KeyError, TypeError) as error:
        raise Refused(f"no mixture ({error} is missing); {FORMS}") from None
    for key, wanted in (("class", CLASS), ("link", LINK)):
        if wanted not in np.atleast_1d(given[key]):
            raise Refused(f"{key} is {given[key]!r}; {wanted!r} is required: a mixture of Betas")
    return _mixture(rows)


def _of_call(arguments: str) -> BetaMixture:
    """A mixture from the arguments of mixbeta."""
    given = re.search(r"""param\s*=\s*["'](\w+)["']""", arguments)
    kind = given[1] if given else "ab"
    try:
        parts = [
            [float(number) for number in part.split(",")]
            for part in re.findall(r"c\(([^()]*)\)", arguments)
        ]
        columns = [(w, *PARAMETERS[kind](first, second)) for w, first, second in parts]
    except (ValueError, KeyError) as error:
        raise Refused(f"mixbeta({arguments}): {error}; {FORMS}") from None
    return _mixture(np.transpose(columns))


def _mixture(rows: ArrayLike) -> BetaMixture:
    """A mixture from its rows w, a, b."""
    try:
        matrix = np.asarray(rows, dtype=float)
    except (TypeError, ValueError):
        raise Refused(f"no matrix of numbers; {FORMS}") from None
    if matrix.ndim != len("wa") or len(matrix) != len(ROWS) or matrix.shape[1] == 0:
        raise Refused(f"a matrix of shape {matrix.shape} given; {FORMS}")
    weights, a, b = matrix
    if not np.all(weights >= 0) or not weights.sum() > 0:
        raise Refused(f"weights are {weights.tolist()}; allowed are 0 or more, not all 0")
    return BetaMixture(weights / weights.sum(), a, b)


def _shapes(mixture: BetaMixture) -> tuple[float, float]:
    """Both shapes of a single Beta."""
    return float(mixture.a[0]), float(mixture.b[0])
