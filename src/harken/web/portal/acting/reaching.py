"""When a member may be asked: the part of their own page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.timezone import now

from harken.base.joints import parted
from harken.base.time.days import start_of_local_day
from harken.community.actions.changing import NotUnderstood
from harken.community.actions.reaching import change_reach
from harken.community.models import Expert, Member
from harken.community.queries.experts import expert_of
from harken.community.queries.readers import reader_of
from harken.web.portal.around import around_of
from harken.web.setup.promises import DAYS

MOST_PAUSED = timedelta(days=366)


def reach_values(member: Member, typed: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the form shows: as it is kept, or as it was typed."""
    expert = expert_of(member.pk) or Expert(member=member)
    wishes = list(expert.wishes.all()) if expert.pk and not expert._state.adding else []
    zone = expert.zone or getattr(member.user, "zone", "") or str(timezone.get_current_timezone())
    paused = expert.paused_until if expert.paused_until and expert.paused_until > now() else None
    values: dict[str, Any] = {
        "is_on": expert.is_on,
        "wants_all": expert.wants_all,
        "tags": ", ".join(wish.tag.name for wish in wishes if wish.tag is not None),
        "chosen": {wish.space_id for wish in wishes if wish.space_id},
        "any_time": not expert.hours,
        "zone": zone,
        "most": expert.most_a_week,
        "paused": timezone.localtime(paused).date().isoformat() if paused else "",
    }
    spans = {str(day): expert.hours.get(str(day), []) for day in range(7)}
    if typed is not None:
        values |= {
            "is_on": typed.get("is_on") == "1",
            "wants_all": typed.get("wants") != "some",
            "tags": typed.get("ask_tags", ""),
            "chosen": {int(one) for one in typed.getlist("space") if one.isdecimal()},  # type: ignore[attr-defined]  # a QueryDict
            "any_time": typed.get("when") != "some",
            "zone": typed.get("ask_zone", ""),
            "paused": typed.get("paused", ""),
        }
        spans = _spans(typed)
    values["days"] = [
        {
            "number": day,
            "name": name,
            "from": spans[str(day)][0][0] if spans[str(day)] else "",
            "to": spans[str(day)][0][1] if spans[str(day)] else "",
        }
        for day, name in enumerate(DAYS)
    ]
    values["spaces"] = [one for one in around_of(reader_of(member)).spaces if one.is_open]
    values["tomorrow"] = (timezone.localtime() + timedelta(days=1)).date().isoformat()
    return values


def keep_reach(request: HttpRequest, member: Member) -> None:
    """Keep what was typed; raises NotUnderstood, NotAllowed."""
    typed = request.POST
    spans = _spans(typed) if typed.get("when") == "some" else {}
    if typed.get("when") == "some" and not any(spans.values()):
        raise NotUnderstood("hours", "Say at least one day from when to when, or choose any time.")
    most = typed.get("most", "3")
    change_reach(
        member,
        is_on=typed.get("is_on") == "1",
        wants_all=typed.get("wants") != "some",
        tags=parted(typed.get("ask_tags", "")),
        spaces=[int(one) for one in typed.getlist("space") if one.isdecimal()],
        hours=spans,
        zone=typed.get("ask_zone", "").strip(),
        most_a_week=int(most) if most.isdecimal() and len(most) < 3 else 0,
        paused_until=_pause(typed.get("paused", "").strip()),
    )


def _spans(typed: Mapping[str, Any]) -> dict[str, list[list[str]]]:
    """The hours by weekday; a day with one half only is said back as it is, for the calendar to refuse."""
    found: dict[str, list[list[str]]] = {}
    for day in range(7):
        begin, end = typed.get(f"from{day}", "").strip(), typed.get(f"to{day}", "").strip()
        found[str(day)] = [[begin, end]] if begin or end else []
    return found


def _pause(typed: str) -> datetime | None:
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        raise NotUnderstood("paused", "Write the day as 2026-12-25.") from None
    today = timezone.localdate()
    if day > today + MOST_PAUSED:
        raise NotUnderstood("paused", "A year is the most; then switch it off.")
    return start_of_local_day(day, str(timezone.get_current_timezone())) if day > today else None
