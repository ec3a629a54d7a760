"""Opening a conversation: everything its page shows, read in one query beside what is kept around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from harken.base import sql, statements
from harken.base.statements import slot
from harken.clocks.policy import rule_of
from harken.inbox.models import Conversation
from harken.inbox.permissions import conversations_visible_to
from harken.team.models import Agent
from harken.web import folding

from .looks import PLACE_ICON, beginning_of, initials_of, look_of, place_of, place_words
from .rows import row_language
from .surroundings import surroundings_of
from .thread_messages import reach_words
from .threads import Thread, thread_of
from .why import why_of
from .writing import composer_of

KEPT = "FROM web_keptthread k WHERE k.conversation_id = inbox_conversation.id AND k.language = %s AND k.version = inbox_conversation.version"  # fmt: skip
DRAFT = "FROM inbox_draft d WHERE d.conversation_id = inbox_conversation.id AND d.agent_id = %s ORDER BY d.saved_at DESC LIMIT 1"  # fmt: skip


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation with its thread and the reader's draft."""

    c: Conversation
    thread: Thread
    draft_mode: str
    draft_text: str


def open_conversation(agent: Agent, conversation_id: int) -> Opened | None:
    """The conversation if it is there and theirs; one query when its thread is kept, else it is rendered and kept."""
    language = translation.get_language() or "en"
    kept, agent_id = row_language(language), agent.pk

    def make() -> QuerySet[Any]:
        return (
            conversations_visible_to(agent)
            .filter(pk=slot())
            .select_related("channel", "brand", "handle", "person", "assignee__user", "team", "clock")
            .defer("channel__cursor", "channel__sealed", "assignee__user__password")
            .annotate(
                # fixed text; language and agent are parameters
                kept_html=RawSQL(f"SELECT k.html {KEPT}", [kept]),  # noqa: S611
                kept_facts=RawSQL(f"SELECT k.facts {KEPT}", [kept]),  # noqa: S611
                draft_mode=RawSQL(f"SELECT d.mode {DRAFT}", [agent_id]),  # noqa: S611
                draft_text=RawSQL(f"SELECT d.text {DRAFT}", [agent_id]),  # noqa: S611
            )
        )

    key = ("conversation", agent_id, agent.role, kept)
    c: Any = next(statements.objects(key, make, conversation_id), None)
    if c is None:
        return None
    found = (c.kept_html, sql.from_json(c.kept_facts)) if c.kept_html is not None else None
    return Opened(c, thread_of(c, found, language=language), c.draft_mode or "", c.draft_text or "")


def etag_of(c: Conversation) -> str:
    """What the open page is compared by: the version, and the place, which moves with time alone."""
    return f'"{c.pk}.{c.version}.{c.rank:.0f}.{translation.get_language()}"'


def page_of(
    agent: Agent, opened: Opened, *, back: str = "/desk/", said: str = "", said_bad: bool = False
) -> dict[str, Any]:
    """The context of the conversation's templates."""
    c, facts = opened.c, opened.thread.facts
    around = surroundings_of(agent)
    lookers = c.replies + c.boosts + c.likes
    network = str(look_of(c.channel).label)
    return {
        "c": c,
        "agent": agent,
        "thread": opened.thread.html,
        "etag": etag_of(c),
        "title": title_of(c, facts.get("opening", "")),
        "back": back,
        "place": place_of(c.is_public),
        "place_icon": PLACE_ICON[place_of(c.is_public)],
        "place_words": place_words(c.is_public, c.channel),
        "network": network,
        "source_url": facts.get("source", ""),
        "assigned_words": _("Taken care of by %(name)s") % {"name": c.assignee.name}
        if c.assignee
        else _("Nobody's: assign"),
        "assign_choices": around.part(
            "desk/_assign_choices.html",
            colleagues=[one for one in around.colleagues if one.id != agent.pk],
            teams=around.teams,
        ),
        "tag_choices": around.part("desk/_tag_choices.html", tags=around.tags),
        "snooze_choices": _snooze_html(),
        "clock": _clock(c),
        "why": why_of(c, facts),
        "may_need": not c.needs_answer and c.state != "closed" and facts.get("is_unanswered", False),
        "lookers": lookers,
        "lookers_words": reach_words(c.replies, c.boosts, c.likes),
        "leaving": _leaving(c, facts, agent, network),
        "approvals": _approvals(c, facts, agent, network),
        "w": composer_of(c, agent, mode=opened.draft_mode, text=opened.draft_text),
        "here": [],
        "person_name": person_name(c),
        "person_initials": initials_of(person_name(c)),
        "said": said,
        "said_bad": said_bad,
    }


def person_name(c: Conversation) -> str:
    """The customer's name as shown; the handle where no name is known."""
    return c.person.name or c.handle.name or c.handle.shown or c.handle.key


def title_of(c: Conversation, opening: str = "") -> str:
    """What the conversation is called: its subject, else how it began, else its newest message, else the person."""
    return c.subject or beginning_of(opening or c.preview) or person_name(c)


def _clock(c: Conversation) -> dict[str, Any] | None:
    clock = c.clock
    if (
        not c.needs_answer
        or clock is None
        or clock.state not in ("running", "paused")
        or clock.due_at is None
    ):
        return None
    return {
        "start": clock.started_at,
        "due": clock.due_at,
        "paused": _(clock.reason or "paused") if clock.state == "paused" else "",
        "answer_gone": _(clock.reason) if rule_of(clock.reason) == "answer_taken_away" else "",
    }


def _leaving(c: Conversation, facts: Mapping[str, Any], agent: Agent, network: str) -> list[dict[str, Any]]:
    """Replies of this reader that can still be taken back."""
    found = []
    for one in facts.get("leaving", ()):
        at = datetime.fromisoformat(one["at"])
        if one["author"] != agent.pk or at <= timezone.now():
            continue
        found.append(
            {
                "id": one["id"],
                "at": at,
                "whole": one["whole"],
                "place": place_of(one["is_public"]),
                "icon": PLACE_ICON[place_of(one["is_public"])],
                "words": _("Leaves for %(network)s") % {"network": network},
                "place_words": _("in public") if one["is_public"] else _("in private"),
            }
        )
    return found


def _approvals(c: Conversation, facts: Mapping[str, Any], agent: Agent, network: str) -> list[dict[str, Any]]:
    found = []
    for one in facts.get("approvals", ()):
        is_mine = one["author"] == agent.pk
        words = place_words(one["is_public"], c.channel)
        found.append(
            {
                "id": one["id"],
                "at": datetime.fromisoformat(one["at"]),
                "why": one["why"],
                "text": one["text"],
                "title": _("Waits for a second person.")
                if is_mine or not agent.is_lead
                else _("Please read and decide."),
                "writer_words": _("You wrote") if is_mine else _("%(name)s wrote") % {"name": one["name"]},
                "place": place_of(one["is_public"]),
                "place_icon": PLACE_ICON[place_of(one["is_public"])],
                "place_words": words,
                "approve_words": (
                    _("Approve, to leave in public")
                    if one["is_public"]
                    else _("Approve, to leave in private")
                ),
                "is_mine": is_mine,
                "may_decide": agent.is_lead and not is_mine,
            }
        )
    return found


def _snooze_html() -> SafeString:
    at = timezone.localtime()
    zone = str(timezone.get_current_timezone())
    return _snooze_part(translation.get_language() or "en", zone, at.replace(second=0, microsecond=0))


@lru_cache(maxsize=32)
def _snooze_part(language: str, zone: str, at: datetime) -> SafeString:
    return folding.fragment("desk/_snooze_choices.html", {"choices": snooze_choices(at)})


def snooze_choices(at: datetime) -> list[dict[str, str]]:
    """When a thing may be shown again; `value` is what the form sends (see snooze_moment)."""
    choices = [("3h", _("In three hours"))]
    if at.hour < 16:
        choices.append(("evening", _("This evening")))
    choices += [
        ("tomorrow", _("Tomorrow morning")),
        ("monday", _("Monday morning")),
        ("week", _("In a week")),
    ]
    return [
        {"value": value, "label": label, "at": date_format(moment, _("D H:i"))}
        for value, label in choices
        if (moment := snooze_moment(value, at)) is not None
    ]


def snooze_moment(value: str, at: datetime) -> datetime | None:
    """The moment a choice means, by the clock on the reader's wall; None for an unknown choice."""
    morning = at.replace(hour=9, minute=0, second=0, microsecond=0)
    if value == "3h":
        return (at.astimezone(UTC) + timedelta(hours=3)).astimezone(at.tzinfo)  # of time, not of the wall
    if value == "evening":
        return at.replace(hour=18, minute=0, second=0, microsecond=0)
    if value == "tomorrow":
        return morning + timedelta(days=1)
    if value == "monday":
        return morning + timedelta(days=7 - at.weekday())
    if value == "week":
        return morning + timedelta(days=7)
    return None
