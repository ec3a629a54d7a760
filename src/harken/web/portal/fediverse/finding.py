"""How a server finds a space by its handle (WebFinger, RFC 7033), and what it is told of this install (NodeInfo 2.1)."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

import harken
from harken.federation import queries
from harken.federation.documents import finger
from harken.web.access import public

from .answering import JRD, answer_json

NODEINFO = "http://nodeinfo.diaspora.software/ns/schema/2.1"


@public
@require_safe
def webfinger(request: HttpRequest) -> HttpResponse:
    """Whom a handle stands for; 400 where none is asked for."""
    resource = request.GET.get("resource", "")
    if not resource or len(resource) > 500:
        return answer_json({"error": "Ask for a resource."}, content_type=JRD, status=400)
    found = queries.actor_named(resource)
    if found is None:
        raise Http404
    return answer_json(finger(found), content_type=JRD)


@public
@require_safe
def nodeinfo(request: HttpRequest) -> HttpResponse:
    """Where NodeInfo stands; nowhere while no space can be followed."""
    if not queries.actors().exists():
        raise Http404
    href = f"{settings.PUBLIC_URL.rstrip('/')}/nodeinfo/2.1"
    return answer_json(
        {"links": [{"rel": NODEINFO, "href": href}]}, content_type="application/json; charset=utf-8"
    )


@public
@require_safe
def nodeinfo_21(request: HttpRequest) -> HttpResponse:
    """What runs here and how much is said."""
    if not queries.actors().exists():
        raise Http404
    found = {
        "version": "2.1",
        "software": {"name": "harken", "version": harken.__version__},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": ["atom1.0"]},
        "openRegistrations": True,
        "usage": queries.node_figures(),
        "metadata": {},
    }
    return answer_json(found, content_type=f'application/json; profile="{NODEINFO}#"; charset=utf-8')
