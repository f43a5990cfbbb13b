"""Parts of the exact engine: the recorded method, its grid, likelihood tables, densities."""
