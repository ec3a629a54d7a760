"""What the team did with a conversation, as single lines of its thread."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from harken.base.joints import joined
from harken.base.models import Event
from harken.inbox.models import Conversation
from harken.team.models import Agent, Team

TOLD = (
    "ConversationAssigned", "ConversationTagged", "ConversationSnoozed", "ConversationPromised",
    "ConversationClosed", "ConversationReopened", "NeedCorrected",
)  # fmt: skip


def events_of(c: Conversation, *, since: datetime | None) -> list[dict[str, Any]]:
    """What the team did with the conversation, as single lines."""
    rows = Event.objects.filter(subject_kind="conversation", subject_id=c.pk, kind__in=TOLD)
    if since is not None:
        rows = rows.filter(at__gte=since)
    events = list(rows.order_by("-id")[:100])
    if not events:
        return []
    agents = {a.pk: a for a in Agent.objects.select_related("user")} if events else {}
    by_user = {a.user_id: a.name for a in agents.values()}
    teams = dict(Team.objects.values_list("pk", "name"))
    told = []
    for event in reversed(events):
        who = by_user.get(event.actor_id or 0, "Harken")
        icon, words = _words(event, who, {pk: a.name for pk, a in agents.items()}, teams)
        if words:
            told.append({"kind": "event", "icon": icon, "words": words, "at": event.at})
    return told


def _words(event: Event, who: str, agents: dict[int, str], teams: dict[int, str]) -> tuple[str, str]:
    data = event.data
    if event.kind == "ConversationAssigned":
        to = agents.get(data.get("agent_id") or 0)
        team = teams.get(data.get("team_id") or 0)
        if to and to == who:
            return "user-round-check", _("%(who)s took it") % {"who": who}
        if to:
            return "user-round-check", _("%(who)s gave it to %(to)s") % {"who": who, "to": to}
        if team:
            return "users", _("%(who)s gave it to the team %(team)s") % {"who": who, "team": team}
        return "user-round-x", _("%(who)s gave it back: nobody's") % {"who": who}
    if event.kind == "ConversationTagged":
        tags = joined(data.get("tags") or [])
        return "tag", (_("%(who)s set the tags: %(tags)s") if tags else _("%(who)s took all tags off")) % {
            "who": who,
            "tags": tags,
        }
    if event.kind == "ConversationSnoozed":
        return "alarm-clock", _("%(who)s put it aside until %(at)s") % {
            "who": who,
            "at": _moment(data["until"]),
        }
    if event.kind == "ConversationPromised":
        if not data.get("until"):
            return "handshake", _("%(who)s took the promise back") % {"who": who}
        words = _("%(who)s promised to be back by %(at)s")
        return "handshake", words % {"who": who, "at": _moment(data["until"])}
    if event.kind == "NeedCorrected":
        if data.get("needs"):
            return "inbox", _("%(who)s said that it needs an answer") % {"who": who}
        return "circle-dashed", _("%(who)s said that it needs no answer") % {"who": who}
    if event.kind == "ConversationClosed":
        if data.get("was_answered"):
            return "check", _("%(who)s closed it") % {"who": who}
        return "check", _("%(who)s closed it without an answer") % {"who": who}
    why = data.get("why") or ""
    if why in ("", "by hand"):
        return "undo-2", _("%(who)s opened it again") % {"who": who}
    return "undo-2", _("Open again: %(why)s") % {"why": why}


def _moment(iso: str) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(iso)), _("j M, H:i"))
