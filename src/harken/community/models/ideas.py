"""What an idea has beside its topic: how it stands, who owns it, what was said of it; and the people who want it."""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from harken.community.weighing import Status

from .members import Member
from .topics import Topic


class Idea(models.Model):
    """How an idea stands; its words are its topic's. `people` counts distinct people, kept for the lists."""

    topic = models.OneToOneField(Topic, on_delete=models.CASCADE, related_name="idea")
    status = models.CharField(
        max_length=10, choices=[(one.value, one.name) for one in Status], default=Status.NEW
    )
    team = models.ForeignKey("team.Team", null=True, on_delete=models.SET_NULL, related_name="+")
    owner = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    next_word_at = models.DateField(null=True)  # by when the company says more
    next_word = models.CharField(max_length=200, blank=True, default="")  # what about
    word = models.TextField(blank=True, default="")  # the company's last word, plain text
    word_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    word_at = models.DateTimeField(null=True)
    said = models.CharField(max_length=200, blank=True, default="")  # "you said", in one line
    did = models.CharField(max_length=200, blank=True, default="")  # "we did", or "we won't, because"
    settled_at = models.DateTimeField(null=True)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="merged")
    people = models.IntegerField(default=0)
    people_elsewhere = models.IntegerField(default=0)  # of these, only on other networks
    told_at = models.DateTimeField(null=True)  # everybody who wanted it was told of its end
    is_demo = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["-people", "-id"], name="idea_people", condition=Q(merged_into=None)),
            models.Index(
                fields=["status", "-people", "-id"], name="idea_status", condition=Q(merged_into=None)
            ),
            models.Index(
                fields=["-settled_at", "-id"],
                name="idea_settled",
                condition=Q(merged_into=None, settled_at__isnull=False),
            ),
        ]


class Want(models.Model):
    """One person who wants it, wherever they said so. `who` is the same for one person on every way (see
    `actions.weighing.who_of`) and leads back to nobody."""

    idea = models.ForeignKey(Idea, on_delete=models.CASCADE, related_name="wants")
    who = models.CharField(max_length=64)
    member = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="wants")
    said_on = models.CharField(max_length=30, blank=True, default="")  # the network; "" here
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["idea", "who"], name="one_want_a_person")]
