"""Who asked elsewhere comes here: what was kept under a member without a sign-in becomes theirs."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.base import journal
from harken.community.events import MemberChanged, TopicTurned
from harken.community.models import (
    Case,
    Following,
    Member,
    Notice,
    Outcome,
    Post,
    SameQuestion,
    Thanks,
    Topic,
)
from harken.community.permissions import is_staff

from .changing import NotAllowed, Overtaken, check_writer, derive, lock, touch
from .choosing import count_member
from .helping import derive_help
from .joining import NAME_OF_GONE
from .weighing import take_wants
from .writing import count_answers


def take_over(asker: Member, *, by: Member, is_same_person: bool, at: datetime | None = None) -> list[Topic]:
    """Give `by` everything of `asker`, a member without a sign-in: topics, posts, thanks, what worked for them, what
    they follow. The caller has proven that they are the same. Returns the topics.

    `is_same_person`: `by` is the asker's person from now on, so that what they ask there later is theirs here too;
    False where it was asked in private: nothing may lead back from here.

    What both had said (thanks for one post, an outcome) stands once, as `by` said it; what nobody may say of
    themselves (thanks for one's own answer) goes. It can't be undone: others have read the thanks under the new name.
    """
    check_writer(by)
    if is_staff(by):
        raise NotAllowed(
            _("This is for the one who asked. You work here: your name stands beside what you answered.")
        )
    at = at or now()
    with transaction.atomic():
        asker = Member.objects.select_for_update().get(pk=asker.pk)
        if asker.pk == by.pk:
            return []
        if asker.user_id is not None or asker.state != Member.State.ACTIVE:
            raise Overtaken(_("Somebody has taken this over already."))
        spoken, marked = _topics_of(asker)
        helped = _move_marks(asker, by)
        _move_words(asker, by)
        helped |= set(
            Topic.objects.filter(author=by, pk__in=spoken, chosen__isnull=False).values_list(
                "chosen__author_id", flat=True
            )
        )
        if is_same_person and by.person_id is None:
            by.person_id = asker.person_id
            by.save(update_fields=["person"])
        _leave(asker)
        topics = [_count_anew(topic_id, by=by, at=at) for topic_id in sorted(spoken)]
        for topic in topics:
            if topic.author_id == by.pk:
                Following.objects.get_or_create(member=by, topic=topic)
        for topic_id in sorted(marked):
            _count_anew(topic_id, by=by, at=at)
        if is_same_person:
            asker.elsewhere.update(member=by, claimed_at=at)
        derive_help(spoken | marked, at=at)
        for member_id in sorted(helped - {by.pk}):
            count_member(member_id)
        count_answers(by.pk)
        count_member(by.pk)
        journal.record(MemberChanged(subject_id=by.pk, actor_id=by.user_id, at=at, what="claimed"))
    return topics


def _topics_of(asker: Member) -> tuple[set[int], set[int]]:
    """The topics in which they said something, and those in which they only thanked or tried something."""
    spoken = set(Topic.objects.filter(author=asker).values_list("pk", flat=True))
    spoken |= set(asker.posts.values_list("topic_id", flat=True))
    marked = {
        topic_id
        for model in (Thanks, Outcome)
        for topic_id in model.objects.filter(member=asker).values_list("post__topic_id", flat=True)
    }
    return spoken, marked - spoken


def _move_words(asker: Member, by: Member) -> None:
    """Posts and topics, with what is judged of them, ideas that they wanted and what they chose."""
    asker.posts.update(author=by)
    take_wants(asker, by=by)
    Case.objects.filter(about=asker, post__isnull=False).update(about=by)
    Topic.objects.filter(author=asker).update(author=by)
    Topic.objects.filter(chosen_by=asker).update(chosen_by=by)
    Topic.objects.filter(last_author=asker).update(last_author=by)


def _leave(asker: Member) -> None:
    """Nobody is left under this member, and nothing leads to a person."""
    asker.person, asker.state, asker.name = None, Member.State.GONE, NAME_OF_GONE
    asker.slug = f"left.{asker.pk}"
    asker.save(update_fields=["person", "state", "name", "slug"])


def _count_anew(topic_id: int, *, by: Member, at: datetime) -> Topic:
    """A topic whose words or thanks are `by`'s now."""
    topic = lock(topic_id)
    derive(topic, at=at)
    touch(topic, TopicTurned, by=by, at=at, member_id=by.pk, what="claimed")
    return topic


def _move_marks(asker: Member, by: Member) -> set[int]:
    """Thanks, outcomes, the same question, following and what notices name; returns who was thanked."""
    thanked = set(Thanks.objects.filter(member=asker).values_list("post__author_id", flat=True))
    marked = {
        post_id
        for model in (Thanks, Outcome)
        for post_id in model.objects.filter(member=asker).values_list("post_id", flat=True)
    }
    for model in (Thanks, Outcome):
        rows = model.objects.filter(member=asker)
        rows.filter(post__author=by).delete()
        rows.filter(post_id__in=model.objects.filter(member=by).values("post_id")).delete()
        model.objects.filter(member=asker).update(member=by)
    mine = Topic.objects.filter(author__in=[asker, by]).values("pk")
    same = SameQuestion.objects.filter(member__in=[asker, by], topic_id__in=mine)
    for topic_id in set(same.values_list("topic_id", flat=True)):
        same.filter(topic_id=topic_id).delete()
        count = SameQuestion.objects.filter(topic_id=topic_id).count()
        Topic.objects.filter(pk=topic_id).update(same_question=count)
    for row in Following.objects.filter(member=asker):
        Following.objects.get_or_create(member=by, topic=row.topic, space=row.space, tag=row.tag)
    Following.objects.filter(member=asker).delete()
    Notice.objects.filter(actor=asker, member=by).delete()
    for notice in Notice.objects.filter(actor=asker):  # a handful: one a thank-you
        if not Notice.objects.filter(
            member_id=notice.member_id, kind=notice.kind, post_id=notice.post_id, actor=by
        ).exists():
            Notice.objects.filter(pk=notice.pk).update(actor=by)
    for post in Post.objects.filter(pk__in=marked):
        post.thanks = post.thanked.count()
        post.worked = post.outcomes.filter(worked=True).count()
        post.failed = post.outcomes.filter(worked=False).count()
        post.save(update_fields=["thanks", "worked", "failed"])
    return thanked
