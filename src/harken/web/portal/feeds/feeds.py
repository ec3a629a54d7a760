"""What is new, for feed readers: Atom (RFC 4287) and JSON Feed 1.1, of everything and of a space.

The same for everybody, signed in or not: what everybody may read. Kept by the front like the pages.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from harken.community.models import Post, Space, Topic
from harken.community.permissions import spaces_visible_to
from harken.community.queries.newest import newest_topics
from harken.community.queries.readers import NOBODY
from harken.community.texts import with_whole_addresses
from harken.web.access import public
from harken.web.portal.around import around_of
from harken.web.portal.framing import KEEP, absolute

COUNT = 30  # topics in a feed
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no XML holds these (XML 1.0, 2.2)


@public
@require_safe
def atom(request: HttpRequest, space_slug: str = "") -> HttpResponse:
    """The newest topics as Atom."""
    space = _space(space_slug)
    rows = newest_topics(space, count=COUNT)
    feed = Atom1Feed(
        title=clean(_title(space)),
        link=_home(space),
        description=clean(space.intro if space else ""),
        language=get_language(),
        feed_url=f"{_home(space)}feed.atom",
        feed_guid=_home(space),
    )
    for topic, opening in rows:
        feed.add_item(
            title=clean(topic.title),
            link=_address(topic),
            description=clean(with_whole_addresses(opening.html, absolute(""))),
            author_name=clean(topic.author.name),
            author_link=absolute(f"/community/p/{quote(topic.author.slug)}/"),
            unique_id=absolute(f"/community/t/{topic.pk}/"),
            pubdate=topic.created_at,
            updateddate=_changed(topic, opening),
            categories=[clean(name) for name in topic.tag_names],
        )
    if (
        not rows
    ):  # a feed says when it was updated, also an empty one: always the same, so that it can be told apart
        feed.latest_post_date = lambda: space.created_at if space else NEVER  # type: ignore[method-assign]
    return _kept(feed.writeString("utf-8"), "application/atom+xml; charset=utf-8", space)


@public
@require_safe
def json_feed(request: HttpRequest, space_slug: str = "") -> HttpResponse:
    """The newest topics as JSON Feed."""
    space = _space(space_slug)
    items = [
        {
            "id": absolute(f"/community/t/{topic.pk}/"),
            "url": _address(topic),
            "title": topic.title,
            "content_html": with_whole_addresses(opening.html, absolute("")),
            "summary": topic.gist,
            "date_published": topic.created_at.isoformat(),
            "date_modified": _changed(topic, opening).isoformat(),
            "authors": [
                {"name": topic.author.name, "url": absolute(f"/community/p/{quote(topic.author.slug)}/")}
            ],
            "tags": topic.tag_names,
        }
        for topic, opening in newest_topics(space, count=COUNT)
    ]
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(space),
        "home_page_url": _home(space),
        "feed_url": f"{_home(space)}feed.json",
        "language": get_language(),
        "items": items,
    }
    if space and space.intro:
        feed["description"] = space.intro
    return _kept(json.dumps(feed, ensure_ascii=False), "application/feed+json; charset=utf-8", space)


def _space(slug: str) -> Space | None:
    """The space of that address; 404 where not everybody may read it."""
    if not slug:
        return None
    found = spaces_visible_to(None).filter(slug=slug).first()
    if found is None:
        raise Http404
    return found


def _title(space: Space | None) -> str:
    company = around_of(NOBODY).company
    if space is None:
        return _("Questions at %(company)s") % {"company": company}
    return _("%(space)s at %(company)s") % {"space": space.name, "company": company}


def _home(space: Space | None) -> str:
    return absolute(f"/community/s/{quote(space.slug)}/" if space else "/community/")


def _address(topic: Topic) -> str:
    return absolute(f"/community/t/{topic.pk}/{quote(topic.slug)}/")


def _changed(topic: Topic, opening: Post) -> datetime:
    """When what the feed shows of it was changed: an answer is no change of the question."""
    return opening.edited_at or topic.created_at


def clean(text: str) -> str:
    """Without the characters that no XML holds."""
    return _NOT_XML.sub("", text)


def _kept(body: str, content_type: str, space: Space | None) -> HttpResponse:
    answer = HttpResponse(body, content_type=content_type)
    answer[KEEP] = f"space:{space.pk} spaces" if space else "list spaces"
    return answer
