"""Search or do: acts on the open conversation, conversations by their words, people by their names, views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from harken.inbox import queries
from harken.inbox.models import Conversation
from harken.inbox.permissions import conversations_visible_to
from harken.team.models import Agent
from harken.web.access import for_agents

from .looks import VIEWS, network_of
from .reading import title_of
from .surroundings import surroundings_of

MOST = 6


@dataclass(frozen=True, slots=True)
class Hit:
    """One line: a link, or an act that is posted."""

    icon: str
    label: str
    detail: str = ""
    href: str = ""
    is_conversation: bool = False
    action: str = ""
    field: str = ""
    value: str = ""
    key: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Hits of one kind."""

    title: str
    hits: list[Hit]


@for_agents
@require_safe
def palette(request: HttpRequest) -> HttpResponse:
    """The hits for what was typed so far."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # set by AccessMiddleware
    words = request.GET.get("q", "").strip()[:100]
    open_id = request.GET.get("c", "")
    groups = []
    if open_id.isdigit():
        c = conversations_visible_to(agent).filter(pk=int(open_id)).first()
        if c is not None:
            groups.append(Group(_("For this conversation"), _acts(agent, c, words)))
    if words:
        groups.append(Group(_("Conversations"), _conversations(agent, words)))
        groups.append(Group(_("People"), _people(agent, words)))
    groups.append(Group(_("Views"), _views(agent, words)))
    page = {"groups": [group for group in groups if group.hits]}
    return HttpResponse(render_to_string("desk/_palette_hits.html", page))


def _fits(label: str, words: str) -> bool:
    label = label.casefold()
    return all(word in label for word in words.casefold().split())


def _acts(agent: Agent, c: Conversation, words: str) -> list[Hit]:
    address = f"/desk/c/{c.pk}/"
    acts = []
    if c.assignee_id != agent.pk:
        acts.append(
            Hit(
                "user-round-check",
                _("Take it"),
                action=f"{address}assign/",
                field="agent",
                value="me",
                key="A",
            )
        )
    if c.state == "open":
        acts.append(Hit("check", _("Close"), action=f"{address}close/", field="do", value="close", key="E"))
        acts.append(
            Hit(
                "alarm-clock", _("Snooze until tomorrow morning"), action=f"{address}snooze/", field="until",
                value="tomorrow", key="Z",
            )
        )  # fmt: skip
    else:
        acts.append(Hit("undo-2", _("Reopen"), action=f"{address}reopen/", field="do", value="reopen"))
    around = surroundings_of(agent)
    if words:
        for team in around.teams:
            label = _("Give to the team %(team)s") % {"team": team.name}
            acts.append(Hit("users", label, action=f"{address}assign/", field="team", value=str(team.pk)))
        for one in around.colleagues:
            if one.id != agent.pk:
                label = _("Give to %(name)s") % {"name": one.name}
                acts.append(
                    Hit("user-round", label, action=f"{address}assign/", field="agent", value=str(one.id))
                )
        for tag in around.tags:
            if tag not in c.tag_names:
                acts.append(
                    Hit(
                        "tag",
                        _("Tag “%(tag)s”") % {"tag": tag},
                        action=f"{address}tag/",
                        field="add",
                        value=tag,
                    )
                )
    return [act for act in acts if _fits(act.label, words)][:MOST]


def _conversations(agent: Agent, words: str) -> list[Hit]:
    rows = (
        queries.filtered(conversations_visible_to(agent), {"q": words})
        .select_related("person", "handle", "channel")
        .order_by("-last_message_at")[:MOST]
    )
    return [_hit(c) for c in rows]


def _hit(c: Conversation) -> Hit:
    name = c.person.name or c.handle.name or c.handle.shown
    return Hit(
        network_of(c.channel.connector).icon,
        name,
        f"“{title_of(c)}”",
        f"/desk/c/{c.pk}/",
        True,
        at=c.last_message_at,
    )


def _people(agent: Agent, words: str) -> list[Hit]:
    names = Q()
    for word in words.split():
        names &= (
            Q(person__name__icontains=word)
            | Q(handle__shown__icontains=word)
            | Q(handle__name__icontains=word)
        )
    rows = (
        conversations_visible_to(agent)
        .filter(names)
        .select_related("person", "handle", "channel")
        .order_by("-last_message_at")[: MOST * 3]
    )
    found: dict[int, Hit] = {}
    for c in rows:
        label = c.person.name or c.handle.name or c.handle.shown
        found.setdefault(c.person_id, Hit("user-round", label, c.handle.shown, f"/people/{c.person_id}/"))
    return list(found.values())[:MOST]


def _views(agent: Agent, words: str) -> list[Hit]:
    found = [Hit(view.icon, str(view.label), href=view.href) for view in VIEWS.values()]
    around = surroundings_of(agent)
    found += [Hit("users", team.name, href=f"/desk/?view=team:{team.pk}") for team in around.teams]
    if words:
        found += [
            Hit(network_of(one.connector).icon, one.name, href=f"/desk/?view=channel:{one.pk}")
            for one in around.channels
        ]
    return [hit for hit in found if _fits(hit.label, words)][: MOST if words else 4]
