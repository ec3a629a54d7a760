"""What the desk shows around the conversations: channels, teams, colleagues, counts. Read at most every few seconds.

Kept per agent in this process, so that a list or a conversation costs no query for it; a count may be a few
seconds old, a new colleague appears as late.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from harken.channels.models import Channel
from harken.community.queries.waiting import counting
from harken.inbox import lists
from harken.inbox.models import Tag
from harken.inbox.permissions import channels_visible_to
from harken.team.models import Agent, Team
from harken.web import folding

from .looks import VIEWS, View, look_of

KNOWN_FOR = 10.0  # seconds for names
COUNTED_FOR = 3.0  # seconds for counts
MOST_AGENTS = 500  # agents remembered in one process; the one seen longest ago goes first

_kept: OrderedDict[int, Surroundings] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Colleague:
    """An agent to assign to or to name in a note."""

    id: int
    user_id: int
    name: str
    initials: str


@dataclass(slots=True)
class Surroundings:
    """Everything of one agent's desk that is not a conversation."""

    agent_id: int
    role: str
    company: str
    channels: list[Channel]
    teams: list[Team]
    colleagues: list[Colleague]
    tags: list[str]
    read_at: float
    counts: dict[str, int] = field(default_factory=dict)
    counted_at: float = 0.0
    rendered: dict[tuple[Any, ...], SafeString] = field(
        default_factory=dict
    )  # parts that only depend on these

    def part(self, template: str, *differs_by: Any, **values: Any) -> SafeString:
        """A part of a page made of the surroundings, rendered once for each of what it differs by."""
        key = (template, translation.get_language(), *differs_by)
        found = self.rendered.get(key)
        if found is None:
            found = self.rendered[key] = folding.fragment(template, values)
        return found

    @property
    def channels_listening(self) -> int:
        return sum(
            channel.state == Channel.State.ACTIVE and not channel.is_archive for channel in self.channels
        )

    @property
    def troubled(self) -> list[Channel]:
        """Channels whose health asks for a person."""
        return [channel for channel in self.channels if channel.state == "broken" or channel.failing_since]


def surroundings_of(agent: Agent) -> Surroundings:
    """The agent's surroundings, at most KNOWN_FOR seconds old."""
    at = time.monotonic()
    with _lock:
        found = _kept.get(agent.pk)
        if found and at - found.read_at < KNOWN_FOR and found.role == agent.role:
            _kept.move_to_end(agent.pk)
            return found
    fresh = _read(agent, at)
    with _lock:
        if found:
            fresh.counts, fresh.counted_at = found.counts, found.counted_at
        _kept[agent.pk] = fresh
        _kept.move_to_end(agent.pk)
        while len(_kept) > MOST_AGENTS:
            _kept.popitem(last=False)
    return fresh


def forget_surroundings() -> None:
    """Read everything anew at the next question (after a change in the setup, and between tests)."""
    with _lock:
        _kept.clear()


def _read(agent: Agent, at: float) -> Surroundings:
    channels = list(channels_visible_to(agent).select_related("brand").order_by("name"))
    teams = list(Team.objects.order_by("name"))
    if not agent.is_lead:
        mine = set(agent.teams.values_list("pk", flat=True))
        teams = sorted(teams, key=lambda team: (team.pk not in mine, team.name))
    agents = (
        Agent.objects.filter(is_active=True, user__is_active=True)
        .select_related("user")
        .order_by("user__name")
    )
    # the brand with the most channels gives its name to the desk
    brands = [name for name, _count in Counter(channel.brand.name for channel in channels).most_common()]
    return Surroundings(
        agent_id=agent.pk,
        role=agent.role,
        company=brands[0] + (f" +{len(brands) - 1}" if len(brands) > 1 else "") if brands else "Harken",
        channels=channels,
        teams=teams,
        colleagues=[Colleague(one.pk, one.user_id, one.name, one.initials) for one in agents],
        tags=list(Tag.objects.order_by("name").values_list("name", flat=True)[:300]),
        read_at=at,
    )


def counts_of(agent: Agent) -> dict[str, int]:
    """How many are in each view of the rail, capped; at most COUNTED_FOR seconds old."""
    found = surroundings_of(agent)
    at = time.monotonic()
    if at - found.counted_at >= COUNTED_FOR:
        found.counts = lists.rail_counts(
            agent,
            [view.key for view in _counted_views(agent, found)],
            besides={"community": counting(agent, most=lists.MOST_COUNTED)},
        )
        found.counted_at = at
    return found.counts


def forget_counts(agent: Agent) -> None:
    """Count anew at the next question, after an act of this agent's."""
    surroundings_of(agent).counted_at = 0.0


def shown_count(number: int | None) -> str:
    """A count of the rail as it is shown: nothing for none, "99+" beyond what is counted."""
    if not number:
        return ""
    return f"{lists.MOST_COUNTED - 1}+" if number >= lists.MOST_COUNTED else str(number)


def _counted_views(agent: Agent, found: Surroundings) -> list[View]:
    first = ["needs", "mine", "mentions", "promised", *(["approve"] if agent.is_lead else []), "snoozed"]
    return [VIEWS[key] for key in (*first, "unknown", "refused")] + [_team_view(team) for team in found.teams]


def _team_view(team: Team) -> View:
    return View(f"team:{team.pk}", team.icon or "users", team.name, _("Nobody waits for this team."))


def _channel_view(channel: Channel) -> View:
    return View(
        f"channel:{channel.pk}",
        look_of(channel).icon,
        channel.name,
        _("Nothing came in here yet."),
    )


@dataclass(frozen=True, slots=True)
class Group:
    """Views of the rail under one heading."""

    title: str
    views: list[View]


@dataclass(frozen=True, slots=True)
class Rail:
    """The left pane."""

    company: str
    groups: list[Group]
    channels_listening: int


def rail_of(agent: Agent) -> Rail:
    """The rail with its counts."""
    found = surroundings_of(agent)
    counts = counts_of(agent)

    def counted(view: View, *, is_shown_empty: bool = True) -> View | None:
        count = counts.get(view.key)
        if not count and not is_shown_empty:
            return None
        return View(
            view.key,
            view.icon,
            view.label,
            view.empty,
            view.is_late,
            view.is_elsewhere,
            shown_count(count),
            view.href_of,
        )

    keys = [
        "needs",
        "mine",
        "mentions",
        "promised",
        *(["approve"] if agent.is_lead else []),
        "snoozed",
        "community",
    ]
    groups = [Group("", [counted(VIEWS[key]) or VIEWS[key] for key in keys])]
    stuck = [view for key in ("unknown", "refused") if (view := counted(VIEWS[key], is_shown_empty=False))]
    if stuck:
        groups.append(Group(_("Sending"), stuck))
    if found.teams:
        groups.append(
            Group(_("Teams"), [counted(_team_view(team)) or _team_view(team) for team in found.teams])
        )
    more = [VIEWS["closed"], VIEWS["all"]]
    if any(channel.purpose == Channel.Purpose.GUEST for channel in found.channels):
        more.append(View("guests", "ear", _("Other places"), "", is_elsewhere=True, href_of="/desk/guests/"))
    groups.append(Group(_("More"), more))
    if agent.is_lead:
        lead = [
            View("reports", "activity", _("First answers"), "", is_elsewhere=True, href_of="/reports/"),
            View(
                "solutions", "circle-check", _("Solutions"), "", is_elsewhere=True, href_of="/desk/solutions/"
            ),
            View("ledger", "scale", _("Ledger"), "", is_elsewhere=True, href_of="/ledger/"),
        ]
        if agent.is_admin:
            trouble = len(found.troubled)
            lead.append(
                View(
                    "channels", "radio", _("Channels"), "", trouble > 0, True,
                    str(trouble or len(found.channels) or ""), "/setup/channels/",
                )
            )  # fmt: skip
        groups.append(Group(_("Lead"), lead))
    return Rail(found.company, groups, found.channels_listening)


def rail_html(agent: Agent, view_key: str, *, theme: str) -> SafeString:
    """The rail as HTML; the same for an agent as long as its counts are."""
    found = surroundings_of(agent)
    counts = tuple(sorted(counts_of(agent).items()))
    key = ("rail", translation.get_language(), view_key, theme, counts)
    html = found.rendered.get(key)
    if html is None:
        values = {
            "rail": rail_of(agent),
            "listing": {"view": {"key": view_key}},
            "agent": agent,
            "theme": theme,
            "language": translation.get_language(),
        }
        html = found.rendered[key] = folding.fragment("desk/_views.html", values)
    return html


def view_named(key: str, agent: Agent) -> View | None:
    """The view behind a key of the address, among those this agent has; None if there is no such."""
    if key in VIEWS:
        return VIEWS[key]
    found = surroundings_of(agent)
    kind, _sep, number = key.partition(":")
    if not number.isdigit():
        return None
    if kind == "team":
        return next((_team_view(team) for team in found.teams if team.pk == int(number)), None)
    if kind == "channel":
        return next((_channel_view(c) for c in found.channels if c.pk == int(number)), None)
    return None
