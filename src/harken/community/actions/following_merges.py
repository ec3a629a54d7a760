"""Two persons found to be one are one in the community, too: their accounts, what they want, whom they helped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q
from django.utils.timezone import now

from harken.community.events import IdeaTurned
from harken.community.models import HelpItem, Idea, Member, Outcome, Post, Topic, Want
from harken.people.models import Merge

from .changing import lock, touch
from .helping import derive_help
from .weighing import count_people, who_of

AT_ONCE = 500  # topics whose help is looked at anew in one go


def join_members(merge: Merge, *, at: datetime | None = None) -> None:
    """The accounts of the merged person are the kept one's, and what both want counts once (caller's transaction).
    What `part_members` needs is kept with the merge."""
    members = list(Member.objects.filter(person=merge.merged_id).values_list("pk", flat=True))
    Member.objects.filter(pk__in=members).update(person=merge.kept_id)
    merge.moved |= {"members": members, "wants": _join_wants(merge, members, at=at or now())}
    merge.save(update_fields=["moved"])
    _look_at_help(members, merge.merged_id)


def part_members(merge: Merge, *, at: datetime | None = None) -> None:
    """They were two after all: the accounts go back with what they want (caller's transaction). What was said once for
    both while they were one stays with the account that said it."""
    at = at or now()
    ids = merge.moved.get("members", ())
    members = list(Member.objects.filter(pk__in=ids, person=merge.kept_id).values_list("pk", flat=True))
    Member.objects.filter(pk__in=members).update(person=merge.merged_id)
    old, new = who_of(person=merge.merged_id), who_of(person=merge.kept_id)
    touched: set[int] = set()
    for one in merge.moved.get("wants", ()):  # both had said so, and the one that stood for both still does
        if one["member"] in members and Want.objects.filter(idea=one["idea"], who=new).exists():
            Want.objects.get_or_create(
                idea_id=one["idea"], who=old, defaults={"member_id": one["member"], "at": one["at"]}
            )
            touched.add(one["idea"])
    for want in Want.objects.filter(member__in=members).exclude(who=old):
        if not Want.objects.filter(idea=want.idea_id, who=old).exists():
            want.who = old
            want.save(update_fields=["who"])
            touched.add(want.idea_id)
    _count(touched, at=at)
    _look_at_help(members, merge.merged_id)


def _join_wants(merge: Merge, members: list[int], *, at: datetime) -> list[dict[str, object]]:
    """Each idea once; returns what was said here by both, which is the only part that can't be found out again."""
    old, new = who_of(person=merge.merged_id), who_of(person=merge.kept_id)
    lost: list[dict[str, object]] = []
    touched: set[int] = set()
    for want in Want.objects.filter(Q(who=old) | Q(member__in=members)).exclude(who=new).order_by("pk"):
        touched.add(want.idea_id)
        other = Want.objects.filter(idea=want.idea_id, who=new).first()
        if other is not None and (want.said_on or not other.said_on):
            if not want.said_on:
                lost.append({"idea": want.idea_id, "member": want.member_id, "at": want.at.isoformat()})
            want.delete()
            continue
        if other is not None:  # said here goes before said elsewhere
            other.delete()
        want.who = new
        want.save(update_fields=["who"])
    _count(touched, at=at)
    return lost


def _count(idea_ids: Iterable[int], *, at: datetime) -> None:
    for idea in Idea.objects.filter(pk__in=list(idea_ids)).order_by("topic_id"):
        topic = lock(idea.topic_id)
        count_people(idea)
        touch(topic, IdeaTurned, by=None, at=at, what="wanted")


def _look_at_help(members: list[int], merged_id: int) -> None:
    """Whom they helped and who helped them: nobody helps themselves, and one person counts once."""
    found = set(HelpItem.objects.filter(who=-merged_id).values_list("topic_id", flat=True))
    if members:
        found |= set(Topic.objects.filter(author__in=members).values_list("pk", flat=True))
        found |= set(Outcome.objects.filter(member__in=members).values_list("post__topic_id", flat=True))
        answers = Post.objects.filter(author__in=members, kind=Post.Kind.ANSWER)
        found |= set(answers.values_list("topic_id", flat=True))
    ids = sorted(found)
    for start in range(0, len(ids), AT_ONCE):
        derive_help(ids[start : start + AT_ONCE])
