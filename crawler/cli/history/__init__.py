"""The parts of the verb `history`."""
