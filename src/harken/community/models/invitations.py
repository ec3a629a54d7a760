"""Whom a question was put before: members who may know, circle by circle, then the company's people."""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from .members import Member
from .places import Space, Tag
from .posts import Post
from .topics import Topic


class Expert(models.Model):
    """Whether, when and what a member wants to be asked; and what is known of how they answer, kept ready.

    There is one for each member who answered somebody or said something about being asked.
    """

    member = models.OneToOneField(Member, primary_key=True, on_delete=models.CASCADE, related_name="expert")
    is_on = models.BooleanField(default=False)  # they said yes; nobody is asked who has not
    wants_all = models.BooleanField(default=True)  # whatever they may know; else what their wishes name
    hours = models.JSONField(default=dict)  # {"0": [["09:00", "21:00"]], …} Monday is 0; {} any time
    zone = models.CharField(max_length=64, blank=True, default="")
    most_a_week = models.IntegerField(default=3)
    paused_until = models.DateTimeField(null=True)

    heat = models.FloatField(null=True)  # brain.route.warmed: how active, in a form that does not fade
    answers = models.IntegerField(default=0)  # to questions of others
    good = models.IntegerField(default=0)  # chosen, or thanked at least twice
    week = models.BinaryField(default=bytes)  # answers by hour of the week (UTC), 168 bytes
    expected = models.FloatField(default=0)  # of the invitations: answers that were to be expected in time
    kept = models.IntegerField(default=0)  # answered in time when asked
    is_stale = models.BooleanField(default=True)  # the four above are to be counted anew
    is_demo = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["-heat"], name="expert_active", condition=Q(is_on=True)),
            models.Index(fields=["member"], name="expert_stale", condition=Q(is_stale=True)),
        ]


class Wish(models.Model):
    """A tag or a space about which a member wants to be asked; exactly one of the two."""

    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="wishes")
    tag = models.ForeignKey(Tag, null=True, on_delete=models.CASCADE, related_name="+")
    space = models.ForeignKey(Space, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["expert", "tag"], condition=Q(tag__isnull=False), name="one_wish_a_tag"
            ),
            models.UniqueConstraint(
                fields=["expert", "space"], condition=Q(space__isnull=False), name="one_wish_a_space"
            ),
            models.CheckConstraint(
                condition=Q(tag__isnull=False, space=None) | Q(tag=None, space__isnull=False),
                name="wish_of_one_thing",
            ),
        ]


class TagAnswers(models.Model):
    """How often a member answered under a tag, kept ready for routing."""

    expert = models.ForeignKey(Expert, on_delete=models.CASCADE, related_name="in_tags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+")
    answers = models.IntegerField()
    solved = models.IntegerField(default=0)
    is_on = models.BooleanField(default=False)  # as the expert's, so that the most in a tag are a range

    class Meta:
        constraints = [models.UniqueConstraint(fields=["expert", "tag"], name="one_count_a_tag")]
        indexes = [models.Index(fields=["tag", "-answers"], name="tag_answers_most", condition=Q(is_on=True))]


class Circles(models.Model):
    """How a space asks its members, and when the company's people take over; without a space: how all others do."""

    space = models.OneToOneField(Space, null=True, on_delete=models.CASCADE, related_name="circles")
    is_on = models.BooleanField(default=True)
    first = models.IntegerField(default=3)
    more = models.IntegerField(default=3)
    widen_percent = models.IntegerField(default=50)  # of the promised time
    staff_percent = models.IntegerField(default=75)
    calendar = models.ForeignKey(
        "clocks.BusinessCalendar", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )  # when the company's people are there; none: always
    takes = models.ForeignKey(
        "team.Agent", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )  # who has it first when it is put before the company's people


class Asking(models.Model):
    """How far one question has been carried. `due_at`: when the next step is; the lane `circles` takes it."""

    topic = models.OneToOneField(Topic, primary_key=True, on_delete=models.CASCADE, related_name="asking")
    step = models.IntegerField(default=0)  # circles.Step
    is_waiting = models.BooleanField(default=True)  # nobody answered yet
    due_at = models.DateTimeField(null=True)
    promised_at = models.DateTimeField(null=True)  # the end of the clock that these steps were laid out by
    invited = models.IntegerField(default=0)  # members who were asked and did not say no
    instead = models.IntegerField(default=0)  # asked in place of others
    began_at = models.DateTimeField(default=now)
    staff_at = models.DateTimeField(null=True)  # when it was put before the company's people
    agent = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    agent_at = models.DateTimeField(null=True)
    handed_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    handed_at = models.DateTimeField(null=True)  # when a member handed it to the company's people
    handed_why = models.CharField(max_length=200, blank=True, default="")  # for these alone
    writing = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    writing_at = models.DateTimeField(null=True)  # when they said "I can help"

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                name="asking_due",
                condition=Q(is_waiting=True, due_at__isnull=False),
            ),
            models.Index(fields=["promised_at", "topic"], name="asking_waits", condition=Q(is_waiting=True)),
        ]


class Invitation(models.Model):
    """A question put before a member who may know. Nobody is asked the same twice."""

    class State(models.TextChoices):
        ASKED = "asked"
        ACCEPTED = "accepted"  # "I can help"; reserves nothing
        DECLINED = "declined"  # "not me"; shown to nobody
        ANSWERED = "answered"
        EXPIRED = "expired"  # nobody said anything, and the promised time is over
        WITHDRAWN = "withdrawn"  # answered by somebody else, closed, taken away

    OPEN = ("asked", "accepted")

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="invitations")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="invitations")
    circle = models.IntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    why = models.CharField(max_length=10, default="")  # solved | answered | wished | like | here
    like = models.IntegerField(default=0)  # how many of that kind
    about = models.CharField(max_length=80, blank=True, default="")  # the tag or space
    parts = models.JSONField(default=dict)  # of the score, as brain.route gives them
    foreseen = models.FloatField(default=0)  # answers to be expected of them in the time that was left
    others = models.IntegerField(default=0)  # who were asked at the same time
    at = models.DateTimeField(default=now)
    settled_at = models.DateTimeField(null=True)
    instead = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="+"
    )  # who was asked then
    declined_why = models.CharField(max_length=10, blank=True, default="")  # unknown | no_time | not_this
    answer = models.ForeignKey(Post, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "member"], name="one_invitation_a_question")]
        indexes = [
            models.Index(fields=["member", "-at"], name="invitation_member"),
            models.Index(
                fields=["member"], name="invitation_open", condition=Q(state__in=["asked", "accepted"])
            ),
        ]
