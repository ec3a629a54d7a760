"""Where things are said: spaces, and the words under which topics are found."""

from django.db import models
from django.utils.timezone import now


class Space(models.Model):
    """A place for one subject."""

    class Audience(models.TextChoices):
        EVERYONE = "everyone"  # readable without an account
        MEMBERS = "members"
        LOUNGE = "lounge"  # super users and the company's people

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60, unique=True, allow_unicode=True)
    icon = models.CharField(max_length=40, default="message-circle")
    intro = models.CharField(max_length=300, blank=True, default="")
    brand = models.ForeignKey("accounts.Brand", on_delete=models.PROTECT, related_name="spaces")
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.EVERYONE)
    kinds = models.JSONField(default=list)  # of Topic.Kind; what may be opened here by members
    position = models.IntegerField(default=0)
    is_open = models.BooleanField(default=True)  # closed: readable, nothing new
    topic_count = models.IntegerField(default=0)
    version = models.IntegerField(default=1)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["position", "id"], name="space_position")]

    def __str__(self) -> str:
        return self.name


class Tag(models.Model):
    """A word under which topics are found: a subject or a product."""

    name = models.CharField(max_length=40, unique=True)
    topic_count = models.IntegerField(default=0)
    is_product = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name
