"""A space on the Fediverse: its actor, who follows it, what was told to whom, what was heard, and whom we deal with."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

LONGEST_ADDRESS = 500


class SpaceActor(models.Model):
    """A space that can be followed from the Fediverse. Its private key lies sealed with its channel."""

    space = models.OneToOneField("community.Space", on_delete=models.CASCADE, related_name="actor")
    channel = models.OneToOneField("channels.Channel", on_delete=models.CASCADE, related_name="space_actor")
    name = models.CharField(max_length=60, unique=True)  # before the @ of its handle
    base = models.CharField(max_length=300)  # the public address under which it was made: it never changes
    public_key = models.TextField()
    is_on = models.BooleanField(default=True)
    told_as = models.CharField(max_length=64, blank=True, default="")  # digest of its document, as last told
    is_due = models.BooleanField(
        default=False
    )  # its name, its words or whether it is there may have to be told
    began_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.name


class Follower(models.Model):
    """Somebody elsewhere who is sent what is said in a space."""

    actor = models.ForeignKey(SpaceActor, on_delete=models.CASCADE, related_name="followers")
    uri = models.CharField(max_length=LONGEST_ADDRESS)
    name = models.CharField(max_length=120, blank=True, default="")
    handle = models.CharField(max_length=320, blank=True, default="")
    host = models.CharField(max_length=260)
    inbox = models.CharField(max_length=LONGEST_ADDRESS)
    shared_inbox = models.CharField(max_length=LONGEST_ADDRESS, blank=True, default="")
    follow_id = models.CharField(max_length=LONGEST_ADDRESS)  # of their wish, which we accepted
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "uri"], name="one_follower_a_space")]
        indexes = [models.Index(fields=["host"], name="follower_host")]


class Acquaintance(models.Model):
    """Somebody elsewhere as their own server told of them: their key, and where they are written to."""

    uri = models.CharField(max_length=LONGEST_ADDRESS, unique=True)
    host = models.CharField(max_length=260)
    key_id = models.CharField(max_length=LONGEST_ADDRESS)
    key = models.TextField()
    name = models.CharField(max_length=120, blank=True, default="")
    handle = models.CharField(max_length=320, blank=True, default="")
    url = models.CharField(max_length=LONGEST_ADDRESS, blank=True, default="")
    inbox = models.CharField(max_length=LONGEST_ADDRESS)
    shared_inbox = models.CharField(max_length=LONGEST_ADDRESS, blank=True, default="")
    is_bot = models.BooleanField(default=False)
    asked_at = models.DateTimeField(default=now)


class Rule(models.Model):
    """A server, or one person on it, that is kept out; or, where only listed servers may come, one that may."""

    class Kind(models.TextChoices):
        BLOCK = "block"
        ALLOW = "allow"

    kind = models.CharField(max_length=5, choices=Kind)
    host = models.CharField(max_length=260)
    uri = models.CharField(max_length=LONGEST_ADDRESS, blank=True, default="")  # "" the whole server
    why = models.CharField(max_length=200, blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "host", "uri"], name="one_rule_a_host")]


class Server(models.Model):
    """How another server is reached: one that fails is tried ever more rarely, and after a week no more."""

    host = models.CharField(max_length=260, unique=True)
    attempts = models.IntegerField(default=0)  # failures in a row
    failing_since = models.DateTimeField(null=True)
    not_before = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    reached_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True, default="")


class Told(models.Model):
    """What the Fediverse knows of a post: whether it was told, as what, and whether that must be looked at again."""

    post = models.OneToOneField("community.Post", on_delete=models.CASCADE, related_name="told")
    actor = models.ForeignKey(SpaceActor, on_delete=models.CASCADE, related_name="told")
    digest = models.CharField(max_length=64, blank=True, default="")  # of what was told last; "" nothing yet
    is_gone = models.BooleanField(default=False)  # it was taken back
    times = models.IntegerField(default=0)
    boosts = models.IntegerField(
        default=0
    )  # how many people passed it on there: as many as there are rows of Boost
    is_due = models.BooleanField(default=True)
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["id"], name="told_due", condition=Q(is_due=True))]


class Boost(models.Model):
    """Somebody elsewhere passed a post on: once, however often their server says so."""

    told = models.ForeignKey(Told, on_delete=models.CASCADE, related_name="boosted")
    uri = models.CharField(max_length=LONGEST_ADDRESS)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["told", "uri"], name="one_boost_a_person")]


class Activity(models.Model):
    """One thing that a space tells, as it leaves. Kept while somebody still has to get it."""

    actor = models.ForeignKey(SpaceActor, on_delete=models.CASCADE, related_name="activities")
    uri = models.CharField(max_length=600, unique=True)
    body = models.JSONField()
    at = models.DateTimeField(default=now)


class Parcel(models.Model):
    """An activity for one inbox. Never lost, tried again within bounds; a repeat is the same activity there."""

    class State(models.TextChoices):
        QUEUED = "queued"
        CLAIMED = "claimed"
        SENT = "sent"
        REFUSED = "refused"
        GIVEN_UP = "given_up"

    activity = models.ForeignKey(Activity, on_delete=models.CASCADE, related_name="parcels")
    inbox = models.CharField(max_length=LONGEST_ADDRESS)
    host = models.CharField(max_length=260)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.IntegerField(default=0)
    not_before = models.DateTimeField(default=now)
    claimed_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=300, blank=True, default="")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["activity", "inbox"], name="one_parcel_an_inbox")]
        indexes = [
            models.Index(fields=["not_before", "id"], name="parcel_due", condition=Q(state="queued")),
            models.Index(fields=["claimed_until"], name="parcel_claimed", condition=Q(state="claimed")),
            models.Index(fields=["host", "state"], name="parcel_host"),
        ]
