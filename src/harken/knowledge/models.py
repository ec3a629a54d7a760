"""What is known: answers that solved something, whether they still hold, and where they were sent."""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from .policy import State

STATES = [(state.value, state.name) for state in State]


class Solution(models.Model):
    """The answer that solved a topic, citable; kept in line with the topic by reactions. Only topics that everybody
    may read have one."""

    topic = models.OneToOneField("community.Topic", on_delete=models.CASCADE, related_name="solution")
    answer = models.ForeignKey("community.Post", null=True, on_delete=models.SET_NULL, related_name="+")
    space = models.ForeignKey("community.Space", on_delete=models.CASCADE, related_name="+")
    brand = models.ForeignKey("accounts.Brand", on_delete=models.CASCADE, related_name="+")
    title = models.CharField(max_length=200)
    tag_names = models.JSONField(default=list)
    language = models.CharField(max_length=10, blank=True, default="")
    chosen_at = models.DateTimeField()
    versions = models.JSONField(default=list)  # with which members said that it works
    confirmed = models.IntegerField(default=0)  # distinct people who said that it works
    first_confirmed_at = models.DateTimeField(null=True)
    last_confirmed_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=STATES, default=State.FRESH)
    reasons = models.JSONField(default=list)  # of policy.Reason, as data
    looked_at = models.DateTimeField(null=True)  # a person of the company said that it still works
    looked_by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    withdrawn_by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    sent = models.IntegerField(default=0)  # replies that left with it
    solved = models.IntegerField(default=0)  # of these, the customer thanked
    missed = models.IntegerField(default=0)  # of these, the customer said that it didn't work
    look_again_at = models.DateTimeField(null=True)  # when time alone may change what is said of it
    changed_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(
                fields=["-changed_at"],
                name="solution_to_look_at",
                condition=Q(state__in=["doubted", "stale"]),
            ),
            models.Index(
                fields=["look_again_at"], name="solution_due", condition=Q(look_again_at__isnull=False)
            ),
        ]


class Citation(models.Model):
    """A solution was sent in a reply; and what the customer said next."""

    class Outcome(models.TextChoices):
        SOLVED = "solved"
        MISSED = "missed"

    solution = models.ForeignKey(Solution, on_delete=models.CASCADE, related_name="citations")
    message = models.ForeignKey("inbox.Message", on_delete=models.CASCADE, related_name="citations")
    conversation = models.ForeignKey("inbox.Conversation", on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=now)
    is_sent = models.BooleanField(default=False)  # the network has it
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, default="")
    outcome_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["solution", "message"], name="one_citation_a_reply")]
