"""What members have earned: the ledger of help, what it comes to, what it opened, and what a person has to look at."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from .members import Member
from .posts import Post
from .topics import Topic


class HelpItem(models.Model):
    """One answer that closed somebody's problem; derived from rows, see actions/helping.py. Never written by hand."""

    class Why(models.TextChoices):
        CHOSEN = "chosen"  # by the one who asked
        STAFF = "staff"  # chosen by the company's people
        WORKED = "worked"  # somebody said that it worked for them
        THANKED = "thanked"  # the one who asked elsewhere thanked for it there

    post = models.OneToOneField(Post, on_delete=models.CASCADE, related_name="help_item")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="help_items")
    helper = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="help_given")
    asker = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="help_got")
    who = (
        models.BigIntegerField()
    )  # the distinct person: the member's id, or minus the person's where one is known
    at = models.DateTimeField()
    why = models.CharField(max_length=8, choices=Why)
    is_staff_verified = models.BooleanField(default=False)
    helped_later = models.IntegerField(default=0)  # further people for whom it worked
    noted_at = models.DateTimeField(default=now)  # when this row was last written

    class Meta:
        indexes = [
            models.Index(fields=["helper", "-at"], name="help_item_helper"),
            models.Index(fields=["-at"], name="help_item_newest"),
        ]


class Standing(models.Model):
    """What a member's help comes to, as it was last worked out; a row from their first answer that helped."""

    member = models.OneToOneField(
        Member, primary_key=True, on_delete=models.CASCADE, related_name="standing_row"
    )
    credit = models.FloatField(default=0.0)
    frozen = models.FloatField(default=0.0)  # held back for a look at a suspected ring
    people = models.IntegerField(default=0)  # distinct, without the ring
    people_lately = models.IntegerField(default=0)  # of the last 180 days
    good = models.IntegerField(default=0)  # answers that solved it
    judged = models.IntegerField(default=0)  # of so many that had the time to
    parts = models.JSONField(default=dict)  # the sum that explains the credit
    missing = models.JSONField(
        default=list
    )  # of what makes a super user; [] nothing, where the round has looked
    rising = models.JSONField(default=dict)  # why they are a rising star; {} they are none
    tired = models.JSONField(default=list)  # reasons, for the company's people only
    computed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(default=now)  # when it is worked out again

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], name="standing_due"),
            models.Index(fields=["-credit", "member"], name="standing_credit"),
        ]


class HeldPower(models.Model):
    """A power as a member holds it; see brain.standing. `Member.powers` lists those that count."""

    class State(models.TextChoices):
        HELD = "held"
        LEAVING = "leaving"  # told; goes on `leaves_at` unless it is met or used again
        RESTING = "resting"  # long unused; taken up again with one press

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="held_powers")
    power = models.CharField(max_length=20)  # of policy.Power
    state = models.CharField(max_length=8, choices=State, default=State.HELD)
    since = models.DateTimeField(default=now)
    used_at = models.DateTimeField(null=True)
    leaves_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=8, blank=True, default="")  # of brain.standing.Why

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "power"], name="one_hold_a_power")]


class CreditFreeze(models.Model):
    """A group whose members mostly thank each other: its credit is held back until a person has looked, never deleted."""

    class State(models.TextChoices):
        SUSPECTED = "suspected"
        CLEARED = "cleared"
        CONFIRMED = "confirmed"

    state = models.CharField(max_length=10, choices=State, default=State.SUSPECTED)
    members = models.ManyToManyField(Member, related_name="freezes")
    thanks = models.IntegerField(default=0)  # between them, when it was last found
    reasons = models.JSONField(default=dict)  # the figures that raised it
    found_at = models.DateTimeField(default=now)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    words = models.CharField(max_length=300, blank=True, default="")  # of the reviewer

    class Meta:
        indexes = [models.Index(fields=["state", "-found_at"], name="freeze_state")]


class SuperUserCall(models.Model):
    """The company's word to a member that they are one of the few who carry the community, and their answer."""

    class State(models.TextChoices):
        INVITED = "invited"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"  # by the company, before an answer
        ENDED = "ended"  # stepped down, or no longer met

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="calls")
    state = models.CharField(max_length=10, choices=State, default=State.INVITED)
    words = models.CharField(max_length=500)
    by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=now)
    answered_at = models.DateTimeField(null=True)
    leaves_at = models.DateTimeField(null=True)  # told; it ends then unless it is met again
    ended_at = models.DateTimeField(null=True)
    ended_why = models.CharField(max_length=12, blank=True, default="")  # stepped_down | unmet

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member"], condition=Q(state__in=["invited", "accepted"]), name="one_open_call"
            )
        ]


class Round(models.Model):
    """How far the work that goes through everybody has come; one row a kind of work."""

    name = models.CharField(max_length=20, unique=True)  # ledger | nightly | ranking | index
    cursor = models.BigIntegerField(default=0)
    begun_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    figures = models.JSONField(default=dict)  # of the community, as the round found them
