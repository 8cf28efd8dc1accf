"""Markdown as GitHub renders it, as one document tree with source lines."""
