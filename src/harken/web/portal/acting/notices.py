"""What a member wants to know of: a calm list, each leading to its post."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from harken.community.actions.notifying import see_notice, see_notices
from harken.community.models import Notice, Post, Topic
from harken.community.notice_words import words_of
from harken.community.permissions import posts_visible_to, topics_visible_to
from harken.community.queries.people import has_news
from harken.web.access import for_members

from .acts import address, reader_of, topic_here

PAGE = 40
ICONS = {
    "opened": "bell",
    "answered": "messages-square",
    "commented": "message-circle",
    "mentioned": "at-sign",
    "thanked": "heart",
    "solved": "circle-check",
    "outcome": "clipboard-check",
    "invited": "hand-heart",
    "travelled": "plane",
    "standing": "sprout",
    "decided": "scale",
    "waits": "hourglass",
    "idea": "lightbulb",
}


@for_members
@require_http_methods(["GET", "POST"])
def notices(request: HttpRequest) -> HttpResponse:
    """The newest first, `?before=` an id for older ones; a post marks all as seen."""
    member = request.member  # type: ignore[attr-defined]  # set by AccessMiddleware
    if request.method == "POST":
        if member is not None:
            see_notices(member)
        return HttpResponseRedirect("/community/notices/")
    rows = []
    if member is not None:
        found = (
            Notice.objects.filter(
                Q(topic=None) | Exists(topics_visible_to(member).filter(pk=OuterRef("topic_id"))),
                member=member,
            )
            .exclude(Q(post__state=Post.State.REMOVED) & ~Q(kind=Notice.Kind.DECIDED))
            .select_related("topic", "actor", "post")
            .order_by("-at", "-id")
        )
        before = request.GET.get("before", "")
        if before.isdecimal() and len(before) < 18:
            found = found.filter(pk__lt=int(before))
        rows = list(found[: PAGE + 1])
    for row in rows:
        row.icon = ICONS.get(row.kind, "bell")  # type: ignore[attr-defined]  # for the page
        row.words = words_of(row)
    page = {
        "place": "notices",
        "rows": rows[:PAGE],
        "has_news": member is not None and has_news(member.pk),  # also of what is not shown any more
        "older": rows[PAGE - 1].pk if len(rows) > PAGE else None,
    }
    return render(request, "portal/notices.html", page)


@for_members
@require_safe
def bell(request: HttpRequest) -> HttpResponse:
    """The bell as it is now, as a part of the page."""
    member = request.member  # type: ignore[attr-defined]  # as above
    return render(request, "portal/_bell.html", {"has_news": member is not None and has_news(member.pk)})


@for_members
@require_safe
def since(request: HttpRequest, topic_id: int) -> HttpResponse:
    """How many posts of others stand in a topic after the one with the id `?after=`, in words; 204 where there are none."""
    after = request.GET.get("after", "0")
    if not (after.isdecimal() and len(after) < 18):
        raise Http404
    topic = topic_here(request, topic_id)
    newer = posts_visible_to(reader_of(request)).filter(topic=topic, pk__gt=int(after))
    if request.member is not None:  # type: ignore[attr-defined]  # as above
        newer = newer.exclude(author=request.member)  # type: ignore[attr-defined]
    kinds = list(newer.exclude(kind=Post.Kind.OPENING).values_list("kind", flat=True)[:100])
    if not kinds:
        return HttpResponse(status=204)
    return render(request, "portal/_since.html", {"words": _new_words(kinds, topic)})


def _new_words(kinds: list[str], topic: Topic) -> str:
    if set(kinds) == {Post.Kind.COMMENT}:
        words = ngettext("%(n)s new comment", "%(n)s new comments", len(kinds))
    elif set(kinds) == {Post.Kind.ANSWER} and topic.kind == Topic.Kind.QUESTION:
        words = ngettext("%(n)s new answer", "%(n)s new answers", len(kinds))
    else:
        words = ngettext("%(n)s new post", "%(n)s new posts", len(kinds))
    return words % {"n": len(kinds)}


@for_members
@require_safe
def notice(request: HttpRequest, notice_id: int) -> HttpResponse:
    """Leads to what the notice is about, and marks it as seen."""
    member = request.member  # type: ignore[attr-defined]  # as above
    found = (
        Notice.objects.filter(pk=notice_id, member=member).select_related("topic").first() if member else None
    )
    if found is None:  # another's, or gone with its post
        return HttpResponseRedirect("/community/notices/")
    if request.method == "GET":
        see_notice(found)
    if found.address or found.topic is None:
        return HttpResponseRedirect(found.address or "/community/notices/")
    if not topics_visible_to(member).filter(pk=found.topic_id).exists():  # its title stands in its address
        return HttpResponseRedirect("/community/notices/")
    return HttpResponseRedirect(address(found.topic, f"p{found.post_id}" if found.post_id else ""))
