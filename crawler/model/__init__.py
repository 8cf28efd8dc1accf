"""The values that flow through the crawler, and what describes them: no I/O, no other imports."""
