"""The templates, style and script of the HTML pages."""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined


def make_environment() -> Environment:
    """The environment of the templates: every value is escaped, and an unknown one is an error."""
    return Environment(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def load(name: str) -> str:
    """A file of this package."""
    return (files(__name__) / name).read_text("utf-8")


def digest(text: str) -> str:
    """A source of a Content-Security-Policy. https://www.w3.org/TR/CSP3/#grammardef-hash-source"""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
