# %% [markdown]
# # Why day 28 is not day 56
#
# HLC-001 was judged by one number: how many of seven patients were alive at **day 56**. Five were.
# To say whether five is many, one needs to know how many would have been alive without the
# treatment. No report of idiopathic pneumonia syndrome gives that number. They say how many were
# alive at day 28, at day 100, at discharge (a day nobody states), or after how many days half had
# died.
#
# This notebook shows what it costs to take all of these for day-56 counts, and how to avoid it.

# %%
# %config InlineBackend.figure_formats = ["retina"]
# %matplotlib inline
from dataclasses import replace

import bayesips as bips
from bayesips.answer.assessment.history import rows_in_words
from bayesips.plots import figure

own_days = bips.assess("hlc001")
pretended = bips.assess("hlc001-binary")

# %% [markdown]
# ## What history says
#
# Six groups of patients, and how each was reported. Only one of them speaks of day 56 at all, and
# it says "at least half".

# %%
for arm in bips.load_model("hlc001").history:
    print(f"{arm.label:40} {rows_in_words(arm)}")

# %% [markdown]
# ## One curve through all of them
#
# Patients die early: most of the deaths come in the first weeks. If 46 % are alive at day 28, about
# 30 % are at day 56. How steep the curve is we do not know exactly, so its shape is estimated along
# with everything else. All groups share the shape; each has its own height.

# %%
figure("bridge", own_days)

# %% [markdown]
# With that, every report enters as what it is: a count on its own day, a count on a day nobody
# knows (the horizontal bars), or a bound (the arrows). None is turned into something it is not.

# %%
figure("survival", own_days)

# %% [markdown]
# ## What changes
#
# The control rate is what a *new* group of such patients would do, so its interval is wide: the
# studies differ a lot from one another.

# %%
for name, tree in (("each row at its own day", own_days), ("every row read as day 56", pretended)):
    control, decision = tree["control"], tree["decision"]
    print(
        f"{name:26} control {float(control['mean']):.1%} "
        f"({float(control['low']):.1%} to {float(control['high']):.1%}), "
        f"P(HLC-001 is better) {float(decision['probability'][0]):.3f}"
    )
fixed = bips.assess("hlc001-benchmark")["decision"]
print(f"{'24.5 % taken as known':26} P(HLC-001 is better) {float(fixed['probability'][0]):.3f}")

# %% [markdown]
# The sponsor's fixed 24.5 % leaves no doubt about itself, and that is where its .99 comes from: not
# from the seven patients, who are the same in all three lines.
#
# ## Other days
#
# If treated and control share the shape of the curve, the better one is better on every day: the
# probability does not depend on the day, only the size of the difference does.

# %%
days = own_days["survival"].to_dataset().sel(day=[28, 56, 100])
print(days[["control_mean", "control_low", "control_high"]].to_dataframe().round(3))

# %% [markdown]
# ## Does any study decide it?
#
# Each left out in turn. The randomised placebo group (Yanik 2014) is the one that survived
# longest: without it the control looks worse and HLC-001 better.

# %%
print(own_days["left_out"].to_dataset().to_dataframe().round(3))

# %% [markdown]
# And does any study contradict the others? The last column is the probability of a report at least
# as odd as the one given, predicted from the other studies alone. Small values are a warning.

# %%
rows = own_days["rows"].to_dataset()
print(rows[["arm", "day", "relation", "successes", "n", "others_mean",
            "others_tail"]].to_dataframe().round(2).to_string())  # fmt: skip

# %% [markdown]
# ## What happened after day 56
#
# All five were alive at day 100; at the last contact, on a day nobody states, two of seven were.
# These later counts speak about the shape of the curve, which treated and control share, so the two
# rates are no longer independent. Told as well, they change little:

# %%
later = bips.joint_later_landmarks(bips.load_model("hlc001"))
print(f"P(HLC-001 is better) by day 56 alone:       {later.without[0]:.3f}")
print(f"P(HLC-001 is better) with the later counts: {later.with_them[0]:.3f}")

# %% [markdown]
# ## Another curve
#
# The shape of the curve is an assumption, so it is made otherwise: deaths earlier still, a constant
# hazard, a shape nearly known or hardly known, and a curve of another kind, with a hazard that is
# constant between days 28, 100 and 365 (sampled by NUTS, which takes half a minute). The same table
# is printed by `bayesips sensitivity hlc001 --bridge`.

# %%
model = bips.load_model("hlc001")
COLUMNS = ["mean", "std", "mean_error", "probability", "error", "engine"]


def lines(table):
    """The table's first criterion."""
    return table.isel(criterion=0)[COLUMNS].to_dataframe()[COLUMNS].round(4).to_string()


bridges = bips.bridge_sensitivity(model, piecewise=True)
print(lines(bridges))

# %% [markdown]
# The curve moves the control rate by less than one point in a hundred, and the probability by
# little more. What moves them is *which* studies are read. With every series of the evidence file
# in one model, no patient twice and no vague part, the control rate is higher, for modern
# first-line treatment and a registry come in, and the probability lower:

# %%
evidence = bips.load_evidence(model.evidence.file)
sets = ("broad", "optimistic", "optimistic_paediatric", "broad_registry")
every = evidence.select(*sets).arms
refractory = evidence.select("narrow").without("Tizon 2012").arms  # Tizon's are part of "broad"
for name, arms in (("all survival rows", (*every, *refractory)), ("less the refractory", every)):
    together = replace(model, evidence=None, history=arms, robust=None)
    print(f"{name}: {len(arms)} arms, {sum(arm.n for arm in arms)} patients")
    declared = {"weibull, as declared": model.endpoint.shape}
    print(lines(bips.bridge_sensitivity(together, declared, piecewise=True)), "\n")

# %% [markdown]
# An early prototype, a piecewise curve over all survival rows under other priors, gave a control
# rate of .51 (sd .23) and a probability of .76. The probability comes out the same; its control
# rate lies above both readings here, nearer to the one without the thirteen refractory patients of
# whom none survived. So the difference is one of rows and priors, not of curves: within each
# reading, both curves agree.
#
# ## What this does not say
#
# A curve of one shape for all is an assumption, defensible from about day 14 to day 180 and not
# beyond. Whether these six groups are comparable to patients whom steroids had failed is a clinical
# judgement that no curve replaces. Summary-level history supports design and hypothesis, not
# confirmation.
