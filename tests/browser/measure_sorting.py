"""`python -m tests.browser.measure_sorting`: how long 5,000 rows take to open, sort and filter.

Each figure is the median of several runs inside the page, until style and layout are done. Beside
it stands its ratio to a loop in the same page, by which machines can be told apart.
Exits with 1 where sorting or filtering takes too long.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser.chromium import BROWSER, launched
from browser.rankings import made_up

from crawler.reports.render import render

ROWS: Final = 5000
MOST: Final = 200.0
"""Milliseconds for one sort or one change of a filter."""
RUNS: Final = 7

_BASELINE: Final = """() => {
  const start = performance.now();
  let sum = 0;
  for (let at = 0; at < 2e7; at += 1) sum = (sum * 31 + at) | 0;
  return performance.now() - start + (sum === 1 ? 1e-9 : 0);
}"""

_SORT: Final = """(key) => {
  const start = performance.now();
  document.querySelector(`th.${key} button`).click();
  document.body.getBoundingClientRect();
  return performance.now() - start;
}"""

_FILTER: Final = """([id, value]) => {
  const start = performance.now();
  const field = document.getElementById(id);
  field.value = value;
  field.dispatchEvent(new Event("input", {bubbles: true}));
  document.body.getBoundingClientRect();
  return performance.now() - start;
}"""

_FILTERS: Final = {
    "text": ("thing 1", ""),
    "stars": ("9000", ""),
    "section": ("2", ""),
    "active": ("365", ""),
}
"""Values that a field gets in turn."""

_OPENED: Final = """() => {
  const [entry] = performance.getEntriesByType("navigation");
  return entry.domContentLoadedEventEnd - entry.startTime;
}"""


def main() -> int:
    """Print a line for each column and filter; 1 where one is above the bound."""
    if BROWSER is None:
        print("there is no chromium on this machine", file=sys.stderr)
        return 1
    ranking = made_up(ROWS)
    render(made_up(1), "html")
    start = time.perf_counter()
    report = render(ranking, "html")
    print(f"render {1000 * (time.perf_counter() - start):.0f} ms, {len(report.encode()):,} bytes")
    slow = []
    with tempfile.TemporaryDirectory() as folder, launched() as browser:
        path = Path(folder) / "report.html"
        path.write_text(report, "utf-8")
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(path.as_uri())
        print(f"open {page.evaluate(_OPENED):.0f} ms")
        baseline = statistics.median(page.evaluate(_BASELINE) for _ in range(RUNS))
        print(f"baseline {baseline:.1f} ms")
        keys = page.eval_on_selector_all("th[scope=col][class]", "all => all.map(e => e.className)")
        figures = {f"sort {key}": [page.evaluate(_SORT, key) for _ in range(RUNS)] for key in keys}
        for name, values in _FILTERS.items():
            figures[f"filter {name}"] = [
                page.evaluate(_FILTER, [name, value]) for _ in range(RUNS) for value in values
            ]
    for name, found in figures.items():
        median = statistics.median(found)
        print(
            f"{name:<18} {median:6.1f} ms  first {found[0]:6.1f} ms  ratio {median / baseline:.2f}"
        )
        slow += [name] if median > MOST else []
    print(f"above {MOST:.0f} ms: {', '.join(slow) or 'none'}")
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
