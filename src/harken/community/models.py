"""The community: members, spaces, topics, posts, and what members say of them.

A topic's figures (answers, thanks, who was last) are kept ready for the lists, derived by `policy.standing`.
"""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.timezone import now

from .policy import Chosen, Voice

VOICES = [(voice.value, voice.name) for voice in Voice]


class Member(models.Model):
    """Somebody who speaks in the community. Without a user: a customer whose question came from a network and who
    has not claimed it yet."""

    class State(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"
        GONE = "gone"  # left: the posts stay, without the name

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="member"
    )
    person = models.ForeignKey("people.Person", null=True, on_delete=models.SET_NULL, related_name="members")
    name = models.CharField(max_length=80)
    slug = models.CharField(max_length=40, unique=True)  # the @name and the profile's address
    line = models.CharField(max_length=80, blank=True, default="")  # their own words beside the name
    about = models.TextField(blank=True, default="")
    is_super_user = models.BooleanField(default=False)
    travels_as = models.CharField(max_length=60, blank=True, default="")  # named so elsewhere; "" "Ines R."
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    joined_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(null=True)
    answers = models.IntegerField(default=0)  # shown answers to questions of others
    solved = models.IntegerField(default=0)  # of these, chosen as what solved it
    helped = models.IntegerField(default=0)  # distinct members whose question was solved, or who thanked
    origin = models.CharField(max_length=120, null=True, unique=True)  # where an import found them
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


class Space(models.Model):
    """A place for one subject."""

    class Audience(models.TextChoices):
        EVERYONE = "everyone"  # readable without an account
        MEMBERS = "members"
        LOUNGE = "lounge"  # super users and the company's people

    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60, unique=True, allow_unicode=True)
    icon = models.CharField(max_length=40, default="message-circle")
    intro = models.CharField(max_length=300, blank=True, default="")
    brand = models.ForeignKey("accounts.Brand", on_delete=models.PROTECT, related_name="spaces")
    audience = models.CharField(max_length=10, choices=Audience, default=Audience.EVERYONE)
    kinds = models.JSONField(default=list)  # of Topic.Kind; what may be opened here by members
    position = models.IntegerField(default=0)
    is_open = models.BooleanField(default=True)  # closed: readable, nothing new
    topic_count = models.IntegerField(default=0)
    version = models.IntegerField(default=1)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [models.Index(fields=["position", "id"], name="space_position")]

    def __str__(self) -> str:
        return self.name


class Topic(models.Model):
    """A question, discussion or announcement, with everything said about it."""

    class Kind(models.TextChoices):
        QUESTION = "question"
        DISCUSSION = "discussion"
        ANNOUNCEMENT = "announcement"  # by the company only

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"  # readable, no new posts
        HELD = "held"  # waits for a look before anybody else sees it
        REMOVED = "removed"

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="topics")
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.QUESTION)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
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

    chosen = models.ForeignKey("Post", null=True, on_delete=models.SET_NULL, related_name="+")
    chosen_as = models.CharField(
        max_length=10, choices=[(one.value, one.name) for one in Chosen], blank=True, default=""
    )
    chosen_by = models.ForeignKey(Member, null=True, on_delete=models.SET_NULL, related_name="+")
    solved_at = models.DateTimeField(null=True)

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
            models.Index(fields=["-created_at", "-id"], name="topic_newest", condition=Q(is_shown=True)),
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

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="said")
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
    said_on = models.CharField(max_length=30, blank=True, default="")  # the network it came from; "" here
    url = models.CharField(max_length=1000, blank=True, default="")  # of the post there
    is_demo = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["topic"], condition=Q(kind="opening"), name="one_opening_a_topic")
        ]
        indexes = [
            models.Index(fields=["topic", "created_at", "id"], name="post_topic"),
            models.Index(fields=["author", "-created_at"], name="post_author"),
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


class Thanks(models.Model):
    """A member's thanks for a post: once each, never for one's own."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="thanked")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="thanks_given")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "member"], name="one_thanks_a_post")]


class Outcome(models.Model):
    """Whether an answer worked for a member who tried it, with which version, in their words."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="outcomes")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    worked = models.BooleanField()
    version = models.CharField(max_length=60, blank=True, default="")
    words = models.CharField(max_length=300, blank=True, default="")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "member"], name="one_outcome_a_post")]


class SameQuestion(models.Model):
    """A member who has this question too."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="same_askers")
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "member"], name="one_same_question")]


class Following(models.Model):
    """A member follows a topic, a whole space or a tag; exactly one of the three."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="following")
    topic = models.ForeignKey(Topic, null=True, on_delete=models.CASCADE, related_name="followers")
    space = models.ForeignKey(Space, null=True, on_delete=models.CASCADE, related_name="followers")
    tag = models.ForeignKey("Tag", null=True, on_delete=models.CASCADE, related_name="followers")
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["member", "topic"], condition=Q(topic__isnull=False), name="one_following_a_topic"
            ),
            models.UniqueConstraint(
                fields=["member", "space"], condition=Q(space__isnull=False), name="one_following_a_space"
            ),
            models.UniqueConstraint(
                fields=["member", "tag"], condition=Q(tag__isnull=False), name="one_following_a_tag"
            ),
            models.CheckConstraint(
                condition=Q(topic__isnull=False, space=None, tag=None)
                | Q(topic=None, space__isnull=False, tag=None)
                | Q(topic=None, space=None, tag__isnull=False),
                name="following_one_thing",
            ),
        ]


class Tag(models.Model):
    """A word under which topics are found: a subject or a product."""

    name = models.CharField(max_length=40, unique=True)
    topic_count = models.IntegerField(default=0)
    is_product = models.BooleanField(default=False)
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="taggings")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "tag"], name="one_community_tagging")]
        indexes = [models.Index(fields=["tag", "-topic"], name="community_tagging_tag")]


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


class Picture(models.Model):
    """A picture that a member put into what they write; shown at an address nobody can guess."""

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="pictures")
    stored_as = models.CharField(max_length=40, unique=True)  # see channels.files
    content_type = models.CharField(max_length=20)  # by its first bytes, never by what it was called
    size = models.IntegerField()
    at = models.DateTimeField(default=now)


class Notice(models.Model):
    """Something a member wants to know of; one a member, post and kind."""

    class Kind(models.TextChoices):
        ANSWERED = "answered"  # in a topic they follow
        COMMENTED = "commented"
        MENTIONED = "mentioned"
        THANKED = "thanked"
        SOLVED = "solved"  # their answer was chosen
        OUTCOME = "outcome"  # somebody tried their answer

    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="notices")
    kind = models.CharField(max_length=12, choices=Kind)
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="+")
    post = models.ForeignKey(Post, null=True, on_delete=models.CASCADE, related_name="+")
    actor = models.ForeignKey(Member, null=True, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["member", "kind", "post", "actor"], name="one_notice_a_fact")
        ]
        indexes = [
            models.Index(fields=["member", "-at"], name="notice_newest"),
            models.Index(fields=["member"], name="notice_unseen", condition=Q(seen_at=None)),
        ]
