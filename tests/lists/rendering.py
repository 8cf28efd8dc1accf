"""GitHub's own renderer."""

from __future__ import annotations

from cmarkgfm import cmark

EXTENSIONS = ["table", "autolink", "strikethrough", "tasklist", "tagfilter"]


def rendered(text: str) -> str:
    """The HTML that GitHub makes of a list, before it is made safe."""
    return str(
        cmark.markdown_to_html_with_extensions(
            text, options=cmark.Options.CMARK_OPT_UNSAFE, extensions=EXTENSIONS
        )
    )
