"""Small clinical trials assessed against historical controls, the Bayesian way."""

__version__ = "0.1.0"
