"""Finds the repositories that an awesome list lists, as GitHub renders it."""

from __future__ import annotations

from crawler.parser.lists import parse_list
from crawler.parser.targets import repository_of

__all__ = ["parse_list", "repository_of"]
