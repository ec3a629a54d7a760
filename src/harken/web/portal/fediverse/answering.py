"""JSON as the Fediverse takes it, and whether somebody asks for it."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from harken.web.accepting import asks_for_activity

ACTIVITY = "application/activity+json; charset=utf-8"
JRD = "application/jrd+json; charset=utf-8"


def answer_json(found: Any, *, content_type: str = ACTIVITY, status: int = 200) -> HttpResponse:
    """A document. Anybody may read it from any page, and keep it for a minute."""
    response = HttpResponse(json.dumps(found, ensure_ascii=False), content_type=content_type, status=status)
    response["Access-Control-Allow-Origin"] = "*"
    response["Cache-Control"] = "public, max-age=60"
    response["Vary"] = "Accept"
    return response


def lead_on(request: HttpRequest, path: str) -> HttpResponse | None:
    """Where a machine of the Fediverse asked for a page: to the document that stands behind it."""
    if not asks_for_activity(request.headers.get("Accept", "")):
        return None
    response = HttpResponseRedirect(path)
    response["Vary"] = "Accept"
    return response
