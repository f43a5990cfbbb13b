"""Beta mixtures fitted to distributions and to draws."""

from bayesips.distributions.mixture_fit.fit import MixtureFit, fit_beta_mixture

__all__ = ["MixtureFit", "fit_beta_mixture"]
