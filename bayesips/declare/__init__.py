"""Models declared in files, read into their nouns or refused with file and place."""
