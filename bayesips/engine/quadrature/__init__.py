"""The exact engine: a recorded story, the grid of its unknowns, likelihood tables, densities."""
