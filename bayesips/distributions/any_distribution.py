"""The kinds of distribution of one rate, any of which may be a prior, a posterior or history."""

from bayesips.distributions.beta_mixture import BetaMixture
from bayesips.distributions.density import Density
from bayesips.distributions.points import Points

Distribution = BetaMixture | Density | Points
