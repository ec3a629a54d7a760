"""Changing what has left: one page for a message of ours, with what can be done to it and what became of that."""

from __future__ import annotations

import secrets
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from harken.channels import dispatching
from harken.channels.account import connector_of
from harken.channels.contract import NotThere, Sent
from harken.channels.models import Dispatch
from harken.inbox.actions import amending
from harken.inbox.actions.changing import NotAllowed
from harken.inbox.models import Amendment, Message
from harken.inbox.permissions import messages_visible_to
from harken.team.models import Agent
from harken.web.access import for_agents

from .looks import FATES, look_of, place_of, place_words

REFUSALS = (NotAllowed, ValueError)


@for_agents
@require_http_methods(["GET", "POST"])
def amend(request: HttpRequest, message_id: int) -> HttpResponse:
    """The message and its changes. A POST edits, deletes, or decides about a change ("do")."""
    me: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    m = (
        messages_visible_to(me)
        .filter(pk=message_id, direction=Message.Direction.OUT)
        .select_related(
            "dispatch", "author__user", "conversation__channel", "conversation__brand", "conversation__person"
        )
        .first()
    )
    if m is None:
        raise Http404
    if request.method == "GET":
        return _page(request, m)
    do, text = request.POST.get("do", ""), request.POST.get("text", "").replace("\r\n", "\n")
    key = request.POST.get("key", "")
    try:
        if do == "edit":
            amending.edit_sent(m, by=me, text=text, request_key=key)
            said = _("The edit leaves in a moment. Until then it can be taken back here.")
        elif do == "delete":
            if request.POST.get("sure") != "1":
                raise NotAllowed("Tick that it shall be gone, then take it away.")
            amending.delete_sent(m, by=me, request_key=key)
            said = _("It is taken away in a moment. Until then that can be taken back here.")
        else:
            said = _about(request, m, do)
    except REFUSALS as why:
        return _page(request, m, text=text if do == "edit" else None, problem=_(str(why)), status=422)
    messages.info(request, said)
    return HttpResponseRedirect(f"/desk/m/{m.pk}/amend/")


def _about(request: HttpRequest, m: Message, do: str) -> str:
    """Do what is asked about one change. Raises NotAllowed."""
    me: Agent = request.agent  # type: ignore[attr-defined]  # as above
    number = request.POST.get("change", "")
    change = (
        Amendment.objects.filter(message=m, pk=number).select_related("message", "dispatch").first()
        if number.isdigit()
        else None
    )
    if change is None:
        raise Http404
    if do == "approve":
        amending.approve_amendment(change, by=me)
        return str(_("Approved. It leaves in a moment."))
    if do == "return":
        amending.return_amendment(change, by=me, comment=request.POST.get("comment", ""))
        return str(_("Given back. The message stays as it is."))
    if do == "undo":
        if not amending.take_back_amendment(change, by=me):
            raise NotAllowed("It has left already.")
        return str(_("Taken back. The message stays as it is."))
    if do == "look":
        found = dispatching.look_now(change.dispatch_id)
        if isinstance(found, Sent):
            return str(_("It is there: settled as sent."))
        if isinstance(found, NotThere):
            return str(_("The network shows the message as it was. If you are sure, try again."))
        return str(_("The network could not be asked: %(reason)s") % {"reason": found.reason})
    decide = {
        "arrived": dispatching.decide_it_arrived,
        "again": dispatching.send_again,
        "give-up": dispatching.give_up,
    }.get(do)
    if decide is None:
        raise Http404
    if not decide(change.dispatch_id, actor_id=me.user_id):
        raise NotAllowed("Somebody decided on it already.")
    return str(_("Done."))


def _page(
    request: HttpRequest, m: Message, *, text: str | None = None, problem: str = "", status: int = 200
) -> HttpResponse:
    me: Agent = request.agent  # type: ignore[attr-defined]  # as above
    c = m.conversation
    may = amending.may_amend(m)
    connector = connector_of(c.channel)
    page: dict[str, Any] = {
        "m": m,
        "c": c,
        "place": "desk",
        "network": look_of(c.channel).label,
        "where": place_of(m.is_public),
        "where_words": place_words(m.is_public, c.channel),
        "name": m.author.name if m.author else c.brand.name,
        "may_edit": "edit" in may,
        "may_delete": "delete" in may,
        "cannot": _(amending.CANNOT[amending.EDIT]),
        "text": m.text if text is None else text,
        "limit": connector.limits().text if "edit" in may else 0,
        "key": secrets.token_hex(12),
        "problem": problem,
        "changes": [_change(one, me) for one in _changes(m)],
    }
    return render(request, "desk/amend.html", page, status=status)


def _changes(m: Message) -> list[Amendment]:
    return list(
        Amendment.objects.filter(message=m)
        .select_related("dispatch", "by__user", "decided_by__user")
        .order_by("-at", "-id")[:20]
    )


def _change(one: Amendment, me: Agent) -> dict[str, Any]:
    state = one.dispatch.state
    icon, fate, words = FATES[state]
    if state == Dispatch.State.CANCELLED and one.comment:
        by = one.decided_by.name if one.decided_by else _("a lead")
        words = _("Returned by %(name)s: %(comment)s") % {"name": by, "comment": one.comment}
    return {
        "id": one.pk,
        "is_edit": one.kind == Amendment.Kind.EDIT,
        "text": one.text,
        "at": one.at,
        "by": one.by.name if one.by else _("Harken, by itself"),
        "reason": one.reason,
        "why": one.why,
        "icon": icon,
        "fate": fate,
        "words": words,
        "settled_at": one.dispatch.settled_at if state == "sent" else None,
        "problem": one.dispatch.reason,
        "advice": one.dispatch.what_to_do,
        "may_decide": state == "held" and amending.may_decide(me, one),
        "may_undo": state in ("held", "queued"),
        "is_unknown": state == "unknown",
        "is_refused": state == "refused",
    }
