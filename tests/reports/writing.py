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
from crawler.reports.stream import Rewrite, Stream, writing


def write_all(form: str, ranking: Ranking, stream: Stream, **view: Any) -> None:
    """Write all rows of a ranking in a format; `view` are the fields of a `View`."""
    known = FORMATS[form]
    for _ in writing(known.write(ranking, View(**view)), stream, known.mark):
        pass


def written(form: str, ranking: Ranking, **view: Any) -> str:
    """What a format writes of all rows of a ranking; `view` are the fields of a `View`."""
    stream = io.StringIO()
    write_all(form, ranking, stream, **view)
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
    write_all(form, old, Rewrite(first, None))
    first.seek(0)
    rewrite = Rewrite(second, first)
    write_all(form, new, rewrite)
    return rewrite.is_same()
