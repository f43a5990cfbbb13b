"""Settings of the whole suite."""

from hypothesis import settings

# The same examples on every machine, and no verdict by the clock.
settings.register_profile("bayesips", deadline=None, derandomize=True, database=None)
settings.load_profile("bayesips")
