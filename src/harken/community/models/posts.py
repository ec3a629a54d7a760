"""What is said in a topic, how it read before, and what is being written."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from .members import Member
from .places import Space
from .topics import VOICES, Topic


def a_day_later() -> datetime:
    """When a picture that was taken in now is looked for."""
    return now() + timedelta(days=1)


class Post(models.Model):
    """One thing said in a topic. `html` is made from `text` (Markdown) when it is written, never when it is read."""

    class Kind(models.TextChoices):
        OPENING = "opening"
        ANSWER = "answer"  # also what is said in a discussion
        COMMENT = "comment"  # on the opening or on an answer
        UPDATE = "update"  # by the company: news for everybody in the topic, not an answer

    class State(models.TextChoices):
        SHOWN = "shown"
        HELD = "held"
        REMOVED = "removed"

    # the index post_topic begins with it; a narrower one beside it would be taken first
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="said", db_index=False)
    parent = models.ForeignKey("self", null=True, on_delete=models.CASCADE, related_name="comments")
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.SHOWN)
    author = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="posts")
    voice = models.CharField(max_length=12, choices=VOICES)  # as it was when written
    text = models.TextField()
    html = models.TextField()
    indexed = models.TextField(blank=True, default="")  # what the search index holds, to take it out exactly
    language = models.CharField(max_length=10, blank=True, default="")
    key = models.CharField(max_length=64, null=True, unique=True)
    origin = models.CharField(max_length=120, null=True, unique=True)
    created_at = models.DateTimeField(default=now)
    edited_at = models.DateTimeField(null=True)
    edits = models.IntegerField(default=0)
    thanks = models.IntegerField(default=0)
    worked = models.IntegerField(default=0)
    failed = models.IntegerField(default=0)
    may_travel = models.BooleanField(default=False)  # its author lets it go to where the question was asked
    # one of the company's people read it and says that it is right; an edit takes that away
    checked_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    checked_at = models.DateTimeField(null=True)
    said_on = models.CharField(max_length=30, blank=True, default="")  # the network it came from; "" here
    url = models.CharField(max_length=1000, blank=True, default="")  # of the post there
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic"], condition=Q(kind="opening"), name="one_opening_a_topic")
        ]
        indexes = [
            # with the author, so that who spoke in a topic is counted from it alone
            models.Index(fields=["topic", "created_at", "id", "author", "state"], name="post_topic"),
            models.Index(fields=["author", "-created_at"], name="post_author"),
            # what was said in some time is counted from it alone (reports); it begins with the moment, so that no
            # statement takes it for the topic's own
            models.Index(
                fields=[
                    "created_at",
                    "author",
                    "topic",
                    "kind",
                    "state",
                    "voice",
                    "thanks",
                    "worked",
                    "origin",
                ],
                name="post_counted",
            ),
        ]


class Revision(models.Model):
    """What a post said before an edit, who changed it and why."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="revisions")
    title = models.CharField(max_length=200, blank=True, default="")  # of the topic, for an opening
    text = models.TextField()
    by = models.ForeignKey(
        Member, null=True, on_delete=models.SET_NULL, related_name="+"
    )  # who made this edit
    reason = models.CharField(max_length=200, blank=True, default="")
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["post", "at"], name="revision_post")]


class Draft(models.Model):
    """What a member is writing: a new topic (no topic yet) or an answer. Never lost."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="drafts")
    topic = models.ForeignKey(Topic, null=True, on_delete=models.CASCADE, related_name="drafts")
    space = models.ForeignKey(Space, null=True, on_delete=models.SET_NULL, related_name="+")
    title = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField(blank=True, default="")
    tag_names = models.JSONField(default=list)
    saved_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "topic"], condition=Q(topic__isnull=False), name="one_draft_an_answer"
            ),
            models.UniqueConstraint(fields=["member"], condition=Q(topic=None), name="one_draft_a_new_topic"),
        ]


class File(models.Model):
    """A file that a member put into what they write, found at an address nobody can guess: a picture is shown, a document
    is for saving."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="files")
    stored_as = models.CharField(max_length=40, unique=True)  # see channels.files
    content_type = models.CharField(max_length=20)  # by its first bytes, never by what it was called
    size = models.IntegerField()
    name = models.CharField(max_length=120, default="", blank=True)  # what it is called where it is saved
    at = models.DateTimeField(default=now)
    # when it is looked for in what was written; null: it stands in something, for good
    due_at = models.DateTimeField(null=True, default=a_day_later)

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="file_due", condition=Q(due_at__isnull=False))]
