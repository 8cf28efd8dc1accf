"""deps.dev: stars for those who have no token."""
