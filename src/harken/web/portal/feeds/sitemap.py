"""For search engines: where everything that everybody may read is (sitemaps.org, 0.9), and what they may ask for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from harken.community.queries.newest import parts, public_spaces, topics_of_part
from harken.web.access import public
from harken.web.portal.framing import KEEP, absolute

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
# nothing to find there, or another page for each visit
NOT_ASKED = ("ask/", "join/", "suggest/", "search/", "me/", "notices/", "posts/", "history/", "look/")


@public
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The parts: one of places, one of every ten thousand topics with when something was last said in it."""
    listed = [_one("sitemap", "/sitemap-places.xml", None)]
    listed += [_one("sitemap", f"/sitemap-{number}.xml", last) for number, last in parts()]
    return _xml("sitemapindex", listed)


@public
@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """The home, the list of questions and the spaces."""
    spaces = public_spaces()
    paths = ["/community/", "/community/questions/", "/community/who-speaks/"] if spaces else []
    paths += [f"/community/s/{quote(space.slug)}/" for space in spaces]
    return _xml("urlset", (_one("url", path, None) for path in paths))


@public
@require_safe
def part(request: HttpRequest, part: int) -> HttpResponse:
    """Topics by their ids."""
    if part > 10**12:  # no database holds such an id
        raise Http404
    rows = topics_of_part(part)
    if not rows:
        raise Http404
    return _xml("urlset", (_one("url", f"/community/t/{pk}/{quote(slug)}/", last) for pk, slug, last in rows))


@public
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """The community is for everybody, the company's desk is not; without a public space there is nothing to find."""
    lines = ["User-agent: *"]
    if public_spaces():
        lines += ["Allow: /community/", "Allow: /static/", "Allow: /sitemap"]
        lines += [f"Disallow: /community/{name}" for name in NOT_ASKED]
    lines += ["Disallow: /", "", f"Sitemap: {absolute('/sitemap.xml')}", ""]
    return _kept("\n".join(lines), "text/plain; charset=utf-8")


def _one(kind: str, path: str, last: datetime | None) -> str:
    # a path is quoted: nothing in it means anything in XML but "&", which quote() writes as %26
    stamp = f"<lastmod>{last:%Y-%m-%dT%H:%M:%S+00:00}</lastmod>" if last else ""
    return f"<{kind}><loc>{absolute(path)}</loc>{stamp}</{kind}>"


def _xml(kind: str, listed: Iterable[str]) -> HttpResponse:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<{kind} xmlns="{NAMESPACE}">\n' + "\n".join(listed)
    return _kept(f"{body}\n</{kind}>\n", "application/xml; charset=utf-8")


def _kept(body: str, content_type: str) -> HttpResponse:
    answer = HttpResponse(body, content_type=content_type)
    answer[KEEP] = "list spaces"
    return answer
