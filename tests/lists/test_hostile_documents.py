"""Documents that were built to hold the parser or to break it, and large honest ones."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable

import pytest

from crawler.lists import parse_list
from crawler.lists.entries import LONGEST_ADDRESS, LONGEST_DESCRIPTION, LONGEST_TITLE
from crawler.lists.markdown import inlines
from crawler.lists.markdown import work as budget
from crawler.lists.markdown.document import parse_document
from crawler.lists.sections import DEEPEST_PATH, LONGEST_HEADING
from crawler.model.errors import ListError
from crawler.model.values import Entry, Links

LINK = "\n\n[x](https://github.com/o/n)\n"


def found(text: str) -> set[str]:
    """The names of all repositories that `text` links."""
    return {entry.repository.full_name for entry in parse_list(text, Links.ALL).entries}


@pytest.mark.parametrize(
    "piece",
    [
        *("<a ", "[", "![", "<![CDATA[", "[a][", "*", "_", "`", "<!--", "<", "&", "]", "(", "[a]("),
        *("[a](<", "*a", "**a_", "`a``", "<?", "<!A ", "\\", "|", "~", "www.", "://", "\0", "a\t"),
        *('[a](b "', "[]", "<a b='", "&#", "a@", "\u2028", "</div>", "<br>", "<p>", "<li>"),
        *("https://a_b.", "https://a/(", ";", "![a](b)", "<sup></sup>", "<a href=x>"),
    ],
)
def test_repeated_openers_lose_nothing(piece: str) -> None:
    """Openers by the thousand are parsed, and what follows them is found."""
    assert "o/n" in found(f"x {piece * 700}{LINK}")


@pytest.mark.parametrize(
    "piece",
    [
        "# h\n",
        "a\n",
        "a\n\n",
        "- a\n",
        "|a|b|\n|-|-|\n",
        "a\n===\n",
        "> a\nb\n",
        "[a]: b\n",
        "---\n",
    ],
)
def test_repeated_blocks_lose_nothing(piece: str) -> None:
    """Blocks by the thousand are parsed, and what follows them is found."""
    assert "o/n" in found(f"{piece * 500}{LINK}")


@pytest.mark.parametrize(
    "text",
    [
        "> " * 10_000,
        "- " * 10_000 + "a",
        "1. " * 10_000,
        "> - " * 10_000,
        "".join(f"{'  ' * depth}- a\n" for depth in range(1000)),
    ],
    ids=["quotes", "lists", "numbers", "both", "stairs"],
)
def test_deep_nesting_is_refused(text: str) -> None:
    """What is nested too deep is refused with a sentence that names the line."""
    with pytest.raises(ListError, match=r"line \d+ is nested deeper than 100 lists\.$"):
        parse_list(text)


@pytest.mark.parametrize(
    "text",
    [
        "<div>" * 10_000,
        "<b><div></b>" * 10_000,
        "<b>" * 10_000,
        "<table><tr><td>" * 10_000,
        "<div><marquee></div>" * 10_000,
        "**a " * 1000 + "a** " * 1000,
    ],
    ids=["blocks", "formatting", "inline", "tables", "scopes", "emphasis"],
)
def test_deep_html_is_refused(text: str) -> None:
    """Elements nested deeper than browsers show them are refused before they are parsed."""
    with pytest.raises(ListError, match="nested deeper than 512 elements"):
        parse_list(text)


@pytest.mark.parametrize(
    "text",
    [
        "> # h\nfoo\n" * 2000,
        ("- " * 60 + "a\n") * 200,
        "".join(f"<b id={number}>" for number in range(400)) + "<p>x" * 5_000,
        "".join(f"<b id={number}>" for number in range(400)) + "\n\nx" * 2_000,
    ],
    ids=["lazy quotes", "deep lists", "unclosed in html", "unclosed in markdown"],
)
def test_costly_documents_are_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What costs far more than its size explains is refused, not worked through."""
    monkeypatch.setattr(budget, "BASE_STEPS", 10_000)
    with pytest.raises(ListError, match="too costly"):
        parse_list(text)


def test_time_is_the_last_net(monkeypatch: pytest.MonkeyPatch) -> None:
    """A document whose steps cost too much time is refused, however few they are."""
    monkeypatch.setattr(budget, "BASE_SECONDS", -1.0)
    with pytest.raises(ListError, match="too costly"):
        parse_list("a")


@pytest.mark.parametrize(
    "text",
    [
        "- [Name](https://github.com/o/n) - Does `this` and **that** with some words more.\n" * 700,
        "see [a](https://github.com/o/n) and **b** or `c`, " * 700,
        "<ul>" + '<li><a href="https://github.com/o/n">Name</a> - <b>text</b>' * 700 + "</ul>",
        "|a|b|\n|-|-|\n" + "| [a](https://github.com/o/n) | text |\n" * 700,
        "- <sub>a [x](https://github.com/o/n)<sub>\n" * 700,
        '<a name="a">\n\n- [x](https://github.com/o/n)\n\n' * 1000,
        "<font color=red>[x](https://github.com/o/n)\n\n" * 1000,
    ],
    ids=["list", "paragraph", "html in one line", "table", "unclosed", "anchors", "fonts"],
)
def test_large_honest_lists_are_read(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An honest list, also a sloppy one, needs no more than the steps that its size gives it."""
    monkeypatch.setattr(budget, "BASE_STEPS", 0)
    assert found(text) == {"o/n"}


def test_emphasis_beyond_its_bound_stays_text(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of one paragraph's countless delimiters the last stay text, and no link is lost."""
    monkeypatch.setattr(inlines, "MAX_DELIMITERS", 4)
    (entry,) = parse_list("*a* *b* *c* *d* [*x*](https://github.com/o/n)", Links.ALL).entries
    assert entry.title == "*x*"


def test_unclosed_formatting_does_not_pile_up() -> None:
    """HTML parsers reopen but three equal elements; the parser's own marks keep them equal."""
    text = "<font color=red>a\n\n" * 100
    root = parse_document(text, budget.Work(len(text), None))
    assert sum(1 for node in root.traverse() if node.tag == "font") < 500


def test_lists_in_a_thread_with_a_deep_stack_above() -> None:
    """Neither a thread's small stack nor a caller deep in recursion lets the parser crash."""
    text = "".join(f"{'  ' * depth}- [x](https://github.com/o/n)\n" for depth in range(60))
    results: list[tuple[Entry, ...]] = []

    def below(depth: int, call: Callable[[], tuple[Entry, ...]]) -> tuple[Entry, ...]:
        return below(depth - 1, call) if depth else call()

    depth = sys.getrecursionlimit() // 3
    thread = threading.Thread(
        target=lambda: results.append(below(depth, lambda: parse_list(text).entries))
    )
    thread.start()
    thread.join()
    assert len(results[0]) == 60


def test_running_out_of_stack_is_a_refusal() -> None:
    """Where the caller left too little stack, the list is refused with a sentence."""
    text = "".join(f"{'  ' * depth}- a\n" for depth in range(90))

    def below(depth: int) -> tuple[Entry, ...]:
        return below(depth - 1) if depth else parse_list(text).entries

    frame, used = sys._getframe(), 0
    while frame is not None:
        frame, used = frame.f_back, used + 1  # type: ignore[assignment]
    with pytest.raises(ListError, match="nested too deep"):
        below(sys.getrecursionlimit() - used - 100)


def test_check_is_called_and_may_stop() -> None:
    """The caller's check is called often, and what it raises ends the parse."""
    calls = 0

    def check() -> None:
        nonlocal calls
        calls += 1
        if calls == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        parse_list("- [x](https://github.com/o/n)\n" * 4_000, check=check)


def test_long_texts_are_cut() -> None:
    """What a report repeats for every entry is bounded, and an ellipsis says that it is."""
    long = "word " * 40_000
    text = (
        f"# {long}\n\n"
        + f"- [{long}](https://github.com/o/n) - {long}\n" * 3
        + f"- [Elsewhere](https://elsewhere.test/{'x' * 100_000})\n"
    )
    found = parse_list(text)
    assert len(found.entries) == 3
    for entry in (*found.entries, *parse_list(text, Links.ALL).entries):
        assert entry.title.endswith("word…")
        assert len(entry.title) <= LONGEST_TITLE + 1
        assert len(entry.description) <= LONGEST_DESCRIPTION + 1
        assert [len(heading) for heading in entry.section] == [LONGEST_HEADING]
    assert {entry.description[-5:] for entry in found.entries} == {"word…"}
    (elsewhere,) = found.elsewhere
    assert elsewhere.url == f"https://elsewhere.test/{'x' * 100_000}"[:LONGEST_ADDRESS] + "…"


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"<details><summary>Part {n}</summary>\n\n" for n in range(90)) + LINK,
        "".join(f"{'  ' * n}- Part {n}\n" for n in range(60)) + f"{'  ' * 60}- {LINK.strip()}\n",
    ],
    ids=["folds", "items"],
)
def test_deep_paths_are_cut(text: str) -> None:
    """Of headings in headings, or items in items, the outermost are told."""
    (entry,) = parse_list(text).entries
    assert len(entry.section) <= DEEPEST_PATH
    assert entry.section[:1] in [("Part 0",), ()]


def test_a_path_of_headings_is_kept_once() -> None:
    """However often it comes back, and however many entries stand below it."""
    text = "# A\n\n## B\n\n- [x](https://github.com/o/n)\n- [y](https://github.com/o/m)\n\n" * 50
    sections = [entry.section for entry in parse_list(text).entries]
    assert len(sections) == 100
    assert {id(section) for section in sections} == {id(sections[0])}
