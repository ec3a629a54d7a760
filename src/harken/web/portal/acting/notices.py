"""What a member wants to know of: a calm list, each leading to its post."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_http_methods, require_safe

from harken.community.actions.notifying import see_notices
from harken.community.models import Notice, Post
from harken.community.permissions import topics_visible_to
from harken.community.queries.people import has_news
from harken.web.access import for_members

from .acts import address

PAGE = 40
ICONS = {
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
    page = {
        "place": "notices",
        "rows": rows[:PAGE],
        "has_news": member is not None and has_news(member.pk),  # also of what is not shown any more
        "older": rows[PAGE - 1].pk if len(rows) > PAGE else None,
    }
    return render(request, "portal/notices.html", page)


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
        Notice.objects.filter(pk=found.pk, seen_at=None).update(seen_at=now())
    if found.address or found.topic is None:
        return HttpResponseRedirect(found.address or "/community/notices/")
    return HttpResponseRedirect(address(found.topic, f"p{found.post_id}" if found.post_id else ""))
