# %% [markdown]
# # What the answer hangs on
#
# With seven patients the conclusion is the assumptions. This notebook turns every one of them:
# first each by itself until the answer flips, then all together. It needs no simulation; every
# number is computed by quadrature.

# %%
# %config InlineBackend.figure_formats = ["retina"]
# %matplotlib inline
import bayesips as bips
from bayesips import sensitivity
from bayesips.plots import heat_map, outcome_spider, specification_curve, tipping_curve, tornado
from bayesips.plots.picture import picture

# %% [markdown]
# ## The smallest change that flips the answer
#
# The sponsor set 5 of 7 beside 24.5 %. Taken as known, that comparison is convincing. How much
# would have to be otherwise before it no longer is? Every knob is turned until the decision
# changes; the one that needs to move least comes first.

# %%
claim = bips.load_model("hlc001-benchmark")
sensitivity.tipping_table(claim)[["title", "present", "tipping", "change", "unit"]].to_dataframe()

# %% [markdown]
# If the control rate is not 24.5 % but 35 %, the claim is gone. The exact test, which has no prior,
# lets go at 29 %. Patients who live long enough to be called refractory do that well by definition.

# %%
picture("tipping_curve", tipping_curve.data(claim, "control.rate"))

# %% [markdown]
# One patient of seven the other way, and the answer is another.

# %%
picture("tipping_curve", tipping_curve.data(claim, "treated.successes"))

# %% [markdown]
# Three patients lost to follow-up would do, if all had died. Read across: how many were lost; read
# down: how many of them are counted alive.

# %%
lost = sensitivity.lost_to_follow_up(claim, most=4)
lost.probability.isel(criterion=0).to_pandas().round(3)

# %% [markdown]
# ## The sceptic who is just not convinced
#
# Reverse Bayes asks which prior would have removed the claim: how many earlier patients like the
# controls a sceptic must have in mind.

# %%
sensitivity.sceptical_prior(claim).text

# %% [markdown]
# ## All analyses at once
#
# Whoever analyses this trial has to choose a control set, a borrowing method, a spread between
# studies, a vague part, a prior. Each choice below can be defended. Here are all combinations.

# %%
model = bips.load_model("hlc001-binary")
choices = {
    "history.control_set": ["narrow", "broad", "optimistic"],
    "control.method": ["map", "pooled", "separate"],
    "control.tau": [("half_normal", 0.5), ("half_normal", 1)],
    "control.robust.weight": [0, 0.2, 0.5],
    "treated.prior": [(1, 1), (0.5, 0.5)],
}
cells = bips.vary(model, choices)
cells

# %% [markdown]
# The specification curve: one dot an analysis, in order of its answer; marks below show which
# choices it made. Blue dots support the claim.

# %%
picture("specification_curve", specification_curve.data(cells))

# %%
f"{sensitivity.share_supported(cells):.0%} of the analyses support the claim"

# %% [markdown]
# Which choice matters most? One at a time:

# %%
picture("tornado", tornado.data(model, choices))

# %% [markdown]
# Two at a time:

# %%
map_of_two = heat_map.data(cells, across="control.robust.weight", down="history.control_set")
picture("heat_map", map_of_two)

# %% [markdown]
# And would another outcome have been read otherwise? Every outcome under every control set:

# %%
sets = ["narrow", "broad", "optimistic"]
picture("outcome_spider", outcome_spider.data(model, "history.control_set", sets))

# %% [markdown]
# ## Leave one study out
#
# No single study should carry the answer.

# %%
alone = bips.vary(model, {"history.without": "each"})
alone[["control_mean", "probability"]].isel(criterion=0).to_dataframe().round(3)

# %% [markdown]
# ## Turn it yourself
#
# Where this notebook runs, the slider moves the weight of the vague part. Where it is only read,
# the picture below stands for it.


# %%
def answer(weight):
    """P(HLC-001 better) with this weight of the vague part."""
    turned = bips.vary(model, {"control.robust.weight": [weight]})
    return f"P(better) = {float(turned.probability[0, 0]):.3f}"


answer(0.2)

# %%
try:
    from ipywidgets import FloatSlider, interact

    interact(answer, weight=FloatSlider(value=0.2, min=0, max=1, step=0.05))
except ImportError:
    print("ipywidgets is not installed: see the picture below")

# %%
picture("tipping_curve", tipping_curve.data(model, "control.robust.weight"))
