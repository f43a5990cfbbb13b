"""Why an effective sample size does not exist, or cannot be found."""

KNOWN = "a rate that is known exactly, or may be, has no effective sample size"
SHAPE_BELOW_1 = (
    "a component has a shape below 1, which makes the information at 0 or 1 infinite; read the "
    "moment figure"
)
HEAVY_TAIL = (
    "the density falls so slowly towards 0 or 1 that its information there is infinite, or not "
    "resolved; read the moment figure"
)
DRAWS_AT_ENDS = (
    "draws lie at exactly 0 or 1, where a rate is known exactly or its information infinite; read "
    "the moment figure"
)
TOO_FEW_DRAWS = (
    "the draws are worth fewer than 400 independent ones of equal weight, too few to know the "
    "slope of their density; take more, or read the moment figure"
)
TAIL_OF_DRAWS_BELOW_1 = (
    "the draws show a shape below 1 at 0 or 1, which makes the information there infinite; read "
    "the moment figure"
)
TAIL_OF_DRAWS = (
    "the draws do not show whether their density vanishes at 0 and 1 or not (shapes above 1, or "
    "below, where the information is infinite); take more, leave a vague part known (as `mix` "
    "with `Points.of_mixture` does), or read the moment figure"
)
UNSTABLE = (
    "the draws are too few for the detail of their density: the standard error is more than half "
    "of the figure; take more, or read the moment figure"
)
OF_THE_FIT = (
    "the ELIR of the fitted Beta mixture ({components} components): the density itself falls so "
    "slowly towards 0 or 1 that its information there is infinite, or not resolved"
)
