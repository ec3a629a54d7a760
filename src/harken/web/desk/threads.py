"""The messages of a conversation as HTML: rendered once per change, kept, and read back with the conversation.

Like a list row, a thread holds nothing of its reader: no names of theirs, no form tokens, no time of day.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import DatabaseError, transaction
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from harken.inbox import queries
from harken.inbox.intake.recount import COUNTING
from harken.inbox.models import Conversation, Message
from harken.web import folding
from harken.web.models import KeptThread

from .looks import PLACE_ICON, place_of
from .rows import row_language
from .thread_events import events_of
from .thread_messages import message_of, still_waits

log = logging.getLogger(__name__)

MOST_WORDS = 3  # that made a conversation urgent, shown under "why first"
SHOWN = 200  # messages of a conversation that are shown; older ones by search and export


@dataclass(frozen=True, slots=True)
class Thread:
    """A rendered thread and what the page needs to know beside it."""

    html: SafeString
    facts: dict[str, Any]


def thread_of(c: Conversation, kept: tuple[str, Any] | None, *, language: str) -> Thread:
    """The thread: as kept where that is still right, else rendered and kept. `kept` is (html, facts)."""
    if kept is not None and kept[0] is not None:
        return Thread(mark_safe(kept[0]), kept[1] or {})  # noqa: S308 - our own template's output
    messages = queries.messages_of(c, limit=SHOWN)
    with timezone.override(ZoneInfo(c.brand.zone)):  # the thread is everybody's: times by the brand's clock
        html = folding.fragment("desk/_message.html", {"things": list(_things(c, messages))})
    facts = _facts(c, messages)
    try:
        with transaction.atomic():
            KeptThread.objects.update_or_create(
                conversation=c,
                language=row_language(language),
                defaults={"version": c.version, "html": html, "facts": facts},
            )
    except DatabaseError as problem:  # a reader never waits or fails because the database is busy writing
        log.info("thread not kept this time: %s", problem)
    return Thread(mark_safe(html), facts)  # noqa: S308 - as above


def forget_old_threads(*, days: int = 14, now: datetime, limit: int = 2000) -> int:
    """Drop threads kept long ago: they are rendered again when somebody looks. Returns how many."""
    old = KeptThread.objects.filter(kept_at__lt=now - timedelta(days=days)).values_list("pk", flat=True)
    return KeptThread.objects.filter(pk__in=list(old[:limit])).delete()[0]


def _facts(c: Conversation, messages: list[Message]) -> dict[str, Any]:
    leaving, approvals, source, opening = [], [], "", ""
    urgent: dict[str, None] = {}
    for m in messages:
        if still_waits(c, m):
            urgent |= dict.fromkeys(_urgent_words(m))
        if m.direction == "in" and not opening:
            opening = m.text[:300]
        if m.direction == "in" and m.url and not source:
            source = m.url
        if m.dispatch is None:
            continue
        if m.dispatch.state == "queued" and m.dispatch.after_id is None:
            leaving.append(
                {
                    "id": m.pk,
                    "at": m.dispatch.not_before.isoformat(),
                    "whole": max(1, round((m.dispatch.not_before - m.happened_at).total_seconds())),
                    "is_public": m.is_public,
                    "author": m.author_id,
                }
            )
        approval = getattr(m, "approval", None)
        if m.dispatch.state == "held" and approval is not None and approval.state == "waiting":
            approvals.append(
                {
                    "id": m.pk,
                    "why": approval.why,
                    "at": approval.asked_at.isoformat(),
                    "text": m.text,
                    "author": m.author_id,
                    "name": m.author.name if m.author else "",
                    "is_public": m.is_public,
                }
            )
    return {
        "leaving": leaving,
        "approvals": approvals,
        "source": source,
        "opening": opening,
        "urgent_words": list(urgent)[:MOST_WORDS],
        "is_unanswered": _is_unanswered(messages),
    }


def _is_unanswered(messages: list[Message]) -> bool:
    """Whether the customer wrote something that no reply came after, needed or not."""
    replied = max(
        (
            m.happened_at
            for m in messages
            if m.direction == "out"
            and not m.is_automatic
            and (m.dispatch is None or m.dispatch.state in COUNTING)
        ),
        default=None,
    )
    return any(
        m.direction == "in" and m.deleted_at is None and (replied is None or m.happened_at > replied)
        for m in messages
    )


# ---- what stands in a thread, in order -------------------------------------------------------------------


def _things(c: Conversation, messages: list[Message]) -> Iterable[dict[str, Any]]:
    zone = ZoneInfo(c.brand.zone)
    told = events_of(c, since=messages[0].happened_at if len(messages) == SHOWN else None)
    things = [message_of(c, m) for m in messages if not _is_taken_back(m)]
    things += [_taken_back(m) for m in messages if _is_taken_back(m)] + told
    things.sort(key=lambda thing: (thing["at"], thing["kind"] != "event", thing.get("id", 0)))
    day, was_public = None, True
    for thing in things:
        this_day = thing["at"].astimezone(zone).date()
        if this_day != day:
            day = this_day
            yield {"kind": "day", "at": thing["at"]}
        if thing["kind"] == "message" and not thing["is_note"] and thing["is_public"] != was_public:
            if thing["is_public"] or thing is not things[0]:
                words = _("From here in public") if thing["is_public"] else _("From here in private")
                yield {
                    "kind": "event",
                    "icon": PLACE_ICON[place_of(thing["is_public"])],
                    "words": words,
                    "at": thing["at"],
                }
            was_public = thing["is_public"]
        yield thing


def _is_taken_back(m: Message) -> bool:
    approval = getattr(m, "approval", None)
    return bool(
        m.dispatch and m.dispatch.state == "cancelled" and (approval is None or approval.state != "returned")
    )


def _taken_back(m: Message) -> dict[str, Any]:
    words = _("%(name)s took a reply back; nothing left") % {"name": m.author.name if m.author else "Harken"}
    return {"kind": "event", "icon": "undo-2", "words": words, "at": m.happened_at}


def _urgent_words(m: Message) -> Iterable[str]:
    """The words of a message that made it urgent, as the judgement marked them."""
    said = f"{m.subject}\n{m.text}" if m.subject else m.text  # what was judged, see inbox.judging
    found = m.judgement.get("urgency") or {}
    for _reason, weight, spans in found.get("reasons") or ():
        if weight > 0:
            for start, end in spans:
                word = " ".join(said[start:end].split())
                if 1 < len(word) <= 40:
                    yield word.casefold()
