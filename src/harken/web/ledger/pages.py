"""The ledger: what became of every delivery, by channel and period; every figure opens to its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncDate
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from harken.base.joints import joined
from harken.channels.health import health_of
from harken.channels.ledger import FATES, Account, ledger, retry_failed
from harken.channels.models import Channel, Delivery
from harken.community.addresses import path_of_post
from harken.community.models import ExternalPost
from harken.guests.permissions import posts_visible_to
from harken.inbox.models import Message
from harken.inbox.permissions import channels_visible_to, conversations_visible_to
from harken.team.models import Agent
from harken.web.access import for_leads
from harken.web.desk.looks import look_of

from .drawing import days_of, parts_of, sums_of

PERIODS = {
    "1": gettext_lazy("since yesterday"),
    "7": gettext_lazy("7 days"),
    "28": gettext_lazy("28 days"),
    "90": gettext_lazy("90 days"),
    "all": gettext_lazy("all time"),
}
FATE_WORDS = {
    "shown": gettext_lazy("shown"),
    "merged": gettext_lazy("merged"),
    "duplicate": gettext_lazy("duplicate"),
    "ignored": gettext_lazy("ignored"),
    "failed": gettext_lazy("failed"),
    "waiting": gettext_lazy("waiting"),
}
FATE_MEANING = {
    "shown": gettext_lazy("became a message on the desk, or an answer in the community"),
    "merged": gettext_lazy(
        "changed a message that is there: an edit, a deletion, how far it went, our own post"
    ),
    "duplicate": gettext_lazy("came again; counted, not shown twice"),
    "ignored": gettext_lazy("nothing for us, with the reason"),
    "failed": gettext_lazy("could not be filed; kept raw until somebody decides"),
    "waiting": gettext_lazy("kept, about to be filed"),
}
ROWS = 100


class Asked:
    """The filters of an address, checked: period, channels, state."""

    def __init__(self, request: HttpRequest, agent: Agent) -> None:
        self.period = request.GET.get("period", "28")
        if self.period not in PERIODS:
            raise Http404
        self.channels: list[Channel] = list(
            channels_visible_to(agent).select_related("brand").order_by("is_archive", "name")
        )
        self.channel_id = request.GET.get("channel", "")
        self.chosen = self.channels
        if self.channel_id:
            self.chosen = [c for c in self.channels if str(c.pk) == self.channel_id]
            if not self.chosen:
                raise Http404
        self.since: datetime | None = None
        if self.period != "all":
            midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
            self.since = midnight - timedelta(days=int(self.period) - (0 if self.period == "1" else 1))

    def address(self, path: str = "/ledger/", **changes: str) -> str:
        """An address with these filters, some of them changed."""
        values = {"period": self.period if self.period != "28" else "", "channel": self.channel_id, **changes}
        kept = {key: value for key, value in values.items() if value}
        return f"{path}?{urlencode(kept)}" if kept else path

    def deliveries(self) -> QuerySet[Delivery]:
        """The deliveries that the filters leave."""
        rows = Delivery.objects.filter(channel__in=[c.pk for c in self.chosen])
        return rows.filter(received_at__gte=self.since) if self.since else rows


@for_leads
@require_safe
def ledger_page(request: HttpRequest) -> HttpResponse:
    """The whole ledger."""
    asked = Asked(request, request.agent)  # type: ignore[attr-defined]  # set by AccessMiddleware
    accounts = ledger(asked.chosen, since=asked.since)
    by_channel = {c.pk: c for c in asked.chosen}
    total = sums_of(accounts)
    waiting = (
        asked.deliveries()
        .filter(state="waiting")
        .order_by("id")
        .values_list("received_at", flat=True)
        .first()
    )
    page: dict[str, Any] = {
        "place": "ledger",
        "asked": asked,
        "total": total,
        "bar": [_drawn(part, asked) for part in parts_of(total)],
        "is_balanced": all(account.is_balanced for account in accounts),
        "oldest_waiting": waiting,
        "rows_address": asked.address("/ledger/rows/"),
        "failed_address": asked.address("/ledger/rows/", state="failed"),
        "waiting_address": asked.address("/ledger/rows/", state="waiting"),
        "accounts": [_line(account, by_channel[account.channel_id], asked) for account in accounts],
        "all": [total[fate] for fate in FATES],
        "fates": [{"name": fate, "word": FATE_WORDS[fate], "meaning": FATE_MEANING[fate]} for fate in FATES],
        "calls": _calls(asked.chosen),
        "reasons": _reasons(accounts, asked),
        "strips": _strips(asked, by_channel),
        "periods": [(key, words, asked.address(period=key if key != "28" else ""), key == asked.period)
                    for key, words in PERIODS.items()],
        "channel_choices": [(_("all"), asked.address(channel=""), not asked.channel_id)]
        + [(c.name, asked.address(channel=str(c.pk)), str(c.pk) == asked.channel_id) for c in asked.channels],
        "period_words": PERIODS[asked.period],
        "channel_words": asked.chosen[0].name if asked.channel_id else _("all"),
    }  # fmt: skip
    return render(request, "ledger/ledger.html", page)


def _drawn(part: Any, asked: Asked) -> dict[str, Any]:
    return {
        "fate": part.fate,
        "count": part.count,
        "x": part.x,
        "width": part.width,
        "word": FATE_WORDS[part.fate],
        "href": asked.address("/ledger/rows/", state=part.fate),
    }


def _line(account: Account, channel: Channel, asked: Asked) -> dict[str, Any]:
    sums = {fate: getattr(account, fate) for fate in FATES}
    here = {"channel": str(channel.pk)}
    return {
        "channel": channel,
        "icon": look_of(channel).icon,
        "network": look_of(channel).label,
        "received": account.received,
        "received_href": asked.address("/ledger/rows/", **here),
        "bar": parts_of(sums),
        "cells": [
            {"fate": fate, "count": sums[fate], "href": asked.address("/ledger/rows/", state=fate, **here)}
            for fate in FATES
        ],
        "refused": account.refused,
        "is_balanced": account.is_balanced,
    }


def _calls(channels: Sequence[Channel]) -> list[dict[str, Any]]:
    """Channels that a person should look at."""
    found = []
    for c in channels:
        health = health_of(c)
        if health.state in ("broken", "failing", "partly", "silent"):
            found.append({"channel": c, "sentence": health.sentence, "what_to_do": health.what_to_do, "since": health.since,
                          "is_late": health.state == "broken"})  # fmt: skip
    return found


def _reasons(accounts: Sequence[Account], asked: Asked) -> list[dict[str, Any]]:
    """Why deliveries failed, over the channels, the most frequent first."""
    by_reason: dict[str, dict[int, int]] = defaultdict(dict)
    names = {account.channel_id: account.channel for account in accounts}
    for account in accounts:
        for reason, count in account.reasons.get("failed", {}).items():
            by_reason[reason][account.channel_id] = count
    ordered = sorted(by_reason.items(), key=lambda item: -sum(item[1].values()))
    return [
        {
            "reason": reason,
            "count": sum(where.values()),
            "where": joined(f"{names[pk]} {count}" for pk, count in where.items()),
            "href": asked.address("/ledger/rows/", state="failed", reason=reason),
        }
        for reason, where in ordered
    ]


def _strips(asked: Asked, by_channel: dict[int, Channel]) -> list[dict[str, Any]]:
    """Deliveries a day for each channel; none for a period of one day or of all time."""
    if asked.since is None or asked.period == "1":
        return []
    zone = timezone.get_current_timezone()
    counts: dict[int, dict[date, int]] = defaultdict(dict)
    rows = asked.deliveries().annotate(day=TruncDate("received_at", tzinfo=zone))
    for channel_id, day, count in rows.values_list("channel_id", "day").annotate(Count("pk")).order_by():
        counts[channel_id][day] = count
    first, last = timezone.localtime(asked.since).date(), timezone.localdate()
    return [
        {
            "channel": by_channel[channel_id],
            "total": sum(days.values()),
            "days": days_of(days, first=first, last=last),
            "first": first,
            "last": last,
        }
        for channel_id, days in sorted(counts.items(), key=lambda item: -sum(item[1].values()))
    ]


@for_leads
@require_safe
def rows_page(request: HttpRequest) -> HttpResponse:
    """The deliveries behind a figure, the newest first; the sum stands on top again."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    asked = Asked(request, agent)
    state, reason = request.GET.get("state", ""), request.GET.get("reason", "")
    if state and state not in FATES:
        raise Http404
    rows = asked.deliveries().select_related("channel")
    if state == "duplicate":
        rows = rows.filter(Q(state=state) | Q(copies__gt=0))
    elif state:
        rows = rows.filter(state=state)
    if reason:
        rows = rows.filter(reason__startswith=reason)
    account = sums_of(ledger(asked.chosen, since=asked.since))
    before = request.GET.get("before", "")
    if before.isdigit():
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.defer("body").order_by("-pk")[: ROWS + 1])
    more = (
        asked.address("/ledger/rows/", state=state, reason=reason, before=str(found[ROWS - 1].pk))
        if len(found) > ROWS
        else ""
    )
    page = {
        "place": "ledger",
        "asked": asked,
        "state": state,
        "reason": reason,
        "word": FATE_WORDS[state] if state else _("received"),
        "meaning": FATE_MEANING.get(state, ""),
        "count": None if reason else account[state or "received"],
        "rows": _rows(agent, found[:ROWS]),
        "more": more,
        "back": asked.address(),
        "may_retry": state == "failed" and bool(found),
        "retry_channel": asked.channel_id,
        "period_words": PERIODS[asked.period],
        "channel_words": asked.chosen[0].name if asked.channel_id else _("all channels"),
    }
    return render(request, "ledger/rows.html", page)


def _links(agent: Agent, deliveries: Sequence[Delivery]) -> dict[int, int]:
    """Delivery → the conversation that it is shown in, where this agent may see it."""
    rows = Message.objects.filter(delivery__in=[d.pk for d in deliveries])
    rows = rows.filter(conversation__in=conversations_visible_to(agent).values("pk"))
    return dict(rows.values_list("delivery_id", "conversation_id"))


def _rows(agent: Agent, deliveries: Sequence[Delivery]) -> list[dict[str, Any]]:
    links, topics = _links(agent, deliveries), _topics(deliveries)
    guests = _guests(agent, deliveries)
    return [{**_row(d, links, topics), "guest": guests.get(d.pk)} for d in deliveries]


def _guests(agent: Agent, deliveries: Sequence[Delivery]) -> dict[int, str]:
    """Delivery → where it is read among what other places say, where this agent may see it."""
    came = [d.pk for d in deliveries if d.channel.purpose == Channel.Purpose.GUEST]
    if not came:
        return {}
    rows = posts_visible_to(agent).filter(delivery__in=came).values_list("delivery_id", "pk")
    return {delivery_id: f"/desk/guests/?post={pk}" for delivery_id, pk in rows}


def _topics(deliveries: Sequence[Delivery]) -> dict[int, str]:
    """Delivery → where it stands in the community; the company's people read all of it."""
    came = [d.pk for d in deliveries if d.channel.purpose == Channel.Purpose.SPACE]
    if not came:
        return {}
    rows = ExternalPost.objects.filter(delivery__in=came, post__state__in=["shown", "held"])
    return {
        row.delivery_id: path_of_post(row.post, row.post.topic) for row in rows.select_related("post__topic")
    }


def _row(d: Delivery, links: dict[int, int], topics: dict[int, str]) -> dict[str, Any]:
    return {
        "id": d.pk,
        "at": d.received_at,
        "channel": d.channel.name,
        "icon": look_of(d.channel).icon,
        "key": d.key,
        "fate": d.state,
        "word": FATE_WORDS[d.state],
        "copies": d.copies,
        "reason": d.reason,
        "conversation": links.get(d.pk),
        "topic": topics.get(d.pk),
    }


@for_leads
@require_safe
def delivery_page(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """One delivery as it came, raw."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    found = (
        Delivery.objects.filter(pk=delivery_id, channel__in=channels_visible_to(agent).values("pk"))
        .select_related("channel")
        .first()
    )
    if found is None:
        raise Http404
    body = bytes(found.body)
    page = {
        "place": "ledger",
        "d": _rows(agent, [found])[0],
        "happened_at": found.happened_at,
        "attempts": found.attempts,
        "size": len(body),
        "body": body[:SHOWN].decode("utf-8", "replace").replace("\0", "\ufffd"),
        "is_cut": len(body) > SHOWN,
    }
    return render(request, "ledger/delivery.html", page)


SHOWN = 20_000  # bytes of a raw delivery that the page shows


@for_leads
@require_POST
def retry(request: HttpRequest) -> HttpResponse:
    """File failed deliveries again: one, those of a channel, or all that this agent may see. Safe to do twice."""
    agent: Agent = request.agent  # type: ignore[attr-defined]  # as above
    visible = list(channels_visible_to(agent).values_list("pk", flat=True))
    wanted, one, reason = (
        request.POST.get("channel", ""),
        request.POST.get("delivery", ""),
        request.POST.get("reason", ""),
    )
    channels = [pk for pk in visible if str(pk) == wanted] if wanted else visible
    if wanted and not channels:
        raise Http404
    ids: list[int] | None = None
    if one.isdigit():
        ids = [int(one)]
    elif reason:
        rows = Delivery.objects.filter(channel__in=channels, state="failed", reason__startswith=reason)
        ids = list(rows.values_list("pk", flat=True)[:10_000])
    count = retry_failed(channels, delivery_ids=ids)
    said = ngettext("%(n)s delivery is filed again.", "%(n)s deliveries are filed again.", count) % {
        "n": count
    }
    messages.success(request, said)
    return HttpResponseRedirect(f"/ledger/delivery/{ids[0]}/" if one.isdigit() and ids else "/ledger/")
