"""Rules that the company writes for answers to travel without a person, and the answers that are about to."""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from harken.channels.dispatching import new_key

from .trips import Trip


class TravelRule(models.Model):
    """When answers go by themselves: for one channel of a brand, or for all of them. Without one a person sends each."""

    brand = models.ForeignKey("accounts.Brand", on_delete=models.CASCADE, related_name="travel_rules")
    channel = models.ForeignKey(
        "channels.Channel", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    when_accepted = models.BooleanField(default=False)
    accepted_from = models.CharField(
        max_length=10, default="trusted"
    )  # policy.Trust: who must have written it
    when_checked = models.BooleanField(default=False)
    when_earned = models.BooleanField(default=False)
    min_worked = models.IntegerField(default=3)
    wait_minutes = models.IntegerField(default=10)
    written_by = models.ForeignKey("team.Agent", on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["brand"], condition=Q(channel=None), name="one_travel_rule_a_brand"
            ),
            models.UniqueConstraint(
                fields=["channel"], condition=Q(channel__isnull=False), name="one_travel_rule_a_channel"
            ),
        ]


class Departure(models.Model):
    """An answer that goes by itself unless somebody stops it; one a trip and answer."""

    class State(models.TextChoices):
        PLANNED = "planned"
        GONE = "gone"  # it was sent by the rule
        HELD = "held"  # something spoke against it when its time came; a person sends it
        STOPPED = "stopped"  # by a person

    trip = models.ForeignKey(Trip, on_delete=models.CASCADE, related_name="departures")
    post = models.ForeignKey("community.Post", on_delete=models.CASCADE, related_name="+")
    rule = models.ForeignKey(TravelRule, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    key = models.CharField(max_length=60, default=new_key)  # of the reply: sent twice, it leaves once
    because = models.CharField(max_length=10)  # policy.Because
    why_held = models.CharField(max_length=20, blank=True, default="")  # policy.Stop, its name
    due_at = models.DateTimeField()
    seen_version = (
        models.IntegerField()
    )  # of the conversation when it was planned: who speaks later is read first
    stopped_by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["trip", "post"], name="one_departure_an_answer")]
        indexes = [models.Index(fields=["due_at"], name="departure_due", condition=Q(state="planned"))]
