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
# Comparing is quadratic: words, signs and gaps that are compared, of one version (about 0.1 s at worst) and of one page;
# beyond that both versions are shown whole.
MOST_COMPARED = 1000
MOST_ON_A_PAGE = 5000
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
    left = MOST_ON_A_PAGE
    for one in kept:
        shown, compared = difference(one.text, text, most=min(left, MOST_COMPARED))
        left -= compared
        changes.append(
            Change(
                one.at,
                name_shown(one.by.name, one.by.state) if one.by else "",
                one.reason,
                difference(one.title, title)[0] if is_opening and one.title != title else "",
                shown,
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


def difference(before: str, after: str, *, most: int = MOST_COMPARED) -> tuple[SafeString, int]:
    """Both texts in one: what was taken away in <del>, what was put in in <ins>; everything escaped. And how many words,
    signs and gaps were compared: those between the same beginning and the same end, if there are not more than `most`."""
    old, new = _PIECES.findall(before), _PIECES.findall(after)
    shorter = min(len(old), len(new))
    begun = next((n for n in range(shorter) if old[n] != new[n]), shorter)
    ended = next((n for n in range(shorter - begun) if old[-1 - n] != new[-1 - n]), shorter - begun)
    first, last = new[:begun], new[len(new) - ended :]
    old, new = old[begun : len(old) - ended], new[begun : len(new) - ended]
    compared = max(len(old), len(new)) if old and new else 0
    out = [escape("".join(first))]
    if compared > most:
        out.append(f"<del>{escape(''.join(old))}</del>\n<ins>{escape(''.join(new))}</ins>")
        compared = 0
    else:
        for what, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            gone, come = escape("".join(old[a:b])), escape("".join(new[c:d]))
            if what == "equal":
                out.append(come)
                continue
            if gone:
                out.append(f"<del>{gone}</del>")
            if come:
                out.append(f"<ins>{come}</ins>")
    out.append(escape("".join(last)))
    return mark_safe("".join(out)), compared  # noqa: S308 - escaped above
