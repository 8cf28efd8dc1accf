"""One run: read the lists, look up what is known, fetch the rest, rank, compare."""
