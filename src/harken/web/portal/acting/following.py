"""Following a space or a tag, and the page on which a member sees what they follow."""

from __future__ import annotations

from urllib.parse import quote

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from harken.community.actions.keeping import follow, unfollow
from harken.community.models import Following, Space, Tag
from harken.community.permissions import spaces_visible_to
from harken.community.queries.following import Followed, followed_by
from harken.web.access import for_members

from .acts import reader_of, writer_of

HERE = "/community/following/"


@for_members
@require_POST
def follow_space(request: HttpRequest, space_slug: str) -> HttpResponse:
    """Hear of each new topic in the space, or no more (`do=back`)."""
    found = spaces_visible_to(reader_of(request)).filter(slug=space_slug).first()
    if found is None:
        raise Http404
    _turn(request, found)
    return HttpResponseRedirect(f"/community/s/{quote(found.slug)}/")


@for_members
@require_POST
def follow_tag(request: HttpRequest, tag_name: str) -> HttpResponse:
    """Hear of each new topic under the tag, or no more (`do=back`)."""
    found = Tag.objects.filter(name=tag_name).first()
    if found is None:
        raise Http404
    _turn(request, found)
    return HttpResponseRedirect(f"/community/tags/{quote(found.name)}/")


def _turn(request: HttpRequest, thing: Space | Tag) -> None:
    by = writer_of(request)
    (unfollow if request.POST.get("do") == "back" else follow)(by, thing)


@for_members
@require_http_methods(["GET", "POST"])
def following(request: HttpRequest) -> HttpResponse:
    """What one follows, `?before=` an id for older topics; a post with `end` follows one thing no more."""
    member = request.member  # type: ignore[attr-defined]  # set by AccessMiddleware
    if request.method == "POST":
        wanted = _number(request.POST.get("end", ""))
        if member is not None and wanted is not None:
            Following.objects.filter(pk=wanted, member=member).delete()
        return HttpResponseRedirect(HERE)
    before = _number(request.GET.get("before", ""))
    found = followed_by(member, before=before) if member is not None else Followed([], [], None)
    return render(
        request, "portal/following.html", {"place": "me", "followed": found, "is_later": before is not None}
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 18 else None
