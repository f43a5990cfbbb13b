"""Answers about one trial: the control rate, the assessment, conflict, comparison of methods."""
