"""Serialise XML for the formats that use it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

from crawler.reports.stream import MARK

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


_FORBIDDEN: Final = re.compile(f"[^{MARK}\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""https://www.w3.org/TR/xml/#charsets; ElementTree writes them, and no parser reads them."""


def spelled_out(root: Element) -> str:
    """`root` and all in it, indented, without what XML forbids, a line feed at the end.

    What is volatile stands between two `MARK`s.

    White space counts in an element with both text and children; there must be none.
    """
    ElementTree.indent(root)
    return f"{_FORBIDDEN.sub('', ElementTree.tostring(root, encoding='unicode'))}\n"
