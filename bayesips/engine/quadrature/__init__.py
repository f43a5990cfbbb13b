"""Rooms of the exact engine: a told story, its axes, its leaves, its answer."""
