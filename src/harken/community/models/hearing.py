"""What a member wants to hear of, and what there is to hear."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from harken.base import journal
from harken.community.events import NoticesChanged

from .members import Member
from .places import Space
from .posts import Post
from .topics import Topic


class Following(models.Model):
    """A member follows a topic, a whole space or a tag; exactly one of the three."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="following")
    topic = models.ForeignKey(Topic, null=True, on_delete=models.CASCADE, related_name="followers")
    space = models.ForeignKey(Space, null=True, on_delete=models.CASCADE, related_name="followers")
    tag = models.ForeignKey("community.Tag", null=True, on_delete=models.CASCADE, related_name="followers")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "topic"], condition=Q(topic__isnull=False), name="one_following_a_topic"
            ),
            models.UniqueConstraint(
                fields=["member", "space"], condition=Q(space__isnull=False), name="one_following_a_space"
            ),
            models.UniqueConstraint(
                fields=["member", "tag"], condition=Q(tag__isnull=False), name="one_following_a_tag"
            ),
            models.CheckConstraint(
                condition=Q(topic__isnull=False, space=None, tag=None)
                | Q(topic=None, space__isnull=False, tag=None)
                | Q(topic=None, space=None, tag__isnull=False),
                name="following_one_thing",
            ),
        ]


def tell_bells(member_ids: Iterable[int]) -> None:
    """Let these members' open pages know that their notices are others now (caller's transaction)."""
    at = now()
    version = int(at.timestamp())  # 31 bits on PostgreSQL; no page compares it
    journal.record(
        *(NoticesChanged(subject_id=one, version=version, at=at) for one in sorted(set(member_ids)))
    )


class Notices(models.QuerySet["Notice"]):
    """Whoever gives a notice rings its member's bell with it."""

    def create(self, **fields: Any) -> Notice:
        """A notice; `get_or_create` comes here for a new one."""
        made = super().create(**fields)
        tell_bells([made.member_id])
        return made

    def bulk_create(self, objs: Iterable[Notice], *args: Any, **options: Any) -> list[Notice]:
        """Many of them."""
        made = super().bulk_create(objs, *args, **options)
        tell_bells(one.member_id for one in made)
        return made


class Notice(models.Model):
    """Something a member wants to know of; one a member, post and kind."""

    objects = Notices.as_manager()

    class Kind(models.TextChoices):
        OPENED = "opened"  # a topic in a space or under a tag they follow
        ANSWERED = "answered"  # in a topic they follow
        COMMENTED = "commented"
        MENTIONED = "mentioned"
        THANKED = "thanked"
        SOLVED = "solved"  # their answer was chosen
        OUTCOME = "outcome"  # somebody tried their answer
        INVITED = "invited"  # asked whether they can answer
        TRAVELLED = "travelled"  # their answer was posted where the question was asked
        STANDING = "standing"  # what they may do here has changed, or will
        DECIDED = "decided"  # about something of theirs, or something they reported
        WAITS = "waits"  # for moderators: something waits long for a look, or can't wait
        IDEA = "idea"  # what became of an idea they weighed

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=12, choices=Kind)
    topic = models.ForeignKey(Topic, null=True, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="+")
    words = models.CharField(
        max_length=300, blank=True, default=""
    )  # what happened, where the kind says too little, in the member's language then
    said = models.JSONField(
        default=dict
    )  # the same without a language, see notice_words; {} of before, or their own words
    address = models.CharField(max_length=200, blank=True, default="")  # where it leads; "" the post
    key = models.CharField(max_length=80, null=True, unique=True)  # of a fact without a post: told once
    at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(null=True)
    mail_at = models.DateTimeField(
        null=True, default=now
    )  # when to look whether to mail it; None: that is done
    letter = models.ForeignKey(
        "community.Letter", null=True, on_delete=models.SET_NULL, related_name="notices"
    )  # in which it was mailed

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "kind", "post", "actor"], name="one_notice_a_fact")
        ]
        indexes = [
            models.Index(fields=["member", "-at"], name="notice_newest"),
            models.Index(fields=["member"], name="notice_unseen", condition=Q(seen_at=None)),
            models.Index(fields=["mail_at"], name="notice_to_mail", condition=Q(mail_at__isnull=False)),
        ]
