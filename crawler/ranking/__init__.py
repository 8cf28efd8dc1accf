"""What follows from the figures: pure functions over values."""
