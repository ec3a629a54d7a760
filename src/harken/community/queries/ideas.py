"""Ideas as they are listed: by how many people want them, by how they stand; what became of them; who owes a word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from harken.community.models import Idea, Member, Topic, Want
from harken.community.permissions import topics_visible_to
from harken.community.weighing import Status

PAGE: Final = 20
TABS: Final[dict[str, tuple[Status, ...]]] = {
    "people": (),
    "new": (Status.NEW,),
    "doing": (Status.WEIGHED, Status.DOING),
    "done": (Status.DONE,),
    "not-done": (Status.NOT_DONE,),
}


@dataclass(frozen=True, slots=True)
class Page:
    """Some ideas, and the cursor of the next ones; "" at the end."""

    rows: list[Idea]
    after: str = ""


def ideas_visible_to(member: Member | None) -> QuerySet[Idea]:
    """Ideas whose topic is shown in a space that may be read, without those joined with another."""
    topics = topics_visible_to(member).filter(is_shown=True, pk=OuterRef("topic_id"))
    return Idea.objects.filter(Exists(topics), merged_into=None)


def list_ideas(member: Member | None, *, tab: str = "people", after: str = "", limit: int = PAGE) -> Page:
    """A page of ideas, wanted by most first. Raises ValueError for a tab or cursor that is none."""
    if tab not in TABS:
        raise ValueError("not a tab")
    found = ideas_visible_to(member)
    if TABS[tab]:
        found = found.filter(status__in=TABS[tab])
    if after:
        people, _, last = after.partition("-")
        if not (people.isdecimal() and last.isdecimal() and len(people) < 10 and len(last) < 18):
            raise ValueError("not a cursor")
        found = found.filter(Q(people__lt=int(people)) | Q(people=int(people), pk__lt=int(last)))
    rows = list(
        found.select_related("topic__space", "topic__author", "team", "owner__user", "word_by").order_by(
            "-people", "-id"
        )[: limit + 1]
    )
    more = f"{rows[limit - 1].people}-{rows[limit - 1].pk}" if len(rows) > limit else ""
    return Page(rows[:limit], more)


def count_tabs(member: Member | None) -> dict[str, int]:
    """How many ideas stand under each tab: one statement."""
    counted = dict(ideas_visible_to(member).values_list("status").annotate(n=Count("id")))
    every = sum(counted.values())
    return {
        name: sum(counted.get(status.value, 0) for status in statuses) if statuses else every
        for name, statuses in TABS.items()
    }


def settled_lately(member: Member | None, *, limit: int = 3) -> list[Idea]:
    """What was said and what came of it, newest first."""
    found = ideas_visible_to(member).filter(settled_at__isnull=False).exclude(said="")
    return list(found.select_related("topic", "team").order_by("-settled_at", "-id")[:limit])


def wanted_by(member: Member | None, ideas: Sequence[Idea]) -> set[int]:
    """Which of these the member wants."""
    if member is None or member.pk is None or not ideas:
        return set()
    return set(Want.objects.filter(member=member, idea__in=ideas).values_list("idea_id", flat=True))


def idea_of(topic: Topic) -> Idea | None:
    """What an idea's topic has beside it, the one it was joined with too."""
    return (
        Idea.objects.select_related("team", "owner__user", "word_by", "merged_into__topic")
        .filter(topic_id=topic.pk)
        .first()
    )


def owing(member: Member | None, today: date) -> list[tuple[str, int, int]]:
    """(department, ideas it owns that are not settled, of these with a word overdue), most first: one statement."""
    found = (
        ideas_visible_to(member)
        .filter(team__isnull=False)
        .exclude(status__in=[Status.DONE, Status.NOT_DONE])
        .values_list(F("team__name"))
        .annotate(owned=Count("id"), late=Count("id", filter=Q(next_word_at__lt=today)))
    )
    return sorted(found, key=lambda one: (-one[1], one[0]))


def where_wanted(idea: Idea) -> list[tuple[str, int]]:
    """(network, people), the community as "", most first."""
    return list(idea.wants.values_list("said_on").annotate(n=Count("id")).order_by("-n", "said_on"))
