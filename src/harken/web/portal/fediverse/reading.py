"""Spaces, posts and topics as documents of ActivityPub. Nobody signs in here: what is shown, anybody may read."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from harken.federation import queries
from harken.federation.documents import actor_document
from harken.federation.models import SpaceActor
from harken.web.access import public

from .answering import answer_json


@public
@require_safe
def actor(request: HttpRequest, space_id: int) -> HttpResponse:
    """A space that can be followed."""
    return answer_json(actor_document(_actor(space_id)))


@public
@require_safe
def outbox(request: HttpRequest, space_id: int) -> HttpResponse:
    """What it has said; `page`: before which id, 0 the newest."""
    page = request.GET.get("page")
    if page is not None and not (page.isascii() and page.isdigit() and len(page) < 18):
        raise Http404
    return answer_json(queries.outbox(_actor(space_id), None if page is None else int(page)))


@public
@require_safe
def followers(request: HttpRequest, space_id: int) -> HttpResponse:
    """How many follow it."""
    return answer_json(queries.followers(_actor(space_id)))


@public
@require_safe
def post(request: HttpRequest, post_id: int) -> HttpResponse:
    """One post; 410 with a tombstone where it was taken back."""
    found = queries.post_document(post_id)
    if found is None:
        raise Http404
    return answer_json(found, status=410 if found["type"] == "Tombstone" else 200)


@public
@require_safe
def topic(request: HttpRequest, topic_id: int) -> HttpResponse:
    """Everything said in a topic."""
    found = queries.topic_collection(topic_id)
    if found is None:
        raise Http404
    return answer_json(found)


def _actor(space_id: int) -> SpaceActor:
    found = queries.actor_of_space(space_id)
    if found is None:
        raise Http404
    return found
