"""An answer that travelled and was changed or taken away afterwards: what the desk offers, and carrying the edit."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from harken.inbox.actions.amending import may_amend
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.permissions import conversations_visible_to
from harken.team.models import Agent
from harken.travel.actions.following import carry_edit, text_to_carry
from harken.travel.models import Trip
from harken.web.access import for_agents

from .looks import look_of


def carry_part(trip: Trip) -> dict[str, Any]:
    """What the conversation's community page says of an answer that was changed since it travelled; empty if nothing."""
    network = str(look_of(trip.conversation.channel).label)
    words = {
        Trip.Withdrawal.DONE: _("The answer was taken away in the community, and on %(network)s too."),
        Trip.Withdrawal.WAITING: _("The answer was taken away in the community; on %(network)s it is being taken away."),
        Trip.Withdrawal.BY_HAND: _(
            "The answer was taken away in the community, and its copy on %(network)s could not be taken away by Harken. "
            "Take it away by hand if the network lets you, or write to the customer that it no longer holds."
        ),
    }  # fmt: skip
    if trip.withdrawal:
        said = words[Trip.Withdrawal(trip.withdrawal)] % {"network": network}
        return {"gone": said, "is_bad": trip.withdrawal == Trip.Withdrawal.BY_HAND, "reply": trip.reply_id}
    text = text_to_carry(trip)
    if not text or trip.reply is None:
        return {}
    return {
        "text": text,
        "before": trip.reply.text,
        "network": network,
        "may_edit": "edit" in may_amend(trip.reply),
        "key": secrets.token_hex(12),
    }


@for_agents
@require_POST
def carry(request: HttpRequest, conversation_id: int) -> HttpResponse:
    """Carry the edit of an answer to where the question was asked, as it was previewed."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    trip = (
        Trip.objects.filter(conversation__in=conversations_visible_to(agent).filter(pk=conversation_id))
        .exclude(state=Trip.State.ENDED)
        .select_related(
            "topic", "conversation__channel", "conversation__brand", "answer__author", "reply__dispatch"
        )
        .order_by("-opened_at")
        .first()
    )
    if trip is None:
        raise Http404
    text = request.POST.get("text", "").replace("\r\n", "\n")
    try:
        carry_edit(trip, by=agent, text=text, request_key=request.POST.get("key", ""))
    except (NotAllowed, ValueError) as why:
        messages.error(request, _(str(why)))
    else:
        messages.info(
            request, _("The edit leaves in a moment. It can be taken back at the reply until then.")
        )
    return HttpResponseRedirect(f"/desk/c/{conversation_id}/community/")
