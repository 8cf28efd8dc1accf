"""Lists from anywhere on the web."""

from __future__ import annotations

import pytest
from lists.web import MARKDOWN, URL, Web

from crawler.lists.loading import ListText
from crawler.model.errors import BrokenAnswer, ListError, Unreachable


async def test_a_url_is_fetched_without_credentials(web: Web) -> None:
    """Any http(s) URL is read; no token goes along."""
    web.serve(URL, MARKDOWN, content_type="text/markdown")
    assert await web.load(URL) == ListText(URL, URL, MARKDOWN)
    (request,) = web.asked
    assert request.token is None
    assert "authorization" not in {name.lower() for name in request.headers}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed(web: Web, status: int) -> None:
    """A list that moved is read where it is now; relative addresses are understood."""
    web.serve(URL, status=status, location="/moved/best.md")
    web.serve("https://lists.example/moved/best.md", status=status, location="https://b.example/")
    web.serve("https://b.example/", MARKDOWN)
    assert await web.load(URL) == ListText(URL, URL, MARKDOWN)


@pytest.mark.parametrize(
    "location", ["file:///etc/passwd", "ftp://host/x", "http://[::1/", "mailto:a@b"]
)
async def test_redirects_away_from_the_web_are_refused(web: Web, location: str) -> None:
    """A redirect to what is no http(s) URL is followed nowhere."""
    web.serve(URL, status=302, location=location)
    with pytest.raises(ListError, match=r"redirects to .* no http"):
        await web.load(URL)
    assert len(web.asked) == 1


async def test_redirects_end(web: Web) -> None:
    """A ring of redirects is refused after a few."""
    web.serve(URL, status=302, location=URL)
    with pytest.raises(ListError, match="redirects more than 5 times"):
        await web.load(URL)
    assert len(web.asked) == 6


@pytest.mark.parametrize("status", [404, 410])
async def test_a_missing_url_is_a_bad_list(web: Web, status: int) -> None:
    """What is not there is the user's mistake: exit status 2."""
    web.serve(URL, status=status)
    with pytest.raises(ListError, match=f"does not exist .*{status}"):
        await web.load(URL)


@pytest.mark.parametrize("status", [204, 301, 304, 401, 403, 451])
async def test_other_refusals_are_a_bad_list(web: Web, status: int) -> None:
    """A server that gives no list for good is a bad list, with its status."""
    web.serve(URL, status=status)
    with pytest.raises(ListError, match=f"status {status}"):
        await web.load(URL)


@pytest.mark.parametrize("status", [408, 421, 425, 429, 500, 502, 503, 504])
async def test_a_server_in_trouble_may_be_asked_again(web: Web, status: int) -> None:
    """What may pass is an error of the attempt, and so retried."""
    web.serve(URL, status=status)
    with pytest.raises(BrokenAnswer, match=f"status {status}"):
        await web.load(URL)


async def test_an_unreachable_server_is_no_bad_list(web: Web) -> None:
    """What the door to the network says goes through as it is."""
    web.answers[URL] = Unreachable("lists.example", "no route")
    with pytest.raises(Unreachable):
        await web.load(URL)


@pytest.mark.parametrize(
    "page", ["<!DOCTYPE html><html>", "\n <!doctype HTML>", "\ufeff<html lang='en'>"]
)
async def test_a_web_page_is_no_list(web: Web, page: str) -> None:
    """Whoever gives the address of a rendered page is told what to give."""
    web.serve(URL, page, content_type="text/html; charset=utf-8")
    with pytest.raises(ListError, match="is a web page: give the address of its Markdown source"):
        await web.load(URL)


async def test_a_portal_is_no_list(web: Web) -> None:
    """A page on another server is told with its title and without what may be a key."""
    web.serve(URL, status=302, location="http://login.hotel.test/?to=s3cret")
    page = "<!DOCTYPE html><title>Log in</title>"
    web.serve("http://login.hotel.test/?to=s3cret", page, content_type="text/html")
    with pytest.raises(ListError, match=r"leads to login\.hotel\.test, .* \('Log in'\)") as caught:
        await web.load(URL)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "kind"), [(MARKDOWN, "text/html"), ("<!DOCTYPE html>\n" + MARKDOWN, "text/plain")]
)
async def test_markdown_with_html_in_it_is_a_list(web: Web, body: str, kind: str) -> None:
    """A server that mislabels Markdown, or a list that starts with HTML, is read all the same."""
    web.serve(URL, body, content_type=kind)
    assert (await web.load(URL)).text == body
