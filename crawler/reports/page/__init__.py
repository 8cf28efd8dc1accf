"""The templates, style and script of the HTML pages."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files


def load(name: str) -> str:
    """A file of this package."""
    return (files(__name__) / name).read_text("utf-8")


def digest(text: str) -> str:
    """A source of a Content-Security-Policy. https://www.w3.org/TR/CSP3/#grammardef-hash-source"""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
