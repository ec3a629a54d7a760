"""The community's first page: search first, what waits, what is new, the spaces."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from harken.community.permissions import spaces_visible_to, topics_visible_to
from harken.web.access import for_readers

LATEST = 20


@for_readers
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The home of the community."""
    member = getattr(request, "member", None)
    page = {
        "place": "questions",
        "spaces": spaces_visible_to(member).order_by("position", "id"),
        "latest": topics_visible_to(member)
        .select_related("space", "author")
        .order_by("-last_at", "-id")[:LATEST],
    }
    return render(request, "portal/home.html", page)
