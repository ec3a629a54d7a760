"""The house rules by version, who agreed to them, and the members' vote on them."""

from django.db import models
from django.utils.timezone import now

from harken.community.screening import Strictness

from .members import Member


class House(models.Model):
    """How the house is kept: one row at most."""

    strictness = models.CharField(
        max_length=10, choices=[(one.value, one.name) for one in Strictness], default=Strictness.NORMAL.value
    )


class Rules(models.Model):
    """One version of the house rules. In force is the announced one with the latest date that has come."""

    class State(models.TextChoices):
        DRAFT = "draft"  # seen by who may moderate
        VOTED = "voted"  # before the members
        REFUSED = "refused"  # by a vote that binds
        ANNOUNCED = "announced"  # in force at its date, and until a later one is

    number = models.IntegerField(unique=True)  # of the version
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    note = models.CharField(max_length=300, blank=True, default="")  # why it is changed, for everybody
    made_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(default=now)
    announced_at = models.DateTimeField(null=True)
    in_force_at = models.DateTimeField(null=True)
    is_told = models.BooleanField(default=False)  # that it came into force
    is_demo = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["-in_force_at"], name="rules_in_force", condition=models.Q(state="announced")
            )
        ]


class Rule(models.Model):
    """One rule of a version, in plain words."""

    rules = models.ForeignKey(Rules, on_delete=models.CASCADE, related_name="rules")
    number = models.IntegerField()
    title = models.CharField(max_length=80)
    words = models.CharField(max_length=500, blank=True, default="")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["rules", "number"], name="one_rule_a_number")]


class Agreement(models.Model):
    """A member agreed to a version, once, by what they did under a line that said so."""

    class Act(models.TextChoices):
        JOINED = "joined"
        WROTE = "wrote"

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="agreements")
    rules = models.ForeignKey(Rules, on_delete=models.CASCADE, related_name="agreements")
    act = models.CharField(max_length=10, choices=Act)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "rules"], name="agreed_once")]


class Vote(models.Model):
    """The members' vote on a version. The ballots are destroyed when they are counted; the counts stay."""

    rules = models.OneToOneField(Rules, on_delete=models.CASCADE, related_name="vote")
    opens_at = models.DateTimeField(default=now)
    closes_at = models.DateTimeField()
    is_binding = models.BooleanField()  # said beforehand; False: it advises
    counted_at = models.DateTimeField(null=True)
    voted_for = models.IntegerField(default=0)
    voted_against = models.IntegerField(default=0)
    might_vote = models.IntegerField(default=0)  # how many could have, when it was counted


class Ballot(models.Model):
    """What a member voted, while the vote is open; theirs to change, and shown to nobody."""

    vote = models.ForeignKey(Vote, on_delete=models.CASCADE, related_name="ballots")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    is_for = models.BooleanField()
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vote", "member"], name="one_ballot_a_member")]
