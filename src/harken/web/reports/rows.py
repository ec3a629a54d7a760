"""The rows behind a figure: who they are, what they asked first, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from harken.base.time.days import wall_clock
from harken.channels.models import Channel
from harken.inbox.models import Conversation, Message
from harken.inbox.permissions import conversations_visible_to, messages_visible_to
from harken.insight.metrics.first_answer import WEEK, archive_ends
from harken.insight.reports import Pick, Question, first_answer_rows
from harken.team.models import Agent, Team

from . import numbers
from .asking import Asked

PAGE = 50


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation of a figure."""

    id: int
    asked_at: datetime
    asked_words: str  # by the clock of the brand's zone, as the figures are
    answered_at: datetime | None
    channel: str
    brand: str
    team: str
    wrote: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Drawer:
    """A page of rows with the sum repeated at its top."""

    title: str
    explanation: str
    rows: Sequence[Row]
    total: int
    first: int
    last: int
    newer: str
    older: str
    close: str
    sheet: str
    here: str


def drawer(agent: Agent, asked: Asked, pick: Pick, *, page: int, now: datetime) -> Drawer:
    """One page of the rows, the last to ask first."""
    ids = first_answer_rows(asked.question(agent), pick, now=now)
    pages = max(1, -(-len(ids) // PAGE))
    page = min(max(page, 1), pages)
    start = (page - 1) * PAGE
    shown = ids[start : start + PAGE]
    more: dict[str, object] = {
        "rows": pick.metric,
        "row_hours": f"{pick.hours.start}-{pick.hours.stop - 1}" if len(pick.hours) < 24 else None,
        "row_team": pick.team,
        "row_channel": pick.channel,
        "row_period": "before" if pick.is_before else None,
    }

    def at(number: int) -> str:
        return asked.address(fragment="rows", **more, row_page=number if number > 1 else None)

    return Drawer(
        title=_title(pick, len(ids)),
        explanation=explanation(asked.question(agent), pick),
        rows=rows_of(agent, shown, now=now),
        total=len(ids),
        first=start + 1 if ids else 0,
        last=start + len(shown),
        newer=at(page - 1) if page > 1 else "",
        older=at(page + 1) if page < pages else "",
        close=asked.address(),
        sheet=asked.sheet("rows", **more),
        here=at(page),
    )


def rows_of(agent: Agent, ids: Sequence[int], *, now: datetime) -> list[Row]:
    """Those conversations in the order given, as far as the agent may see them. Three queries at most."""
    found = {
        row.pk: row
        for row in conversations_visible_to(agent)
        .filter(pk__in=ids)
        .select_related("channel", "brand", "team")
    }
    # what they asked first: the customer's message at the very moment of asking
    texts = dict(
        messages_visible_to(agent)
        .filter(conversation_id__in=list(found), direction=Message.Direction.IN)
        .filter(happened_at=F("conversation__asked_at"))
        .order_by("-id")
        .values_list("conversation_id", "text")
    )
    ends = archive_ends() if any(row.is_archive for row in found.values()) else {}
    return [_row(found[id_], texts.get(id_, ""), ends, now) for id_ in ids if id_ in found]


def explanation(question: Question, pick: Pick) -> str:
    """What the rows have in common besides the figure: hour, team, channel, period."""
    period = question.period.before if pick.is_before else question.period
    parts = [numbers.days(period)]
    if len(pick.hours) < 24:
        parts.append(numbers.hours(pick.hours.start, pick.hours.stop - 1))
    if pick.team is not None:
        name = Team.objects.filter(pk=pick.team).values_list("name", flat=True).first()
        parts.append(name or _("No team"))
    if pick.channel is not None:
        name = Channel.objects.filter(pk=pick.channel).values_list("name", flat=True).first()
        parts.append(name or "")
    return " · ".join(part for part in parts if part)


def _title(pick: Pick, total: int) -> str:
    """The figure in words: "801 never answered"."""
    known = {"count": numbers.count(total)}
    titles = {
        "asked": ngettext("%(count)s asked", "%(count)s asked", total),
        "hour": _("%(count)s answered within one hour"),
        "hour_all": _("%(count)s answered within one hour"),
        "open_hour": _("%(count)s answered within one opening hour"),
        "open_hour_all": _("%(count)s answered within one opening hour"),
        "day": _("%(count)s answered the same day"),
        "day_all": _("%(count)s answered the same day"),
        "never": _("%(count)s never answered, asked at least seven days ago"),
        "never_all": _("%(count)s never answered"),
        "closed": _("%(count)s closed without an answer"),
        "unheard": _("%(count)s open and unanswered after seven days"),
        "young": _("%(count)s waiting, for less than seven days"),
        "answered": _("%(count)s answered"),
    }
    return titles[pick.metric] % known


def _row(row: Conversation, text: str, ends: dict[int, int], now: datetime) -> Row:
    asked = row.asked_at
    assert asked is not None  # only conversations that asked are picked
    until = (
        min(now.timestamp(), ends.get(row.channel_id, now.timestamp())) if row.is_archive else now.timestamp()
    )
    waited = until - asked.timestamp()
    if row.answered_at:
        outcome = _("answered after %(span)s") % {
            "span": numbers.span((row.answered_at - asked).total_seconds())
        }
    elif row.state == Conversation.State.CLOSED:
        outcome = _("closed without an answer")
    elif waited >= WEEK:
        outcome = _("still open, %(span)s") % {"span": numbers.span(waited // 86400 * 86400)}
    else:
        outcome = _("waiting for %(span)s") % {"span": numbers.span(waited)}
    return Row(
        id=row.pk,
        asked_at=asked,
        asked_words=numbers.moment(wall_clock(asked, row.brand.zone), now),
        answered_at=row.answered_at,
        channel=row.channel.name,
        brand=row.brand.name,
        team=row.team.name if row.team else "",
        wrote=text or row.preview,
        outcome=outcome,
    )
