"""Conclusions from the figures: pure functions over values."""
