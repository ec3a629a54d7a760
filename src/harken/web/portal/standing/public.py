"""What everybody may read of standing: its formulas with the figures of this community, and whom somebody helped."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from harken.brain import reputation
from harken.brain import standing as rules
from harken.community.queries.earned import community_figures
from harken.community.queries.people import member_called, voice_of
from harken.community.queries.standing import PAGE, help_of, people_helped, since_of
from harken.community.wording import number
from harken.web.access import for_readers
from harken.web.portal.around import around_of
from harken.web.portal.framing import absolute, answer, as_member, reader
from harken.web.portal.looks import name_shown, place_of

from .shown import NAMES, POWERS

DAYS = 180


@for_readers
@require_safe
def how_standing_works(request: HttpRequest) -> HttpResponse:
    """The formulas and thresholds, printed with today's figures."""
    community = community_figures()
    steps: list[dict[str, Any]] = [
        {
            "name": NAMES[full.power],
            "does": POWERS[full.power],
            "credit": number(small.credit),
            "people": small.people,
            "days": small.days,
            "quality": f"{small.quality * community['mean']:.0%}" if small.quality else "",
            "full": (number(full.credit), full.people),
        }
        for full, small in zip(rules.STEPS, rules.steps_for(int(community["helpers"])), strict=True)
    ]
    return answer(
        request,
        "portal/how_standing_works.html",
        place="standing",
        around=around_of(reader(request)),
        community=community,
        mean=f"{community['mean']:.0%}",
        is_small=rules.scale(int(community["helpers"])) < 1,
        scale=number(round(rules.scale(int(community["helpers"])), 2)),
        least_credit=number(round(community["least_credit"], 1)),
        steps=steps,
        verified=number(reputation.STAFF_VERIFIED),
        later=number(reputation.LATER),
        same_days=reputation.SAME_ASKER_WITHIN.days,
        half_life=reputation.HALF_LIFE.days,
        cap=number(reputation.DAILY_CAP),
        super_people=rules.SUPER_PEOPLE,
        super_days=rules.SUPER_DAYS,
        canonical=absolute("/community/how-standing-works/"),
    )


@for_readers
@require_safe
def helped(request: HttpRequest, member_slug: str) -> HttpResponse:
    """The topics in which a member's answer closed somebody's question: the rows that "people helped" counts.
    `?lately=1`: of 180 days; `?elsewhere=1`: asked on another network; `?before=` an id goes on."""
    member = member_called(member_slug)
    if member is None:
        raise Http404
    eyes = as_member(request)
    asked = request.GET
    rows = help_of(member, reader=eyes).select_related("topic__space", "asker", "post")
    if asked.get("lately"):
        rows = rows.filter(at__gt=since_of(DAYS))
    if asked.get("elsewhere"):
        rows = rows.exclude(topic__asked_on="")
    people = rows.order_by().values("who").distinct().count()
    before = asked.get("before", "")
    if before.isdecimal() and len(before) < 18:
        last = help_of(member, reader=eyes).filter(pk=int(before)).first()
        if last is None:
            raise Http404
        rows = rows.filter(at__lte=last.at).exclude(at=last.at, pk__gte=last.pk)
    shown = list(rows[: PAGE + 1])
    for row in shown:
        row.name = name_shown(row.asker.name, row.asker.state)  # type: ignore[attr-defined]  # for the page
        row.place = place_of(row.topic.asked_on) if row.topic.asked_on else None  # type: ignore[attr-defined]  # as above
    narrowed = "&".join(f"{name}=1" for name in ("lately", "elsewhere") if asked.get(name))
    address = f"/community/p/{member.slug}/helped/"
    return answer(
        request,
        "portal/helped.html",
        keep=(f"member:{member.pk}", "list"),
        place="member",
        around=around_of(reader(request)),
        person=member,
        voice=voice_of(member),
        people=people,
        all_people=people if not narrowed else people_helped(member, reader=eyes),
        is_lately=bool(asked.get("lately")),
        is_elsewhere=bool(asked.get("elsewhere")),
        rows=shown[:PAGE],
        next_page=f"{address}?{narrowed + '&' if narrowed else ''}before={shown[PAGE - 1].pk}"
        if len(shown) > PAGE
        else "",
        canonical=absolute(address),
        lead=_("Whom %(name)s helped") % {"name": member.name},
    )
