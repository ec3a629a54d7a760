"""Search or do: acts on the open conversation, conversations by their words, people by their names, views."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from harken.inbox import lists, queries
from harken.inbox.models import Conversation
from harken.inbox.permissions import conversations_visible_to
from harken.people.queries import handles_named
from harken.team.models import Agent
from harken.web import folding
from harken.web.access import for_agents

from .looks import VIEWS, look_of
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
    return HttpResponse(folding.fragment("desk/_palette_hits.html", page))


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
    if c.needs_answer and not c.is_archive:
        label = _("Needs no answer")
        acts.append(Hit("circle-dashed", label, action=f"{address}need/", field="needs", value="no", key="X"))
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
    found = lists.search_page(agent, words, {}, language="", size=MOST)
    by_id = {c.pk: c for c in queries.for_rows([row.id for row in found.rows])}
    return [_hit(by_id[row.id]) for row in found.rows if row.id in by_id]


def _hit(c: Conversation) -> Hit:
    return Hit(
        look_of(c.channel).icon,
        c.person.name or c.handle.name or c.handle.shown,
        f"“{title_of(c)}”",
        f"/desk/c/{c.pk}/",
        True,
        at=c.last_message_at,
    )


def _people(agent: Agent, words: str) -> list[Hit]:
    """People by name or handle, the latest first, among those whom this agent may know."""
    handles = handles_named(words, limit=MOST * 5)
    known = set(
        conversations_visible_to(agent)
        .filter(person__in={handle.person_id for handle in handles})
        .values_list("person_id", flat=True)
    )
    found: dict[int, Hit] = {}
    for handle in handles:
        if handle.person_id in known:
            label = handle.person.name or handle.name or handle.shown
            found.setdefault(
                handle.person_id, Hit("user-round", label, handle.shown, f"/people/{handle.person_id}/")
            )
    return list(found.values())[:MOST]


def _views(agent: Agent, words: str) -> list[Hit]:
    found = [Hit(view.icon, str(view.label), href=view.href) for view in VIEWS.values()]
    around = surroundings_of(agent)
    found += [Hit("users", team.name, href=f"/desk/?view=team:{team.pk}") for team in around.teams]
    if words:
        found += [
            Hit(look_of(one).icon, one.name, href=f"/desk/?view=channel:{one.pk}") for one in around.channels
        ]
    return [hit for hit in found if _fits(hit.label, words)][: MOST if words else 4]
