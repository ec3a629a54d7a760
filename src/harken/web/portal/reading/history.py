"""What a post said before it was edited: every version, with what changed, by whom and why."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_safe

from harken.community.models import Post
from harken.community.permissions import posts_visible_to
from harken.community.queries.earlier import earlier_versions, with_versions
from harken.web.access import for_readers
from harken.web.knowing import LONG_KNOWN_FOR
from harken.web.portal.around import around_of
from harken.web.portal.framing import absolute, answer, as_member, reader
from harken.web.portal.looks import name_shown

MOST_VERSIONS = 50
MOST_WORDS = 4000  # of a text; beyond that both versions are shown whole, for comparing is quadratic
_PIECES = re.compile(r"\s+|\w+|[^\w\s]", re.UNICODE)


@dataclass(frozen=True, slots=True)
class Change:
    """One edit: what it took away and what it put in."""

    at: datetime
    name: str
    reason: str
    title: SafeString | str
    text: SafeString


@for_readers
@require_safe
def history(request: HttpRequest, post_id: int) -> HttpResponse:
    """The edits of one post, newest first. Who may read the post may read what it said."""
    posts = with_versions(posts_visible_to(as_member(request)).filter(pk=post_id))
    post = posts.select_related("topic", "author").first()
    if post is None:
        raise Http404
    kept, is_whole = earlier_versions(post, reader=as_member(request), limit=MOST_VERSIONS)
    is_opening = post.kind == Post.Kind.OPENING
    changes, title, text = [], post.topic.title if is_opening else "", post.text
    for one in kept:
        changes.append(
            Change(
                one.at,
                name_shown(one.by.name, one.by.state) if one.by else "",
                one.reason,
                difference(one.title, title) if is_opening and one.title != title else "",
                difference(one.text, text),
            )
        )
        title, text = one.title, one.text
    return answer(
        request,
        "portal/history.html",
        keep=(f"topic:{post.topic_id}", "spaces"),
        place="history",
        news_known_for=LONG_KNOWN_FOR,
        around=around_of(reader(request)),
        post=post,
        topic=post.topic,
        changes=changes,
        first=text,
        is_whole=is_whole,
        is_cut=len(kept) == MOST_VERSIONS,
        canonical=absolute(f"/community/history/{post.pk}/"),
    )


def difference(before: str, after: str) -> SafeString:
    """Both texts in one: what was taken away in <del>, what was put in in <ins>; everything escaped."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        return mark_safe(f"<del>{escape(before)}</del>\n<ins>{escape(after)}</ins>")  # noqa: S308 - escaped
    out: list[str] = []
    for what, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = escape("".join(old[a:b])), escape("".join(new[c:d]))
        if what == "equal":
            out.append(come)
            continue
        if gone:
            out.append(f"<del>{gone}</del>")
        if come:
            out.append(f"<ins>{come}</ins>")
    return mark_safe("".join(out))  # noqa: S308 - escaped above
