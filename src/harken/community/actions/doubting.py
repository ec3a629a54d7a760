"""A solution that may no longer hold: marked where it stands, its author and the topic's followers told, and replaced by a
person of the company. Whether it holds is judged above (knowledge)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.community import notice_words, policy
from harken.community.addresses import path_of_topic
from harken.community.events import AnswerChosen, TopicTurned
from harken.community.models import Following, Member, Notice, Post, Topic
from harken.community.permissions import is_staff

from .changing import NotAllowed, derive, lock, touch
from .choosing import count_member
from .notifying import notify_one


def mark_solution(topic: Topic, *, is_stale: bool, doubts: int, at: datetime | None = None) -> bool:
    """Mark that what solved it may no longer hold (`doubts`: people who said so lately), or holds again; whether that
    changed anything. Who wrote it and who follows the topic is told once when it becomes stale."""
    at = at or now()
    with transaction.atomic():
        row = lock(topic.pk)
        if (row.is_stale, row.doubts) == (is_stale, doubts):
            return False
        was_stale = row.is_stale
        row.is_stale, row.doubts = is_stale, doubts
        row.save(update_fields=["is_stale", "doubts"])
        touch(row, TopicTurned, by=None, at=at, member_id=row.author_id, what="doubted")
        if is_stale and not was_stale and row.chosen_id:
            _tell(row, at=at)
    topic.is_stale, topic.doubts, topic.version = row.is_stale, row.doubts, row.version
    return True


def _tell(topic: Topic, *, at: datetime) -> None:
    author = Post.objects.values_list("author_id", flat=True).get(pk=topic.chosen_id)
    followers = Following.objects.filter(topic=topic).values_list("member_id", flat=True)
    members = Member.objects.filter(
        pk__in={author, *followers}, user__isnull=False, state=Member.State.ACTIVE
    ).select_related("user")
    said = {
        member.pk: notice_words.doubted(topic.doubts, is_author=member.pk == author) for member in members
    }
    Notice.objects.bulk_create(
        [
            Notice(
                member=member,
                kind=Notice.Kind.OUTCOME,
                topic=topic,
                said=said[member.pk],
                words=notice_words.words_for(member, said[member.pk]),
                address=path_of_topic(topic)[:200],
                key=f"stale:{topic.pk}:{topic.chosen_id}:{member.pk}:{at:%Y%m%d}",
                at=at,
            )
            for member in members
        ],
        ignore_conflicts=True,
    )


def replace_choice(topic: Topic, *, post: Post, by: Member, at: datetime | None = None) -> None:
    """Say that another answer solves it now: the company's to do, whoever chose before, and shown as theirs."""
    if not is_staff(by):
        raise NotAllowed(_("Replacing what solved it is for the company's people."))
    at = at or now()
    with transaction.atomic():
        row = lock(topic.pk)
        answer = Post.objects.get(pk=post.pk)
        if answer.topic_id != row.pk or answer.kind != Post.Kind.ANSWER or answer.state != Post.State.SHOWN:
            raise NotAllowed(_("Only an answer of this topic that is shown can solve it."))
        before = Post.objects.filter(pk=row.chosen_id).values_list("author_id", flat=True).first()
        row.chosen, row.chosen_as, row.chosen_by = answer, policy.Chosen.REPLACED, by
        row.solved_at, row.is_stale, row.doubts = at, False, 0
        row.save(update_fields=["chosen", "chosen_as", "chosen_by", "solved_at", "is_stale", "doubts"])
        derive(row, at=at)
        for member_id in sorted({answer.author_id, *([before] if before else [])}):
            count_member(member_id)
        touch(
            row,
            AnswerChosen,
            by=by,
            at=at,
            post_id=answer.pk,
            member_id=by.pk,
            chosen_as=policy.Chosen.REPLACED,
        )
        notify_one(answer.author_id, kind="solved", topic=row, post=answer, actor=by, at=at)
