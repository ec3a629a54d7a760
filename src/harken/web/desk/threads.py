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
from django.utils.formats import date_format
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from harken.base.models import Event
from harken.channels.contract import Ability
from harken.channels.files import PICTURES
from harken.inbox import queries
from harken.inbox.intake.recount import COUNTING
from harken.inbox.models import Conversation, Message
from harken.team.models import Agent, Team
from harken.web import folding
from harken.web.models import KeptThread

from .looks import FATES, PLACE_ICON, initials_of, is_always_private, look_of, manifest_of, place_of
from .rows import row_language
from .texts import body_html

log = logging.getLogger(__name__)

MOST_WORDS = 3  # that made a conversation urgent, shown under "why first"
SHOWN = 200  # messages of a conversation that are shown; older ones by search and export
TOLD = (
    "ConversationAssigned", "ConversationTagged", "ConversationSnoozed", "ConversationPromised",
    "ConversationClosed", "ConversationReopened", "NeedCorrected",
)  # fmt: skip


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
        if _is_waiting(c, m):
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
    told = _told(c, since=messages[0].happened_at if len(messages) == SHOWN else None)
    things = [_message(c, m) for m in messages if not _is_taken_back(m)]
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


def _message(c: Conversation, m: Message) -> dict[str, Any]:
    is_note, is_in = m.direction == "note", m.direction == "in"
    is_aside = is_in and m.handle_id not in (None, c.handle_id)
    who, who_words, name = _speaker(c, m, is_aside=is_aside)
    is_waiting = _is_waiting(c, m)
    approval = getattr(m, "approval", None)
    is_returned = approval is not None and approval.state == "returned"
    look = [
        "aside" if is_aside else "", "ours" if m.direction == "out" else "", "inside" if is_note else "",
        "automatic" if m.is_automatic else "", "unanswered" if is_waiting else "", "gone" if m.deleted_at else "",
        "returned" if is_returned else "",
    ]  # fmt: skip
    return {
        "kind": "message",
        "id": m.pk,
        "at": m.happened_at,
        "look": " ".join(word for word in look if word),
        "who": who,
        "who_words": who_words,
        "name": name,
        "initials": initials_of(name),
        "is_note": is_note,
        "is_public": m.is_public,
        "is_waiting": is_waiting,
        "is_deleted": m.deleted_at is not None,
        "is_ours": m.direction == "out",
        "place": place_of(m.is_public),
        "place_icon": PLACE_ICON[place_of(m.is_public)],
        "place_words": _("In private") if c.is_public and not m.is_public and not is_note else "",
        "subject": m.subject if m.subject and m.subject != c.subject else "",
        "language": m.language,
        "body": body_html(m.text),
        "has_html": bool(m.html)
        and is_always_private(c.channel),  # a mail; posts have no layout of their own
        "quoted": m.quoted,
        "files": [_file(a) for a in m.attachments.all()],
        "under": list(_under(c, m)),
        "fate_box": _fate_box(c, m),
        "versions": m.versions,
    }


def _is_waiting(c: Conversation, m: Message) -> bool:
    """Whether this message of the customer still waits for an answer."""
    return bool(
        m.direction == "in"
        and c.needs_answer
        and c.waiting_since
        and m.needs_reply
        and m.happened_at >= c.waiting_since
        and m.deleted_at is None
    )


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


def _speaker(c: Conversation, m: Message, *, is_aside: bool) -> tuple[str, str, str]:
    """Who speaks: the class, the word, the name. The word is always there: staff never pose as somebody else."""
    if m.direction == "in":
        handle = m.handle or c.handle
        name = handle.name or handle.shown or handle.key
        return (
            "customer",
            _("Looking on") if is_aside else _("Customer"),
            name if is_aside else c.person.name or name,
        )
    brand = c.brand.name
    if m.is_automatic:
        return "brand", _("Automatic, for %(brand)s") % {"brand": brand}, brand
    if m.author is None:
        return "brand", _("Written elsewhere, as %(brand)s") % {"brand": brand}, brand
    if m.direction == "note":
        return "staff", _("Staff"), m.author.name
    return "staff", _("Staff, for %(brand)s") % {"brand": brand}, m.author.name


def _file(a: Any) -> dict[str, Any]:
    size = a.size
    words = (
        f"{size / 1_048_576:.1f} MB"
        if size >= 1_048_576
        else f"{max(1, round(size / 1024))} kB"
        if size
        else ""
    )
    return {
        "id": a.pk,
        "name": a.name or _("file"),
        "size_words": words,
        "is_picture": a.content_type in PICTURES and bool(a.stored_as),
        "text": a.text or a.name,
        "problem": a.problem or ("" if a.stored_as else _("not fetched yet")),
    }


def _under(c: Conversation, m: Message) -> Iterable[dict[str, Any]]:
    """The line under a message: what became of ours, how far theirs went, what to know about it."""
    network = look_of(c.channel).label
    approval = getattr(m, "approval", None)
    if approval is not None and approval.state == "returned":
        by = approval.decided_by.name if approval.decided_by else _("a lead")
        words = _("Returned by %(name)s: %(comment)s") % {"name": by, "comment": approval.comment}
        yield {"icon": "undo-2", "words": words, "fate": "refused"}
    elif m.dispatch is not None:
        icon, fate, words = FATES[m.dispatch.state]
        if m.dispatch.bounced_at:
            yield {
                "icon": "circle-x",
                "words": _("Came back"),
                "fate": "refused",
                "at": m.dispatch.bounced_at,
            }
        else:
            at = m.dispatch.settled_at if m.dispatch.state == "sent" else None
            yield {"icon": icon, "words": words, "fate": fate, "at": at}
        if approval is not None and approval.state == "approved" and approval.decided_by:
            yield {
                "icon": "clipboard-check",
                "words": _("Approved by %(name)s") % {"name": approval.decided_by.name},
            }
    if m.url:
        words = _("On %(network)s") % {"network": network}
        yield {"icon": "external-link", "words": "", "href": m.url, "link": words}
    if m.direction == "in" and m.is_public and (m.replies or m.boosts or m.likes):
        yield {"icon": "eye", "words": reach_words(m.replies, m.boosts, m.likes)}
    if m.direction == "in" and not m.is_verified:
        yield {"icon": "circle-alert", "words": _("The sender's address is not proven")}
    if m.direction == "in" and m.is_automatic:
        yield {"icon": "circle-dashed", "words": _("Written by a machine")}
    if m.edited_at:
        yield {"icon": "pencil", "words": _("Edited"), "at": m.edited_at}
    yield from _amending(c, m)


def _amending(c: Conversation, m: Message) -> Iterable[dict[str, Any]]:
    """A change of ours that is not done, and the way to change what has left."""
    for change in m.amendments.all():
        if change.dispatch.state in ("sent", "cancelled"):
            continue
        icon, fate, words = FATES[change.dispatch.state]
        what = _("An edit of it") if change.kind == "edit" else _("Taking it away")
        yield {"icon": icon, "words": f"{what}: {words}", "fate": fate}
    if m.direction != "out" or m.deleted_at or m.dispatch is None or m.dispatch.state != "sent":
        return
    manifest = manifest_of(c.channel.connector)
    abilities = manifest.abilities if manifest and not c.channel.is_archive else frozenset()
    may_edit, may_delete = Ability.SEND_EDITS in abilities, Ability.SEND_DELETIONS in abilities
    if may_edit or may_delete:
        label = (
            _("Edit or take away") if may_edit and may_delete else _("Edit") if may_edit else _("Take away")
        )
        yield {
            "icon": "pencil" if may_edit else "trash-2",
            "words": "",
            "here": f"/desk/m/{m.pk}/amend/",
            "link": label,
        }


def reach_words(replies: int, boosts: int, likes: int) -> str:
    """“3 replies, 12 boosts, 40 likes”, without what is nought."""
    parts = []
    if replies:
        parts.append(ngettext("%(n)s reply", "%(n)s replies", replies) % {"n": replies})
    if boosts:
        parts.append(ngettext("%(n)s boost", "%(n)s boosts", boosts) % {"n": boosts})
    if likes:
        parts.append(ngettext("%(n)s like", "%(n)s likes", likes) % {"n": likes})
    return ", ".join(parts)


def _fate_box(c: Conversation, m: Message) -> dict[str, Any] | None:
    """The safe choices for what was refused, came back, or may have left; "Look there first" always first."""
    d = m.dispatch
    if d is None or not (d.state in ("unknown", "refused") or d.bounced_at):
        return None
    manifest = manifest_of(c.channel.connector)
    abilities = manifest.abilities if manifest else frozenset()
    give_up = {"verb": "give-up", "icon": "x", "label": _("Let it be"), "is_quiet": True}
    if d.state == "unknown":
        acts = []
        if Ability.LOOK_UP in abilities:
            acts.append({"verb": "look", "icon": "search", "label": _("Look there first")})
        elif c_url := next(
            (one for one in (m.conversation.messages.exclude(url="").values_list("url", flat=True)[:1])), ""
        ):
            acts.append({"href": c_url, "icon": "external-link", "label": _("Look there first")})
        acts += [
            {"verb": "arrived", "icon": "check", "label": _("It did arrive")},
            {"verb": "again", "icon": "refresh-cw", "label": _("It did not: send again"), "is_quiet": True},
        ]
        title = _("Not known whether it arrived.")
        return {"look": "unknown", "title": title, "reason": d.reason, "advice": d.what_to_do, "acts": acts}
    title = _("It came back.") if d.bounced_at else _("The network refused it.")
    acts = [{"verb": "change", "icon": "pencil", "label": _("Change it")}]
    if not d.bounced_at:
        acts.append({"verb": "again", "icon": "refresh-cw", "label": _("Send again as it is")})
        acts.append(give_up)
    return {"look": "refused", "title": title, "reason": d.reason, "advice": d.what_to_do, "acts": acts}


def _told(c: Conversation, *, since: datetime | None) -> list[dict[str, Any]]:
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
        icon, words = _told_words(event, who, {pk: a.name for pk, a in agents.items()}, teams)
        if words:
            told.append({"kind": "event", "icon": icon, "words": words, "at": event.at})
    return told


def _told_words(event: Event, who: str, agents: dict[int, str], teams: dict[int, str]) -> tuple[str, str]:
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
        tags = ", ".join(data.get("tags") or [])
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
