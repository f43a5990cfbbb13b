"""bayesips validate: a model file read and checked; nothing is computed."""

from __future__ import annotations

from bayesips.cli.options import DEFAULT_MODEL, Model


def validate(model: Model = DEFAULT_MODEL) -> None:
    """Check a model file; say what it declares."""
    from bayesips.borrowing import method_name
    from bayesips.declare.model import load_model
    from bayesips.distributions.effects.scales import scale_named

    declared = load_model(model)
    treated, arms = declared.treated, len(declared.history)
    method = method_name(declared.method)
    print(f"{declared.path}: a valid model")
    print(f"  question  {declared.question}")
    print(f"  treated   {treated.successes} of {treated.n}, {treated.label}")
    print(f"  history   {arms} {'arm' if arms == 1 else 'arms'}, method {method}")
    for decision in declared.decisions:
        print(
            f"  decision  P({scale_named(declared.scale).words.title} > {decision.margin:g}) "
            f"above {decision.probability:g}"
        )
    print(f"  digest    {declared.digest[:16]}")
