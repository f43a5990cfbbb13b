"""What was observed: groups of patients, their files, and the checks of a history."""
