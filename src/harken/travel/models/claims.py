"""Who asked elsewhere may have the topic under a name of their own."""

from django.db import models
from django.utils.timezone import now

from .trips import Trip


class Claim(models.Model):
    """The key that the asker of one trip was given. Of the key itself only a digest is kept; it works once.

    Where the thread is public everybody can read the key, so there it opens nothing by itself: the member it is
    `wanted_by` is given a `word`, and who asked says that word in the thread, with the handle they asked with.
    """

    class State(models.TextChoices):
        OFFERED = "offered"
        WAITING = "waiting"  # for the word in the public thread
        USED = "used"

    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="claims")
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the key
    state = models.CharField(max_length=10, choices=State, default=State.OFFERED)
    expires_at = models.DateTimeField()
    made_at = models.DateTimeField(default=now)
    used_by = models.ForeignKey("community.Member", null=True, on_delete=models.SET_NULL, related_name="+")
    used_at = models.DateTimeField(null=True)


class ClaimWord(models.Model):
    """A member's word for one claim in a public thread: said there by who asked, it proves that they are the same."""

    claim = models.ForeignKey(Claim, on_delete=models.CASCADE, related_name="words")
    member = models.ForeignKey("community.Member", on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=12)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["claim", "member"], name="one_word_a_member"),
            models.UniqueConstraint(fields=["claim", "word"], name="one_member_a_word"),
        ]
