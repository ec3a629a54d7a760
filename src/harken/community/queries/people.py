"""Members as others see them: a profile with its answers, and who is helping now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache

from django.db.models import Count, Exists, F, Max, OuterRef, Q
from django.utils.timezone import now

from harken.base import sql, statements
from harken.base.statements import slot, word_slot
from harken.community import policy
from harken.community.models import Member, Post, Tag, Tagging, Topic
from harken.community.permissions import agent_behind

from .readers import AT, NOBODY, Reader, kept
from .rows import THE_HOUR, counted
from .standing import Known, known_from, profile_parts

HELPING_FOR = timedelta(hours=12)
MOST_HELPING = 6
ANSWERS_SHOWN = 20
QUESTIONS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Helper:
    """Somebody who answered in the last hours."""

    name: str
    slug: str
    line: str
    voice: str


@dataclass(frozen=True, slots=True)
class Figures:
    """The last seven days: of the questions whose hour is over, how many were answered within it, by a customer,
    or never."""

    asked: int
    hour: int
    customers: int
    never: int


def helping_now() -> tuple[list[Helper], int]:
    """Who answered in the last hours in places that everybody reads, newest first, and how many they are in all."""
    since = now() - HELPING_FOR
    found = (
        Post.objects.filter(
            topic__in=NOBODY.topics().filter(last_at__gte=since),
            kind=Post.Kind.ANSWER,
            state=Post.State.SHOWN,
            created_at__gte=since,
            author__state=Member.State.ACTIVE,
        )
        .exclude(voice="brand")
        .values_list("author__name", "author__slug", "author__line", "author__is_super_user", "voice")
        .annotate(at=Max("created_at"))
        .order_by("-at")[:200]
    )
    helpers = [
        Helper(name, slug, line, policy.voice_to_show(voice, is_super_user=is_super_user).value)
        for name, slug, line, is_super_user, voice, _at in found
    ]
    return helpers[:MOST_HELPING], len(helpers)


def figures() -> Figures:
    """The honest figures of the home page, from topics that everybody may read."""
    found = counted(NOBODY.topics()).aggregate(
        asked=Count("id"),
        hour=Count("id", filter=Q(answered_at__lte=F("created_at") + THE_HOUR)),
        customers=Count("id", filter=Q(answered_voice__in=["customer", "super_user"])),
        never=Count("id", filter=Q(answered_at=None)),
    )
    return Figures(**found)


def often_asked(limit: int = 4) -> list[str]:
    """The tags under which most questions stand that everybody may read."""
    open_to_all = Tagging.objects.filter(
        Exists(NOBODY.topics().filter(pk=OuterRef("topic_id"))), tag=OuterRef("pk")
    )
    found = Tag.objects.filter(Exists(open_to_all), topic_count__gt=0).order_by("-topic_count", "name")
    return list(found.values_list("name", flat=True)[:limit])


def lounge_people(limit: int = 60) -> list[Helper]:
    """Who is in the lounge: super users, then the company's people who have spoken here. One statement."""
    found = (
        Member.objects.filter(
            Q(is_super_user=True) | Q(user__agent__is_active=True), state=Member.State.ACTIVE
        )
        .order_by("-is_super_user", "name")
        .values_list("name", "slug", "line", "user__agent__is_active")[:limit]
    )
    return [
        Helper(name, slug, line, (policy.Voice.EMPLOYEE if is_staff else policy.Voice.SUPER_USER).value)
        for name, slug, line, is_staff in found
    ]


@dataclass(frozen=True, slots=True)
class Answer:
    """One of a member's answers on their profile."""

    topic_id: int
    slug: str
    title: str
    post_id: int
    at: datetime
    thanks: int
    worked: int
    failed: int
    is_chosen: bool
    html: str
    space: str

    @property
    def address(self) -> str:
        return f"/community/t/{self.topic_id}/{self.slug}/#p{self.post_id}"


def member_called(slug: str) -> Member | None:
    """The member whose profile this is, with the agent behind them; who left has none."""
    asked = statements.objects(
        "member called",
        lambda: (
            Member.objects.select_related("user__agent")
            .filter(slug=word_slot())
            .exclude(state=Member.State.GONE)
        ),
        slug,
    )
    return next(asked, None)


def voice_of(member: Member) -> str:
    """As whom this member speaks now."""
    if agent_behind(member.user) is not None:
        return policy.Voice.EMPLOYEE.value
    return (policy.Voice.SUPER_USER if member.is_super_user else policy.Voice.CUSTOMER).value


@dataclass(slots=True)
class Done:
    """What a member did, as a profile shows it."""

    answers: list[Answer] = field(default_factory=list)  # newest first
    questions: list[tuple[int, str, str, bool]] = field(
        default_factory=list
    )  # id, slug, title, whether it is solved
    has_news: bool = False  # notices that the reader has not seen
    people: int = 0  # distinct ones whose question an answer of theirs closed
    known: list[Known] = field(default_factory=list)  # the tags of most people first


def done_by(
    reader: Reader,
    member: Member,
    *,
    before: datetime | None = None,
    limit: int = ANSWERS_SHOWN,
    with_help: bool = True,
) -> Done:
    """What they answered (from before a moment, if one is given), what they asked last and, `with_help`, whom they
    helped and what they know, as far as this reader may see it: one statement."""
    answers, given = kept(
        ("community answers of", reader.kind, before is not None, limit),
        lambda: (
            Post.objects.filter(
                Exists(reader.topics().filter(pk=OuterRef("topic_id"))),
                author_id=slot(1),
                kind=Post.Kind.ANSWER,
                state=Post.State.SHOWN,
                **({"created_at__lt": AT} if before else {}),
            )
            .exclude(topic__author_id=slot(1))
            .order_by("-created_at", "-id")
            .values_list(
                "topic_id", "topic__slug", "topic__title", "id", "created_at", "thanks", "worked", "failed",
                "topic__chosen_id", "html", "topic__space__name",
            )[:limit]
        ),
        reader.member_id, member.pk, at=before,
    )  # fmt: skip
    asked, more = kept(
        ("community questions of", reader.kind),
        lambda: (
            reader.topics()
            .filter(author_id=slot(1))
            .exclude(kind=Topic.Kind.ANNOUNCEMENT)
            .order_by("-created_at")
            .values_list(
                "id", "slug", "title", "id", "created_at", "answers", "answers", "answers", "chosen_id", "gist",
                "space__name",
            )[:QUESTIONS_SHOWN]
        ),
        reader.member_id,
        member.pk,
    )  # fmt: skip
    text = f"SELECT 0, a.* FROM ({answers}) AS a UNION ALL SELECT 1, q.* FROM ({asked}) AS q"  # noqa: S608 - our own statements
    if reader.member_id:
        text += (
            " UNION ALL SELECT * FROM (SELECT 2, n.topic_id, '', '', n.topic_id, n.at, 0, 0, 0, n.topic_id, '', ''"
            " FROM community_notice n WHERE n.member_id = %s AND n.seen_at IS NULL LIMIT 1) AS news"
        )
        more = [*more, reader.member_id]
    if with_help:
        helped, of_help = profile_parts(reader, member, with_known=before is None)
        text, more = f"{text} UNION ALL {helped}", [*more, *of_help]
    out, mean = Done(), 0.0
    judged: list[tuple[tuple[str, ...], int | None]] = []
    for row in sql.fetch(text, [*given, *more]):
        if row[0] == 0:
            out.answers.append(
                Answer(*row[1:5], sql.moment(row[5]), *row[6:9], row[9] == row[4], row[10], row[11])  # type: ignore[arg-type]  # never null
            )
        elif row[0] == 1:
            out.questions.append((row[1], row[2], row[3], row[9] is not None))
        elif row[0] == 2:
            out.has_news = True
        elif row[0] == 3:
            out.people = row[1]
        elif row[0] == 4:
            judged.append((_tags_in(row[10]), row[1]))
        else:
            mean = sql.from_json(row[10]).get("mean", 0.0)
    out.known = known_from(judged, mean=mean) if judged else []
    return out


@lru_cache(maxsize=4096)
def _tags_in(text: str) -> tuple[str, ...]:
    return tuple(sql.from_json(text))


def has_news(member_id: int) -> bool:
    """Whether there are notices they have not seen."""
    return bool(
        member_id
        and sql.fetch(
            "SELECT 1 FROM community_notice WHERE member_id = %s AND seen_at IS NULL LIMIT 1", [member_id]
        )
    )
