"""What somebody says who was asked whether they know: "I can help", "not me", and why, if they like."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from harken.community.actions.responding import WHYS, decline, offer_help, say_why, take_back_decline
from harken.web.access import for_members

from .acts import act_and_return, topic_here, writer_of


@for_members
@require_POST
def help_with(request: HttpRequest, topic_id: int) -> HttpResponse:
    """“I can help”: leads to where one writes."""
    topic = topic_here(request, topic_id)
    return act_and_return(request, topic, lambda: offer_help(topic, by=writer_of(request)), anchor="write")


@for_members
@require_POST
def not_me(request: HttpRequest, topic_id: int) -> HttpResponse:
    """“Not me” (`do=no`), its undo (`back`), or why (`unknown`, `no_time`, `not_this`)."""
    topic = topic_here(request, topic_id)
    by, do = writer_of(request), request.POST.get("do", "")

    def act() -> object:
        if do == "back":
            return take_back_decline(topic, by=by)
        return say_why(topic, do, by=by) if do in WHYS else decline(topic, by=by)

    return act_and_return(request, topic, act, anchor="asked")
