"""deps.dev: stars without a token."""
