"""What every floor stands on: recorded events, reactions that are owed, leases, heartbeats and switches."""

from django.db import models
from django.utils.timezone import now


class Event(models.Model):
    """A recorded fact: one row each, never changed. Live updates and reports read it; nothing decides by it alone."""

    at = models.DateTimeField(default=now)
    kind = models.CharField(max_length=60)  # the event's class name, e.g. MessageReceived
    subject_kind = models.CharField(max_length=30)  # conversation | channel | dispatch | …
    subject_id = models.BigIntegerField()
    version = models.IntegerField(default=0)  # of the subject, so that a page knows what it has
    scope_id = models.BigIntegerField(null=True)  # the channel by which live updates are filtered
    actor_id = models.BigIntegerField(null=True)  # the user who did it; null: a machine or the network
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "id"], name="event_subject"),
            models.Index(fields=["kind", "at"], name="event_kind_at"),
        ]


class Reaction(models.Model):
    """What still has to follow from events: one row per batch and subscriber, done at least once."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DONE = "done"
        FAILED = "failed"

    subscriber = models.CharField(max_length=120)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.IntegerField(default=0)
    due_at = models.DateTimeField(default=now)
    claimed_until = models.DateTimeField(null=True)
    error = models.TextField(default="")
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="reaction_due", condition=models.Q(state="waiting")),
        ]


class Lease(models.Model):
    """Who may do a thing that only one process may do, until when. `fence` rises with every new holder."""

    name = models.CharField(max_length=120, unique=True)
    holder = models.CharField(max_length=120)
    expires_at = models.DateTimeField()
    fence = models.BigIntegerField(default=1)


class Heartbeat(models.Model):
    """One row per running process: what it is and when it was last seen alive."""

    process = models.CharField(max_length=120, unique=True)  # host:pid:kind
    kind = models.CharField(max_length=20)  # up | web | work | connect
    started_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(default=now)
    details = models.JSONField(default=dict)


class Presence(models.Model):
    """Who is looking at a thing or writing to it right now; the row counts until `until`."""

    subject_kind = models.CharField(max_length=30)  # conversation | …
    subject_id = models.BigIntegerField()
    scope_id = models.BigIntegerField(null=True)  # the channel by which live updates are filtered
    user_id = models.BigIntegerField()
    doing = models.CharField(max_length=10)  # reading | writing
    since = models.DateTimeField(default=now)
    until = models.DateTimeField()
    changed_at = models.DateTimeField(
        default=now, db_index=True
    )  # last time that others would see a difference

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "user_id"], name="one_presence_a_user"
            ),
        ]


class Switch(models.Model):
    """An operator's switch that takes effect at once everywhere, e.g. "stop all sending"."""

    name = models.CharField(max_length=60, unique=True)
    is_on = models.BooleanField(default=False)
    changed_by_id = models.BigIntegerField(null=True)
    changed_at = models.DateTimeField(default=now)
