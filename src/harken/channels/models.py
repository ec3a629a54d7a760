"""Our accounts on networks, and everything that crosses the border: raw things in, things out."""

import secrets as random_source

from django.db import models
from django.utils.timezone import now

from harken.base import secrets


def new_door_token() -> str:
    """An address nobody guesses: 192 bits."""
    return random_source.token_urlsafe(24)


class Channel(models.Model):
    """One account of ours on one network, for one brand."""

    class Purpose(models.TextChoices):
        DESK = "desk"
        SPACE = "space"
        GUEST = "guest"

    class State(models.TextChoices):
        ACTIVE = "active"
        PAUSED = "paused"  # by a person: neither read nor sent
        BROKEN = "broken"  # the network does not accept our credentials any more

    connector = models.CharField(max_length=30)
    name = models.CharField(max_length=120)
    brand = models.ForeignKey("accounts.Brand", on_delete=models.PROTECT, related_name="channels")
    purpose = models.CharField(max_length=10, choices=Purpose, default=Purpose.DESK)
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    settings = models.JSONField(default=dict)
    sealed = models.TextField(default="")  # the secrets, encrypted; see secrets()
    door_token = models.CharField(max_length=64, unique=True, default=new_door_token)
    teams = models.ManyToManyField("team.Team", blank=True, related_name="channels")  # none: every team
    team = models.ForeignKey(
        "team.Team", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )  # new ones go to
    is_archive = models.BooleanField(default=False)  # history: nothing is sent, no live clock
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)
    limits = models.JSONField(default=dict)  # what the instance itself said of them; see limits.py

    cursor = models.JSONField(default=dict)  # saved with the deliveries it stands for
    # health
    polled_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)  # last delivery
    usual_gap = models.FloatField(default=0)  # seconds between deliveries, smoothed
    failing_since = models.DateTimeField(null=True)
    problem = models.TextField(default="")
    what_to_do = models.TextField(default="")
    wait_until = models.DateTimeField(null=True)  # the network asked us to wait

    def __str__(self) -> str:
        return self.name

    def secrets(self) -> dict[str, str]:
        """The secrets in the clear. Never log or show them."""
        return dict(secrets.unseal_mapping(self.sealed)) if self.sealed else {}

    def keep_secrets(self, values: dict[str, str]) -> None:
        """Encrypt and set the secrets (not saved)."""
        self.sealed = secrets.seal_mapping(values)


class Delivery(models.Model):
    """A raw thing in, kept before it is acknowledged. Its state says what became of it: the ledger adds them up."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SHOWN = "shown"  # became a message on the desk
        MERGED = (
            "merged"  # changed a message that is there: an edit, a deletion, reach, a receipt, our own post
        )
        DUPLICATE = "duplicate"  # the same post under another key
        IGNORED = "ignored"  # nothing for the desk; `reason` says why
        FAILED = "failed"  # could not be filed; `reason` says why; can be retried
        UNPROVEN = "unproven"  # kept; nothing is made of it before its sender is proven

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries")
    key = models.CharField(max_length=300)
    body = models.BinaryField()
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    reason = models.CharField(max_length=500, default="")
    copies = models.IntegerField(default=0)  # further arrivals of the same event: duplicates in the ledger
    happened_at = models.DateTimeField(null=True)  # by the network's clock
    received_at = models.DateTimeField(default=now)
    attempts = models.IntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="one_delivery_a_key")]
        indexes = [
            models.Index(fields=["id"], name="delivery_waiting", condition=models.Q(state="waiting")),
            models.Index(
                fields=["channel", "state", "id"], name="delivery_failed", condition=models.Q(state="failed")
            ),
            models.Index(fields=["id"], name="delivery_unproven", condition=models.Q(state="unproven")),
        ]


class DoorRefusal(models.Model):
    """Calls refused at a door, counted by day and reason; their bodies are not kept."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="refusals")
    day = models.DateField()
    reason = models.CharField(max_length=120)
    count = models.IntegerField(default=0)
    last_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "day", "reason"], name="one_refusal_row_a_day")
        ]


class Dispatch(models.Model):
    """A thing out. Leaves at most once; what is not known to have left is never sent again by a machine."""

    class State(models.TextChoices):
        HELD = "held"  # waits for a second person
        QUEUED = "queued"  # waits for its time (undo) or its turn
        CLAIMED = "claimed"  # a worker has it; nothing has left
        REQUESTING = (
            "requesting"  # committed before the first byte: from here on only the network's word counts
        )
        SENT = "sent"
        REFUSED = "refused"
        UNKNOWN = "unknown"  # it may have left
        CANCELLED = "cancelled"  # taken back before anything left

    class Kind(models.TextChoices):
        NEW = "new"
        EDIT = "edit"  # of what another dispatch sent
        DELETE = "delete"

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="dispatches")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.NEW)
    changes = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="changed_by"
    )  # what an edit or a deletion is of
    key = models.CharField(max_length=64, unique=True)  # ours, the same at every try
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    body = models.JSONField()  # an Outbound as data, see dispatching.py
    not_before = models.DateTimeField(default=now)
    after = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="next_parts"
    )  # the part before
    external_id = models.CharField(max_length=500, default="")
    url = models.CharField(max_length=1000, default="")
    reason = models.CharField(max_length=1000, default="")
    what_to_do = models.CharField(max_length=500, default="")
    attempts = models.IntegerField(default=0)
    fence = models.IntegerField(default=0)  # rises with every claim; a late writer with an old one is refused
    claimed_until = models.DateTimeField(null=True)
    requested_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(fields=["not_before"], name="dispatch_due", condition=models.Q(state="queued")),
            # claimed and requesting ones: the end of the claim is taken away when it is settled
            models.Index(
                fields=["claimed_until"],
                name="dispatch_claimed",
                condition=models.Q(claimed_until__isnull=False),
            ),
            models.Index(fields=["not_before"], name="dispatch_unknown", condition=models.Q(state="unknown")),
            models.Index(fields=["settled_at"], name="dispatch_refused", condition=models.Q(state="refused")),
            models.Index(
                fields=["bounced_at"],
                name="dispatch_bounced",
                condition=models.Q(bounced_at__isnull=False),
            ),
            models.Index(fields=["channel", "external_id"], name="dispatch_external"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="new", changes=None)
                | models.Q(kind__in=["edit", "delete"], changes__isnull=False),
                name="dispatch_changes_one",
            ),
        ]
