"""One topic: what was asked, what was answered, what solved it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.views.decorators.http import require_safe

from harken.community.permissions import may_in, posts_visible_to, topics_visible_to
from harken.community.queries.mine import mine_in
from harken.web.access import for_readers


@for_readers
@require_safe
def topic(request: HttpRequest, topic_id: int, topic_slug: str) -> HttpResponse:
    """A topic with its posts; an old title in the address leads to the one it has now."""
    member = getattr(request, "member", None)
    found = topics_visible_to(member).select_related("space", "author").filter(pk=topic_id).first()
    if found is None:
        raise Http404
    if found.slug != topic_slug:
        return HttpResponsePermanentRedirect(f"/community/t/{found.pk}/{found.slug}/")
    posts = posts_visible_to(member).filter(topic=found).select_related("author").order_by("created_at", "id")
    page = {
        "place": "questions",
        "topic": found,
        "posts": posts,
        "mine": mine_in(found, member),
        "may": may_in(found, member, agent=getattr(request, "agent", None)),
    }
    return render(request, "portal/topic.html", page)
