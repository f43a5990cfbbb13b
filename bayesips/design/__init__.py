"""Designs of a next trial: rules, exact operating characteristics, sequential plans."""
