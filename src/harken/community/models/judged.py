"""What waits for a moderator's look, who reported it, what was decided, and the appeal."""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from harken.community.judging import Act

from .members import Member
from .posts import Post

ACTS = [(act.value, act.name) for act in Act]


class Case(models.Model):
    """A post, or a member's profile, that somebody should look at. One open case a thing."""

    post = models.ForeignKey(Post, null=True, on_delete=models.CASCADE, related_name="cases")
    about = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="cases")  # who is concerned
    reasons = models.JSONField(default=list)  # of screening, [code, points]; why it waits unseen
    mark = models.BigIntegerField(default=0)  # near-duplicate hash of what it is about
    is_fresh = models.BooleanField(default=False)  # held before anybody saw it: its event is owed
    urgent = models.CharField(max_length=10, blank=True, default="")  # why at once: judging.urgency
    opened_at = models.DateTimeField(default=now)
    due_at = models.DateTimeField()
    tell_at = models.DateTimeField(null=True)  # when moderators hear of it, if it waits; None: they did
    decided_at = models.DateTimeField(null=True)
    looker = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    looked_at = models.DateTimeField(null=True)
    passed_by = models.JSONField(default=list)  # ids of members who leave it to others
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["post"], condition=Q(decided_at=None, post__isnull=False), name="one_open_case_a_post"
            ),
            models.UniqueConstraint(
                fields=["about"], condition=Q(decided_at=None, post=None), name="one_open_case_a_profile"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="case_open", condition=Q(decided_at=None)),
            models.Index(
                fields=["tell_at"], name="case_to_tell", condition=Q(decided_at=None, tell_at__isnull=False)
            ),
        ]


class Flag(models.Model):
    """Somebody reported it, with the rule they see broken. Once a person and thing; never told who."""

    class Outcome(models.TextChoices):
        OPEN = "open"
        UPHELD = "upheld"
        DISMISSED = "dismissed"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="flags")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="flags_given")
    post = models.ForeignKey(Post, null=True, on_delete=models.CASCADE, related_name="+")
    about = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    rule = models.IntegerField()  # its number
    words = models.CharField(max_length=300, blank=True, default="")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OPEN)
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "post"], condition=Q(post__isnull=False), name="one_flag_a_post"
            ),
            models.UniqueConstraint(
                fields=["member", "about"], condition=Q(post=None), name="one_flag_a_profile"
            ),
        ]
        indexes = [models.Index(fields=["member", "-at"], name="flag_member")]


class ServerReport(models.Model):
    """Another server asks that a post be looked at, for somebody there: once a server and post. Who it was is not kept."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="server_reports")
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="+")
    server = models.CharField(max_length=260)  # its host
    words = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["server", "post"], name="one_report_a_server_and_post")
        ]


class Decision(models.Model):
    """What a moderator decided, under which rule and why. Never changed; taken back by a mark of its own."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="decisions")
    act = models.CharField(max_length=10, choices=ACTS)
    by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    by_staff = models.BooleanField()
    on_company = models.BooleanField()
    post = models.ForeignKey(Post, null=True, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=10)  # of the post: opening, answer, comment, update; "profile"
    about = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="decided")
    is_public = models.BooleanField(default=True)  # it stands in a space that everybody reads
    rule = models.IntegerField()  # its number, as it was
    rule_title = models.CharField(max_length=80)
    reason = models.CharField(max_length=400)
    until = models.DateTimeField(null=True)  # of a suspension
    before = models.JSONField(default=dict)  # what it changed, to change it back
    count = models.IntegerField(default=1)  # alike, decided at once
    first = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="alike"
    )  # of those decided at once, under which it stands in the log; None: a line of its own
    at = models.DateTimeField(default=now)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    undone_why = models.CharField(max_length=400, blank=True, default="")
    is_demo = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["-at", "-id"], name="decision_newest"),
            models.Index(fields=["about", "-at"], name="decision_about"),
        ]


class Appeal(models.Model):
    """The author disagrees, once, in their words; judged by somebody who did not decide."""

    decision = models.OneToOneField(Decision, on_delete=models.CASCADE, related_name="appeal")
    by = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    words = models.CharField(max_length=1000)
    at = models.DateTimeField(default=now)
    due_at = models.DateTimeField()
    tell_at = models.DateTimeField(null=True)  # as a case's
    judged_at = models.DateTimeField(null=True)
    judged_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    is_granted = models.BooleanField(null=True)
    reason = models.CharField(max_length=400, blank=True, default="")
    looker = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    looked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at", "id"], name="appeal_open", condition=Q(judged_at=None)),
            models.Index(
                fields=["tell_at"], name="appeal_to_tell", condition=Q(judged_at=None, tell_at__isnull=False)
            ),
        ]
