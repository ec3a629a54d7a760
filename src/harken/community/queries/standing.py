"""What a member has earned, why, and what comes next; every figure with the rows it counts."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from django.db.models import Exists, F, Min, OuterRef, QuerySet, Sum
from django.utils.timezone import now

from harken.base.statements import slot
from harken.brain import standing as rules
from harken.community.models import (
    HeldPower,
    HelpItem,
    Member,
    Outcome,
    Post,
    Standing,
    SuperUserCall,
    Thanks,
)
from harken.community.permissions import topics_visible_to

from .earned import (
    JUDGED_AFTER,
    LATELY,
    community_figures,
    decided_against,
    figures_of,
    judged_answers,
)
from .readers import AT, Reader, kept

MOST_READ = 1000  # of a member's newest answers, for what they know
MOST_KNOWN = 8
PAGE = 30


@dataclass(frozen=True, slots=True)
class Known:
    """A tag with what a member solved under it."""

    tag: str
    people: int
    quality: rules.Quality


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step with every condition, and how it is held."""

    power: str
    state: str  # held | leaving | resting | waits (earned, opens after the night) | next | later
    conditions: list[rules.Met]
    since: datetime | None = None
    leaves_at: datetime | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Marked:
    """One stretch of the way from helped to helper."""

    what: str  # helped | thanked | told | answered | super_user | people
    at: datetime | None
    name: str = ""
    count: int = 0
    more: int = 0


@dataclass(slots=True)
class Earned:
    """Everything of one's own page."""

    row: Standing
    quality: rules.Quality
    steps: list[StepShown]
    community: dict[str, float]
    elsewhere: int = 0  # of the people helped, those who asked on another network
    answered_in: float | None = None  # minutes; the middle of first answers of 180 days
    answered: int = 0  # first answers that this is the middle of
    worked: int = 0
    told: int = 0  # people who said whether it worked
    call: SuperUserCall | None = None
    super_conditions: list[rules.Met] = field(default_factory=list)


def help_of(member: Member, *, reader: Member | None) -> QuerySet[HelpItem]:
    """The rows of people this member helped, as far as this reader may read where; newest first."""
    readable = topics_visible_to(reader).filter(pk=OuterRef("topic_id"), is_shown=True)
    return HelpItem.objects.filter(Exists(readable), helper=member).order_by("-at", "-id")


def people_helped(member: Member, *, reader: Member | None) -> int:
    """Distinct people, as far as this reader may read where."""
    return help_of(member, reader=reader).order_by().values("who").distinct().count()


def known_by(member: Member, *, reader: Member | None, at: datetime | None = None) -> list[Known]:
    """What a member knows, from questions solved: the tags of most people first. One statement, and the mean's."""
    readable = topics_visible_to(reader).filter(pk=OuterRef("topic_id"), is_shown=True)
    rows = (
        judged_answers(at=at or now())
        .filter(Exists(readable), author=member)
        .order_by("-created_at")
        .values_list("topic__tag_names", "help_item__who")[:MOST_READ]
    )
    return known_from(rows, mean=community_figures()["mean"])


def known_from(rows: Iterable[tuple[Iterable[str], int | None]], *, mean: float) -> list[Known]:
    """The same from the judged answers: each one's tags, and the person whose question it closed."""
    people: dict[str, set[int]] = defaultdict(set)
    judged: Counter[str] = Counter()
    good: Counter[str] = Counter()
    for tags, who in rows:
        for tag in tags:
            judged[tag] += 1
            if who is not None:
                good[tag] += 1
                people[tag].add(who)
    found = [
        Known(tag, len(who), rules.quality(good[tag], judged[tag], mean=mean)) for tag, who in people.items()
    ]
    found.sort(key=lambda one: (-one.people, one.tag))
    return found[:MOST_KNOWN]


def profile_parts(reader: Reader, member: Member, *, with_known: bool) -> tuple[str, list[Any]]:
    """For the one statement of a profile, in its twelve columns: how many people were helped (3), the judged answers'
    tags and people (4), and what the nightly round found of the community (5); the last two where `with_known`."""
    helped, given = kept(
        ("community people helped", reader.kind),
        lambda: HelpItem.objects.filter(
            Exists(reader.topics().filter(pk=OuterRef("topic_id"))), helper_id=slot(1)
        ).values_list("who"),
        reader.member_id,
        member.pk,
    )
    text = f"SELECT 3, COUNT(DISTINCT h.who), '', '', 0, NULL, 0, 0, 0, 0, '', '' FROM ({helped}) AS h"  # noqa: S608 - our own statement
    if not with_known:
        return text, given
    judged, more = kept(
        ("community known by", reader.kind),
        lambda: (
            judged_answers(at=AT + JUDGED_AFTER)
            .filter(Exists(reader.topics().filter(pk=OuterRef("topic_id"))), author_id=slot(1))
            .order_by("-created_at")
            .annotate(k_tags=F("topic__tag_names"), k_who=F("help_item__who"))
            .values_list("k_tags", "k_who")[:MOST_READ]
        ),
        reader.member_id,
        member.pk,
        at=now() - JUDGED_AFTER,
    )
    text += (
        " UNION ALL SELECT 4, k.k_who, '', '', 0, NULL, 0, 0, 0, 0, CAST(k.k_tags AS TEXT), '' "  # noqa: S608 - as above
        f"FROM ({judged}) AS k UNION ALL SELECT 5, 0, '', '', 0, NULL, 0, 0, 0, 0, CAST(r.figures AS TEXT), '' "
        "FROM community_round r WHERE r.name = 'nightly'"
    )
    return text, [*given, *more]


def earned_by(member: Member, *, at: datetime | None = None) -> Earned:
    """Everything of one's own page; a fixed number of statements."""
    at = at or now()
    community = community_figures()
    row = Standing.objects.filter(member=member).first() or Standing(member=member)
    mean = community["mean"]
    figures = figures_of(
        row, member, mean=mean, decided_at=decided_against([member.pk]).get(member.pk), at=at
    )
    holds = {hold.power: hold for hold in HeldPower.objects.filter(member=member)}
    found = Earned(row, figures.quality, _steps(holds, figures, community), community)
    items = HelpItem.objects.filter(helper=member, at__gt=at - LATELY)
    found.elsewhere = items.exclude(topic__asked_on="").values("who").distinct().count()
    firsts = (
        Post.objects.filter(
            author=member, kind=Post.Kind.ANSWER, state=Post.State.SHOWN, created_at=F("topic__answered_at"),
            created_at__gt=at - LATELY, topic__kind="question", topic__origin=None,
        ).values_list("topic__created_at", "created_at")[:MOST_READ]
    )  # fmt: skip
    waits = [(answered - asked).total_seconds() / 60 for asked, answered in firsts]
    found.answered = len(waits)
    found.answered_in = median(waits) if waits else None
    told = Post.objects.filter(author=member, kind=Post.Kind.ANSWER, state=Post.State.SHOWN).aggregate(
        worked=Sum("worked"), failed=Sum("failed")
    )
    found.worked = told["worked"] or 0
    found.told = found.worked + (told["failed"] or 0)
    found.call = SuperUserCall.objects.filter(member=member).order_by("-pk").select_related("by").first()
    found.super_conditions = rules.super_conditions(
        figures, least_credit=community["least_credit"], mean=mean
    )
    return found


def _steps(
    holds: dict[str, HeldPower], figures: rules.Figures, community: dict[str, float]
) -> list[StepShown]:
    found, has_next = [], False
    for step in rules.steps_for(int(community["helpers"])):
        conditions = rules.conditions(step, figures, mean=community["mean"])
        hold = holds.get(step.power)
        if hold is not None:
            found.append(StepShown(step.power, hold.state, conditions, hold.since, hold.leaves_at, hold.why))
            continue
        is_met = all(one.is_met for one in conditions)
        state = "waits" if is_met else "later" if has_next else "next"
        has_next = has_next or not is_met
        found.append(StepShown(step.power, state, conditions))
    return found


def way_of(member: Member) -> list[Marked]:
    """From helped to helper: what happened, in the order in which it did. Definitions: docs/community/standing.md."""
    found: list[Marked] = []
    helped = HelpItem.objects.filter(asker=member).select_related("helper").order_by("at").first()
    if helped is not None:
        found.append(Marked("helped", helped.at, helped.helper.name))
    thanked = Thanks.objects.filter(member=member).aggregate(at=Min("at"))["at"]
    if thanked is not None:
        found.append(Marked("thanked", thanked))
    told = Outcome.objects.filter(member=member, worked=True).aggregate(at=Min("at"))["at"]
    if told is not None:
        found.append(Marked("told", told))
    first = HelpItem.objects.filter(helper=member).select_related("asker").order_by("at").first()
    if first is not None:
        found.append(Marked("answered", first.at, first.asker.name))
    if member.is_super_user:
        call = SuperUserCall.objects.filter(member=member, state="accepted").order_by("-pk").first()
        found.append(Marked("super_user", call.answered_at if call else None))
    far = datetime.max.replace(tzinfo=now().tzinfo)
    found.sort(key=lambda one: one.at or far)
    people = HelpItem.objects.filter(helper=member).exclude(asker=member).values_list("asker_id", flat=True)
    if people:
        passed_on = (
            HelpItem.objects.filter(helper__in=people)
            .exclude(helper=member)
            .values("helper_id")
            .distinct()
            .count()
        )
        count = HelpItem.objects.filter(helper=member).values("who").distinct().count()
        found.append(Marked("people", None, "", count, passed_on))
    return found


def said_to(member: Member, *, limit: int = 3) -> list[Outcome]:
    """What people said for whom it worked, newest first."""
    return list(
        Outcome.objects.filter(post__author=member, post__state=Post.State.SHOWN, worked=True)
        .exclude(words="")
        .select_related("member", "post__topic")
        .order_by("-at")[:limit]
    )


def since_of(days: int, *, at: datetime | None = None) -> datetime:
    return (at or now()) - timedelta(days=days)
