"""Promised response times over anything: rows without upward keys, so that whatever waits holds one."""

from django.db import models
from django.utils.timezone import now


class BusinessCalendar(models.Model):
    """Opening hours as wall-clock rules in an IANA zone; see base.time for what they mean."""

    name = models.CharField(max_length=120, unique=True)
    zone = models.CharField(max_length=64, default="UTC")
    is_always_open = models.BooleanField(default=False)
    # {"0": [["09:00", "17:00"]], …} Monday is 0; an interval may cross midnight ["22:00", "06:00"]
    hours = models.JSONField(default=dict)
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Holiday(models.Model):
    """A day on which the calendar's hours don't hold; with `hours` it has its own."""

    calendar = models.ForeignKey(BusinessCalendar, on_delete=models.CASCADE, related_name="holidays")
    day = models.DateField()
    name = models.CharField(max_length=120, default="")
    hours = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "day"], name="one_holiday_a_day")]


class Target(models.Model):
    """How soon we promise to answer. The most specific target that fits holds; null means any."""

    class Kind(models.TextChoices):
        FIRST = "first"
        NEXT = "next"

    kind = models.CharField(max_length=10, choices=Kind)
    brand = models.ForeignKey(
        "accounts.Brand", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    channel_id = models.BigIntegerField(null=True, blank=True)  # channels is a sibling floor: no key, by id
    urgency = models.CharField(
        max_length=10, blank=True, default=""
    )  # critical | high | normal | low | "" any
    seconds = models.IntegerField(default=3600)
    calendar = models.ForeignKey(
        BusinessCalendar, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_demo = models.BooleanField(default=False)


class Clock(models.Model):
    """One promise running. `used` is the time on the promise's own calendar that was used up before `resumed_at`."""

    class State(models.TextChoices):
        RUNNING = "running"
        PAUSED = "paused"
        MET = "met"
        MISSED = "missed"  # stopped after its end
        CANCELLED = "cancelled"

    kind = models.CharField(max_length=10, choices=Target.Kind, default=Target.Kind.FIRST)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    target_seconds = models.IntegerField()
    calendar = models.ForeignKey(BusinessCalendar, null=True, on_delete=models.SET_NULL, related_name="+")
    started_at = models.DateTimeField(default=now)
    resumed_at = models.DateTimeField(default=now)
    used_seconds = models.FloatField(default=0)
    due_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=120, default="")  # the rule that paused or stopped it, in words
    is_late_told = models.BooleanField(default=False)  # the sweep recorded that it ran out

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"], name="clock_due", condition=models.Q(state="running", is_late_told=False)
            ),
        ]
