"""Customers who want an idea, by the conversation in which they said so; and the one word to all of them about its end."""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now


class Wanting(models.Model):
    """In this conversation a customer said that they want it. The community only counts them."""

    idea = models.ForeignKey("community.Idea", on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(
        "inbox.Conversation", on_delete=models.CASCADE, related_name="wanted_ideas"
    )
    by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["idea", "conversation"], name="one_wanting_a_conversation")
        ]


class Telling(models.Model):
    """“You said, we did”, to everybody who said so on a network: written by one person, approved by another."""

    class State(models.TextChoices):
        WRITTEN = "written"  # waits for a second person
        APPROVED = "approved"  # on its way, some at a time
        DONE = "done"
        STOPPED = "stopped"

    idea = models.ForeignKey("community.Idea", on_delete=models.CASCADE, related_name="+")
    status = models.CharField(max_length=10)  # of the idea, as it was when this was written
    texts = models.JSONField(default=dict)  # by language; "" for all others
    state = models.CharField(max_length=10, choices=State, default=State.WRITTEN)
    written_by = models.ForeignKey("team.Agent", on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=now)
    approved_by = models.ForeignKey("team.Agent", null=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["idea"], condition=Q(state__in=["written", "approved"]), name="one_telling_at_a_time"
            )
        ]


class Told(models.Model):
    """One person who is told, once, in the conversation where they spoke last."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"  # given to the dispatch, which says whether it arrived
        HERE = "here"  # they said so in the community too and have a notice there
        COULD_NOT = "could_not"  # `why` says what stood against it

    telling = models.ForeignKey(Telling, on_delete=models.CASCADE, related_name="told")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey("inbox.Conversation", on_delete=models.CASCADE, related_name="+")
    message = models.ForeignKey("inbox.Message", null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    why = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["telling", "person"], name="one_told_a_person")]
        indexes = [models.Index(fields=["telling", "id"], name="told_waiting", condition=Q(state="waiting"))]
