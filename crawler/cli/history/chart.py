"""Draw the growth of repositories as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from crawler.cli.history.show import complain_unknown, load_stars
from crawler.cli.session import store_of
from crawler.crawl.comparison import load_last
from crawler.model.errors import RunError
from crawler.model.values import RepositoryName
from crawler.reports.chart import MOST_CURVES, Curve, shared_time
from crawler.reports.files import check_writable, expanded, save_in_thread
from crawler.reports.news import title_of
from crawler.reports.picture import write_chart
from crawler.store.records import Records

if TYPE_CHECKING:
    from crawler.model.settings import CommandSettings


async def draw(
    settings: CommandSettings,
    names: Sequence[str],
    ranked: str | None,
    since: str | None,
    path: Path,
) -> int:
    """Write the growth chart of `names`, or of the most starred repositories of the list
    `ranked`."""
    path = expanded(str(path))
    check_writable(path)
    title = ""
    async with store_of(settings) as store:
        store.check_exists()
        if ranked is not None:
            ranking = await load_last(Records(store), settings, [ranked])
            top = min(settings.top or MOST_CURVES, MOST_CURVES)
            names = [row.name.qualified for row in ranking.rows[:top]]
            title = f"Top {len(names)} of {title_of(ranking.sources)}"
        known, unknown = await load_stars(store, settings, names, since)
    curves = [
        Curve(RepositoryName.parse(name).full_name, tuple(points))
        for name, points in known
        if len(points) > 1
    ]
    complain_unknown(unknown if ranked is None else (), since)
    if not curves:
        raise RunError("a chart takes the stars of two days, and the store knows those of one")
    if len(curves) > MOST_CURVES:
        raise RunError(f"a chart has room for {MOST_CURVES} repositories, not for {len(curves)}")
    if ranked is not None:
        curves = list(shared_time(curves))
    title = title or " · ".join(curve.name for curve in curves)
    await save_in_thread(path, partial(write_chart, curves, title))
    return 0
