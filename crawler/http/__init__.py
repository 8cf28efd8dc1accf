"""Requests: client (the only import of httpx), rate limiter, retries, conditional requests."""
