"""How numbers and outcomes are written: in one place for figures, page and terminal."""
