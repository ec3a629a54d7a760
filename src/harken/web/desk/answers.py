"""What an act answers: the parts of the open conversation that changed, or the whole page where there is no script."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from harken.team.models import Agent
from harken.web import folding

from .reading import Opened, etag_of, open_conversation, page_of
from .writing import Composer


def acted(
    request: HttpRequest,
    conversation_id: int,
    act: str,
    *,
    said: str = "",
    is_refused: bool = False,
    composer: Composer | None = None,
    goes_next: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Show the conversation after an act.

    `said` is told in place (`is_refused`: nothing was done). With `composer` the dock is renewed as well; without it
    what is being typed stays untouched. `goes_next`: the page may open the next conversation.
    """
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    is_fragment = request.headers.get("HX-Request") == "true"
    if request.POST.get("from") == "list":
        if not is_refused:
            return HttpResponse(status=204)  # which has no body, whatever there would be to say
        return HttpResponse(said, status=409, content_type="text/plain; charset=utf-8")
    opened = open_conversation(agent, conversation_id)
    if opened is None:
        return gone(request, _("Done. This conversation is no longer among those you see."))
    if not is_fragment:
        if said:
            (messages.error if is_refused else messages.info)(request, said)
        return HttpResponseRedirect(f"/desk/c/{conversation_id}/")
    answer = HttpResponse(_parts(request, agent, opened, said, is_refused, composer), status=status)
    told = {"harken:acted": {"id": conversation_id, "act": act, "next": goes_next, "refused": is_refused}}
    answer["HX-Trigger-After-Settle"] = json.dumps(told)
    answer["ETag"] = etag_of(opened.c)
    return answer


def _parts(
    request: HttpRequest, agent: Agent, opened: Opened, said: str, is_refused: bool, composer: Composer | None
) -> str:
    page: dict[str, Any] = page_of(agent, opened, said=said, said_bad=is_refused)
    page["is_oob"] = True  # each part finds its own place: what the page renewed meanwhile does not matter
    names = ["desk/_head.html", "desk/_thread.html"]
    if composer is not None:
        page["w"] = composer
        names.append("desk/_dock.html")
    else:
        names += ["desk/_leaving.html", "desk/_approval.html", "desk/_read_version.html"]
    return "".join(folding.fragment(name, page, request) for name in names)


def gone(request: HttpRequest, said: str) -> HttpResponse:
    """Lead back to the list, with a word why."""
    messages.info(request, said)
    if request.headers.get("HX-Request") == "true":
        answer = HttpResponse(status=200)
        answer["HX-Redirect"] = "/desk/"
        return answer
    return HttpResponseRedirect("/desk/")
