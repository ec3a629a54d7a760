"""A topic and what puts it in order. Its figures (answers, thanks, who was last) are kept ready for the lists, derived by
`policy.standing`.
"""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from harken.community.policy import Chosen, Voice

from .members import Member
from .places import Space, Tag

VOICES = [(voice.value, voice.name) for voice in Voice]


class Topic(models.Model):
    """A question, discussion, idea or announcement, with everything said about it."""

    class Kind(models.TextChoices):
        QUESTION = "question"
        DISCUSSION = "discussion"
        ANNOUNCEMENT = "announcement"  # by the company only
        IDEA = "idea"

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"  # readable, no new posts
        HELD = "held"  # waits for a look before anybody else sees it
        REMOVED = "removed"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="topics")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.QUESTION)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    is_locked = models.BooleanField(default=False)  # closed by a moderator: not the asker's to open
    is_shown = models.BooleanField(default=True)  # open or closed; kept so that a list is one index range
    title = models.CharField(max_length=200)
    slug = models.CharField(max_length=100)
    gist = models.CharField(max_length=240, blank=True, default="")  # the opening's beginning, for lists
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="topics")
    asked_on = models.CharField(max_length=30, blank=True, default="")  # the network it came from; "" here
    # who put a question from elsewhere into our words: its opening is a summary, and shown as one
    summarised_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    tag_names = models.JSONField(default=list)
    version = models.IntegerField(default=1)
    key = models.CharField(
        max_length=64, null=True, unique=True
    )  # of the form that opened it: a double click is one
    origin = models.CharField(max_length=120, null=True, unique=True)  # where an import found it

    chosen = models.ForeignKey("community.Post", null=True, on_delete=models.SET_NULL, related_name="+")
    chosen_as = models.CharField(
        max_length=10, choices=[(one.value, one.name) for one in Chosen], blank=True, default=""
    )
    chosen_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    solved_at = models.DateTimeField(null=True)
    is_stale = models.BooleanField(default=False)  # what solved it may no longer hold; see knowledge
    doubts = models.IntegerField(default=0)  # people who said so lately

    created_at = models.DateTimeField(default=now)
    last_at = models.DateTimeField(default=now)
    last_author = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    answered_at = models.DateTimeField(null=True)  # first answer by somebody other than the asker
    answered_voice = models.CharField(max_length=12, choices=VOICES, blank=True, default="")
    clock = models.ForeignKey("clocks.Clock", null=True, on_delete=models.SET_NULL, related_name="+")
    # False: the clock is that of the conversation in which it was asked, and only shown here
    leads_clock = models.BooleanField(default=True)
    due_at = models.DateTimeField(null=True)  # while it waits for its first answer

    answers = models.IntegerField(default=0)
    posts = models.IntegerField(default=0)
    thanks = models.IntegerField(default=0)
    same_question = models.IntegerField(default=0)
    views = models.IntegerField(default=0)
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(is_shown=True, state__in=["open", "closed"])
                | Q(is_shown=False, state__in=["held", "removed"]),
                name="topic_shown_as_its_state",
            )
        ]
        indexes = [
            models.Index(fields=["-last_at", "-id"], name="topic_latest", condition=Q(is_shown=True)),
            models.Index(fields=["space", "-last_at", "-id"], name="topic_space", condition=Q(is_shown=True)),
            models.Index(
                fields=["due_at", "id"],
                name="topic_waits",
                condition=Q(kind="question", state="open", answered_at=None, due_at__isnull=False),
            ),
            models.Index(fields=["author", "-created_at"], name="topic_author"),
            # with all that is counted of a topic, so that reports read nothing else of it
            models.Index(
                fields=[
                    "-created_at",
                    "-id",
                    "kind",
                    "state",
                    "space",
                    "origin",
                    "asked_on",
                    "answered_at",
                    "answered_voice",
                    "chosen",
                    "chosen_as",
                    "solved_at",
                ],
                name="topic_newest",
                condition=Q(is_shown=True),
            ),
            models.Index(
                fields=["-created_at", "-id"],
                name="topic_unanswered",
                condition=Q(is_shown=True, kind="question", answered_at=None),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_solved(self) -> bool:
        return self.chosen_id is not None


class Tagging(models.Model):
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="taggings")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "tag"], name="one_community_tagging")]
        indexes = [models.Index(fields=["tag", "-topic"], name="community_tagging_tag")]


class SameQuestion(models.Model):
    """A member who has this question too."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="same_askers")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "member"], name="one_same_question")]
