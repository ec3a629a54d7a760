"""What solved it, thanks, and whether it worked: the community's own words for worth."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.community import policy
from harken.community.events import AnswerChosen, OutcomeTold, PostThanked, SameQuestionTold
from harken.community.models import Member, Outcome, Post, SameQuestion, Thanks, Topic
from harken.community.permissions import is_staff, may_write

from .changing import NotAllowed, Overtaken, check_writer, derive, lock, touch
from .learning import mark_stale
from .notifying import notify_one
from .taking_turns import take_turn


def choose_answer(post: Post, *, by: Member, at: datetime | None = None) -> bool:
    """Say that this answer solved it; whether that changed anything. One answer a topic: a new choice replaces it."""
    check_writer(by)
    at = at or now()
    with transaction.atomic():
        topic = lock(post.topic_id)
        row = Post.objects.get(pk=post.pk)
        if row.kind != Post.Kind.ANSWER or row.state != Post.State.SHOWN or topic.kind != Topic.Kind.QUESTION:
            raise NotAllowed(_("Only an answer to a question can be chosen as what solved it."))
        chosen_as = _as_whom(topic, by, at)
        if topic.chosen_id == row.pk:
            return False
        before = topic.chosen
        topic.chosen, topic.chosen_as, topic.chosen_by, topic.solved_at = row, chosen_as, by, at
        _keep_choice(topic, at=at, members={row.author_id, *([before.author_id] if before else [])})
        touch(topic, AnswerChosen, by=by, at=at, post_id=row.pk, member_id=by.pk, chosen_as=chosen_as)
        notify_one(row.author_id, kind="solved", topic=topic, post=row, actor=by, at=at)
    return True


def withdraw_choice(topic: Topic, *, by: Member, at: datetime | None = None) -> bool:
    """Take the choice back: it did not solve it after all."""
    check_writer(by)
    at = at or now()
    with transaction.atomic():
        row = lock(topic.pk)
        if row.chosen_id is None:
            return False
        _as_whom(row, by, at)
        before = row.chosen
        row.chosen, row.chosen_as, row.chosen_by, row.solved_at = None, "", None, None
        _keep_choice(row, at=at, members={before.author_id} if before else set())
        touch(row, AnswerChosen, by=by, at=at, post_id=None, member_id=by.pk, chosen_as="")
    return True


def _as_whom(topic: Topic, by: Member, at: datetime) -> policy.Chosen:
    found = policy.who_may_choose(
        is_asker=topic.author_id == by.pk,
        is_staff=is_staff(by),
        asked_at=topic.created_at,
        chosen_as=topic.chosen_as,
        at=at,
    )
    if found is None:
        raise NotAllowed(
            _(
                "The one who asked chooses what solved it; staff may a week later, if nobody has and they say so."
            )
        )
    return found


def _keep_choice(topic: Topic, *, at: datetime, members: set[int]) -> None:
    topic.save(update_fields=["chosen", "chosen_as", "chosen_by", "solved_at"])
    derive(topic, at=at)
    for member_id in sorted(members):
        count_member(member_id)


def thank_post(post: Post, *, by: Member, at: datetime | None = None) -> bool:
    """Thank for a post: once, never for one's own; whether that changed anything."""
    return _turn_thanks(post, by=by, is_thanked=True, at=at or now())


def take_back_thanks(post: Post, *, by: Member, at: datetime | None = None) -> bool:
    """Take one's thanks back."""
    return _turn_thanks(post, by=by, is_thanked=False, at=at or now())


def _turn_thanks(post: Post, *, by: Member, is_thanked: bool, at: datetime) -> bool:
    check_writer(by)
    if post.author_id == by.pk:
        raise NotAllowed(_("Thanks are for others."))
    with transaction.atomic():
        topic = lock(post.topic_id)
        row = Post.objects.get(pk=post.pk)
        if row.state != Post.State.SHOWN:
            raise Overtaken(_("This is not shown any more."))
        if is_thanked:
            changed = Thanks.objects.get_or_create(post=row, member=by, defaults={"at": at})[1]
        else:
            changed = bool(Thanks.objects.filter(post=row, member=by).delete()[0])
        if not changed:
            return False
        row.thanks = row.thanked.count()
        row.save(update_fields=["thanks"])
        derive(topic, at=at)
        count_member(row.author_id)
        touch(topic, PostThanked, by=by, at=at, post_id=row.pk, member_id=by.pk, is_thanked=is_thanked)
        if is_thanked:
            notify_one(row.author_id, kind="thanked", topic=topic, post=row, actor=by, at=at)
    return True


def tell_outcome(
    post: Post,
    *,
    by: Member,
    worked: bool | None,
    version: str = "",
    words: str = "",
    at: datetime | None = None,
) -> None:
    """Say whether an answer worked, with which version and in which words; None takes it back. The last word counts."""
    check_writer(by)
    at = at or now()
    if post.author_id == by.pk:
        raise NotAllowed(_("Whether it worked is for others to say."))
    with transaction.atomic():
        topic = lock(post.topic_id)
        row = Post.objects.get(pk=post.pk)
        if row.kind != Post.Kind.ANSWER or row.state != Post.State.SHOWN:
            raise NotAllowed(_("Only an answer can have worked."))
        if worked is None:
            Outcome.objects.filter(post=row, member=by).delete()
        else:
            Outcome.objects.update_or_create(
                post=row,
                member=by,
                defaults={
                    "worked": worked,
                    "version": " ".join(version.split())[:60],
                    "words": " ".join(words.split())[:300],
                    "at": at,
                },
            )
        row.worked = row.outcomes.filter(worked=True).count()
        row.failed = row.outcomes.filter(worked=False).count()
        row.save(update_fields=["worked", "failed"])
        touch(topic, OutcomeTold, by=by, at=at, post_id=row.pk, member_id=by.pk, worked=worked)
        if worked is not None:
            notify_one(row.author_id, kind="outcome", topic=topic, post=row, actor=by, at=at)


def have_same_question(topic: Topic, *, by: Member, is_same: bool = True) -> bool:
    """Say that one has this question too, or that it is settled for oneself; whether that changed anything."""
    if not may_write(by):
        raise NotAllowed(_("This account may not write here at the moment."))
    if topic.author_id == by.pk:
        raise NotAllowed(_("You asked it."))
    with transaction.atomic():
        row = lock(topic.pk)
        if is_same:
            changed = SameQuestion.objects.get_or_create(topic=row, member=by)[1]
        else:
            changed = bool(SameQuestion.objects.filter(topic=row, member=by).delete()[0])
        if changed:
            row.same_question = row.same_askers.count()
            row.save(update_fields=["same_question"])
            touch(row, SameQuestionTold, by=by, member_id=by.pk, is_same=is_same)
    return changed


def count_member(member_id: int) -> None:
    """Bring in line how many of a member's answers solved it, and how many distinct members they helped."""
    mark_stale([member_id])
    take_turn(Member.objects.filter(pk=member_id))
    answers = Post.objects.filter(author_id=member_id, kind=Post.Kind.ANSWER, state=Post.State.SHOWN)
    solved = Topic.objects.filter(chosen__in=answers).exclude(author_id=member_id)
    helped = set(solved.values_list("author_id", flat=True)) | set(
        Thanks.objects.filter(post__in=answers).values_list("member_id", flat=True)
    )
    Member.objects.filter(pk=member_id).update(solved=solved.count(), helped=len(helped - {member_id}))
