"""What members say of a post without words of their own: thanks, and whether it worked."""

from django.db import models
from django.utils.timezone import now

from .members import Member
from .posts import Post


class Thanks(models.Model):
    """A member's thanks for a post: once each, never for one's own."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="thanked")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="thanks_given")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "member"], name="one_thanks_a_post")]


class Outcome(models.Model):
    """Whether an answer worked for a member who tried it, with which version, in their words."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="outcomes")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    worked = models.BooleanField()
    version = models.CharField(max_length=60, blank=True, default="")
    words = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "member"], name="one_outcome_a_post")]
