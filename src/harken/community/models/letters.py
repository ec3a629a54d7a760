"""A member's mail: whether it may be written to them, what they want of it, and what was sent."""

from django.db import models
from django.utils.timezone import now

from .members import Member
from .posts import Post
from .topics import Topic


class LetterBox(models.Model):
    """Where a member's mail goes. Only an address that they confirmed gets any; another one is another box."""

    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="box")
    email = models.CharField(max_length=254)  # the one that was asked or confirmed
    asked_at = models.DateTimeField(null=True)  # the link was sent
    confirmed_at = models.DateTimeField(null=True)
    rhythms = models.JSONField(default=dict)  # {letters.policy.Group: Rhythm}; what lacks is as usual
    off_at = models.DateTimeField(null=True)  # they want no mail at all
    bounces = models.IntegerField(default=0)  # since it was confirmed
    failing_since = models.DateTimeField(null=True)  # too many came back: nothing is sent any more
    problem = models.CharField(max_length=300, blank=True, default="")  # what came back with the last one
    noted_at = models.DateTimeField(null=True)  # when a mail that was no reply was answered last

    class Meta:
        verbose_name_plural = "letter boxes"


class Letter(models.Model):
    """A mail to a member, as the thing out that it is; a reply to it is known by it."""

    class Kind(models.TextChoices):
        CONFIRM = "confirm"  # the link that proves the address
        NEWS = "news"  # of one topic, or of something without one
        DAY = "day"  # what came together since the last one

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=10, choices=Kind)
    topic = models.ForeignKey(Topic, null=True, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(
        Post, null=True, on_delete=models.CASCADE, related_name="+"
    )  # what a reply answers
    dispatch = models.OneToOneField("channels.Dispatch", on_delete=models.CASCADE, related_name="+")
    noted_at = models.DateTimeField(null=True)  # when a reply to it that could not be taken was answered
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["member", "topic", "-at"], name="letter_of_topic")]
