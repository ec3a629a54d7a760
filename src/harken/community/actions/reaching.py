"""What a member says about being asked: whether, what, when, how often, and not before a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from harken.base.time.calendar import CalendarError
from harken.base.time.days import end_of_local_day
from harken.base.time.rules import calendar_from_rules
from harken.base.time.zones import UnknownZoneError
from harken.community.circles import MOST_ASKED
from harken.community.models import Expert, Invitation, Member, Space, Tag, TagAnswers, Wish
from harken.community.permissions import is_staff, may_write, spaces_visible_to
from harken.community.policy import tag_names

from .changing import NotAllowed, NotUnderstood, check_writer

MOST_WISHES = 30


def change_reach(
    member: Member,
    *,
    is_on: bool,
    wants_all: bool = True,
    tags: Iterable[str] = (),
    spaces: Iterable[int] = (),
    hours: Mapping[str, Sequence[Sequence[str]]] | None = None,
    zone: str = "",
    most_a_week: int = MOST_ASKED,
    paused_until: datetime | None = None,
) -> Expert:
    """Keep what a member said about being asked. `hours`: by weekday in their zone, as a calendar's; {} any time.
    Raises NotUnderstood, and NotAllowed for the company's people, who are not asked as members."""
    check_writer(member)
    if is_staff(member):
        raise NotAllowed(_("You work here: questions come to you on the desk."))
    if not 1 <= most_a_week <= MOST_ASKED:
        raise NotUnderstood("most_a_week", _("Between 1 and %(most)s a week.") % {"most": MOST_ASKED})
    kept_hours = {day: [list(span) for span in spans] for day, spans in (hours or {}).items() if spans}
    if kept_hours or zone:
        try:
            calendar_from_rules({"zone": zone or "UTC", "hours": kept_hours})
        except UnknownZoneError:
            raise NotUnderstood("ask_zone", _("This is no time zone. Write it as Europe/Dublin.")) from None
        except CalendarError as why:
            raise NotUnderstood("hours", str(why)) from None
    wished = [] if wants_all else _tags(tags)
    places = spaces_visible_to(member).filter(pk__in=list(spaces)) if not wants_all else Space.objects.none()
    with transaction.atomic():
        expert = Expert.objects.select_for_update().filter(pk=member.pk).first() or Expert(member=member)
        expert.is_on, expert.wants_all = is_on, wants_all
        expert.hours, expert.zone = kept_hours, zone
        expert.most_a_week, expert.paused_until = most_a_week, paused_until
        expert.save()
        expert.wishes.all().delete()
        Wish.objects.bulk_create(
            [Wish(expert=expert, tag=tag) for tag in wished]
            + [Wish(expert=expert, space=space) for space in places[:MOST_WISHES]]
        )
        TagAnswers.objects.filter(expert=expert).update(is_on=is_on)
        settle_reach(member)
    return expert


def settle_reach(member: Member) -> None:
    """They have said what they want of being asked, also by “no”: nobody offers it to them again."""
    member.reach_settled = True
    Member.objects.filter(pk=member.pk).update(reach_settled=True)


def is_reach_offered(member: Member | None) -> bool:
    """Whether a line offers them to say when they may be asked: an answer of theirs solved something, and they have said
    nothing about it yet. No statement."""
    return member is not None and member.solved > 0 and not member.reach_settled and may_write(member)


def pause_today(member: Member, *, at: datetime) -> None:
    """“Not today”: nothing is asked of them until their own day is over; a longer pause stays. What is with them already
    stays there."""
    until = _tomorrow(member, at)
    Expert.objects.filter(pk=member.pk).filter(Q(paused_until=None) | Q(paused_until__lt=until)).update(
        paused_until=until
    )


def go_on_today(member: Member, *, at: datetime) -> None:
    """Undo “not today”; a longer pause stays."""
    Expert.objects.filter(pk=member.pk, paused_until=_tomorrow(member, at)).update(paused_until=None)


def pause_of(member: Member, *, at: datetime) -> str:
    """“on”: they are asked today; “today”: not today; “later”: a longer pause; “off”: they are not asked at all. One
    statement."""
    expert = Expert.objects.filter(pk=member.pk, is_on=True).first()
    if expert is None:
        return "off"
    if expert.paused_until is None or expert.paused_until <= at:
        return "on"
    return "today" if expert.paused_until == _tomorrow(member, at, expert.zone) else "later"


def _tomorrow(member: Member, at: datetime, zone: str | None = None) -> datetime:
    """When their day ends: in the zone in which they said when they may be asked, else in their own."""
    if zone is None:
        zone = Expert.objects.filter(pk=member.pk).values_list("zone", flat=True).first()
    try:
        return end_of_local_day(at, zone or (member.user.zone if member.user else "") or "UTC")
    except UnknownZoneError:  # it was kept before it was looked at, or is not known any more
        return end_of_local_day(at, "UTC")


def _tags(names: Iterable[str]) -> list[Tag]:
    """The tags of these names; raises NotUnderstood for one under which nothing was ever asked."""
    wanted: list[str] = []
    for name in names:  # one at a time: how many a topic has is no limit of what somebody knows
        wanted += [one for one in tag_names([name]) if one not in wanted]
    found = list(Tag.objects.filter(name__in=wanted[:MOST_WISHES]))
    missing = [name for name in wanted[:MOST_WISHES] if name not in {tag.name for tag in found}]
    if missing:
        raise NotUnderstood("ask_tags", _("Nothing was asked under “%(tag)s” yet.") % {"tag": missing[0]})
    return found


def ask_no_more(member: Member) -> None:
    """Somebody leaves: nothing is asked of them any more, and what they said about it is gone (caller's transaction)."""
    Expert.objects.filter(pk=member.pk).delete()
    Invitation.objects.filter(member=member, state__in=Invitation.OPEN).update(
        state=Invitation.State.WITHDRAWN
    )
