"""A follow-on trial planned from one file: candidates, their characteristics, monitoring."""
