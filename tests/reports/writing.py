"""Reports as texts, and whether two of them tell the same."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from builders import SOURCES
from reports.samples import LISTINGS

from crawler.model.results import Ranking
from crawler.model.values import Elsewhere, Listing, Source
from crawler.reports.formats import FORMATS, View
from crawler.reports.plan import write_plan
from crawler.reports.stream import Rewrite


def written(form: str, ranking: Ranking, **view: Any) -> str:
    """What a format writes of all rows of a ranking; `view` are the fields of a `View`."""
    stream = io.StringIO()
    FORMATS[form].write(ranking, stream, View(**view))
    return stream.getvalue()


def plan(
    form: str,
    listings: Sequence[Listing] = LISTINGS,
    sources: Sequence[Source] = SOURCES,
    elsewhere: Sequence[Elsewhere] = (),
    **view: Any,
) -> str:
    """What a dry run writes."""
    stream = io.StringIO()
    write_plan(sources, listings, form, stream, View(**view), elsewhere=elsewhere)
    return stream.getvalue()


def tells_the_same(form: str, old: Ranking, new: Ranking) -> bool:
    """Whether a file with the old ranking stays as it is where the new one is written."""
    first, second = io.BytesIO(), io.BytesIO()
    FORMATS[form].write(old, Rewrite(first, None), View())
    first.seek(0)
    rewrite = Rewrite(second, first)
    FORMATS[form].write(new, rewrite, View())
    return rewrite.is_same()
