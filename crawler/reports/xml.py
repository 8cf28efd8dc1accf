"""Serialise XML for the formats that use it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

from crawler.reports.stream import MARK

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element


_FORBIDDEN: Final = re.compile(f"[^{MARK}\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that ElementTree writes, but XML forbids: https://www.w3.org/TR/xml/#charsets"""


def spelled_out(root: Element) -> str:
    """`root` as indented text without forbidden characters, with a line feed at the end.

    Volatile parts keep their `MARK`s. No element may have both text and children, since indenting
    would change its white space.
    """
    ElementTree.indent(root)
    return f"{_FORBIDDEN.sub('', ElementTree.tostring(root, encoding='unicode'))}\n"
