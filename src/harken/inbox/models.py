"""The team inbox: conversations, their messages, and what the team does with them."""

from django.db import models
from django.utils.timezone import now


class Conversation(models.Model):
    """One person's exchange with us in one thread of one channel, however long it takes.

    `rank`, `lane`, `due_at`, `preview` and the reach are kept ready for the list, so that it is one index range.
    """

    class State(models.TextChoices):
        OPEN = "open"
        SNOOZED = "snoozed"
        CLOSED = "closed"

    # channel, person, and a message's conversation and channel begin other indexes: none of their own
    channel = models.ForeignKey(
        "channels.Channel", on_delete=models.CASCADE, related_name="conversations", db_index=False
    )
    brand = models.ForeignKey("accounts.Brand", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey(
        "people.Person", on_delete=models.CASCADE, related_name="conversations", db_index=False
    )
    handle = models.ForeignKey("people.Handle", on_delete=models.CASCADE, related_name="conversations")
    thread_key = models.CharField(max_length=300, default="")
    subject = models.CharField(max_length=300, default="")
    is_public = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    version = models.IntegerField(default=1)  # rises with every change that a reader would want to know
    # no indexes of their own: SQLite would take them before those of what is open, and read all that ever was
    assignee = models.ForeignKey(
        "team.Agent", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    team = models.ForeignKey(
        "team.Team", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    snoozed_until = models.DateTimeField(null=True)
    promised_at = models.DateTimeField(
        null=True
    )  # "we'll be back by": a promise of ours, kept by the next reply
    language = models.CharField(max_length=10, default="")

    needs_answer = models.BooleanField(default=False)
    waiting_since = models.DateTimeField(null=True)  # the customer's first unanswered message
    urgency = models.CharField(max_length=10, default="normal")
    lane = models.SmallIntegerField(default=0)  # 1: past three times its clock, before everything else
    rank = models.FloatField(default=0)  # points, higher first
    rank_parts = models.JSONField(default=dict)  # {"parts": [...], "moves": [...]}: why it is where it is
    rank_due_at = models.DateTimeField(null=True)  # when the points should be counted again
    clock = models.ForeignKey("clocks.Clock", null=True, on_delete=models.SET_NULL, related_name="+")
    due_at = models.DateTimeField(null=True)

    first_message_at = models.DateTimeField(default=now)
    last_message_at = models.DateTimeField(default=now)
    last_customer_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(
        null=True
    )  # first customer message that needs a reply: the report's "asked"
    answered_at = models.DateTimeField(
        null=True
    )  # first reply by a person after that: the report's "answered"
    closed_at = models.DateTimeField(null=True)
    preview = models.CharField(max_length=240, default="")
    message_count = models.IntegerField(default=0)
    tag_names = models.JSONField(default=list)
    replies = models.IntegerField(default=0)  # how many look on: of the post that asked
    boosts = models.IntegerField(default=0)
    likes = models.IntegerField(default=0)
    is_archive = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "handle", "thread_key"],
                condition=~models.Q(state="closed"),
                name="one_open_conversation",
            )
        ]
        indexes = [
            models.Index(
                fields=["-lane", "-rank", "waiting_since", "id"],
                name="conversation_needs",
                condition=models.Q(needs_answer=True, state="open", is_archive=False),
            ),
            models.Index(
                fields=["waiting_since"],
                name="conversation_waits",
                condition=models.Q(needs_answer=True, state="open", is_archive=False),
            ),
            models.Index(
                fields=["assignee", "-lane", "-rank"],
                name="conversation_mine",
                condition=models.Q(state="open"),
            ),
            models.Index(fields=["-last_message_at", "-id"], name="conversation_newest"),
            models.Index(fields=["channel", "-last_message_at"], name="conversation_channel"),
            models.Index(
                fields=["team", "-lane", "-rank"], name="conversation_team", condition=models.Q(state="open")
            ),
            models.Index(fields=["person", "-last_message_at"], name="conversation_person"),
            models.Index(fields=["channel", "thread_key"], name="conversation_thread"),
            models.Index(
                fields=["brand", "asked_at"],
                name="conversation_asked",
                condition=models.Q(asked_at__isnull=False),
            ),
            models.Index(
                fields=["snoozed_until"], name="conversation_snoozed", condition=models.Q(state="snoozed")
            ),
            models.Index(
                fields=["promised_at"],
                name="conversation_promised",
                condition=models.Q(promised_at__isnull=False),
            ),
            models.Index(
                fields=["rank_due_at"],
                name="conversation_rerank",
                condition=models.Q(needs_answer=True, state="open", is_archive=False),
            ),
        ]


class Message(models.Model):
    """One thing said in a conversation: by the customer, by us, or a note for the team."""

    class Direction(models.TextChoices):
        IN = "in"
        OUT = "out"
        NOTE = "note"

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    channel = models.ForeignKey(
        "channels.Channel", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    direction = models.CharField(max_length=4, choices=Direction)
    external_id = models.CharField(max_length=500, null=True)  # null: not (yet) on the network
    in_reply_to = models.CharField(max_length=500, default="")
    handle = models.ForeignKey("people.Handle", null=True, on_delete=models.SET_NULL, related_name="+")
    author = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(default="")
    html = models.TextField(default="")  # as it came; cleaned when shown
    quoted = models.TextField(default="")
    subject = models.CharField(max_length=300, default="")
    url = models.CharField(max_length=1000, default="")
    is_public = models.BooleanField(default=True)
    is_automatic = models.BooleanField(default=False)
    is_verified = models.BooleanField(default=True)
    needs_reply = models.BooleanField(default=False)
    sentiment = models.SmallIntegerField(null=True)
    language = models.CharField(max_length=10, default="")
    judgement = models.JSONField(default=dict)  # labels with p and reasons, see brain.understand
    happened_at = models.DateTimeField(default=now)  # by the network's clock
    arrived_at = models.DateTimeField(default=now)  # by ours
    edited_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    versions = models.JSONField(default=list)  # earlier texts: [{"at", "text"}]
    replies = models.IntegerField(default=0)
    boosts = models.IntegerField(default=0)
    likes = models.IntegerField(default=0)
    delivery = models.ForeignKey("channels.Delivery", null=True, on_delete=models.SET_NULL, related_name="+")
    dispatch = models.OneToOneField(
        "channels.Dispatch", null=True, on_delete=models.SET_NULL, related_name="message"
    )
    details = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="one_message_a_post")]
        indexes = [models.Index(fields=["conversation", "happened_at", "id"], name="message_thread")]


class Attachment(models.Model):
    """A file of a message, under a random name below HARKEN_HOME/files."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=300)
    content_type = models.CharField(max_length=120, default="application/octet-stream")
    size = models.IntegerField(default=0)
    stored_as = models.CharField(
        max_length=120, default=""
    )  # "" where it was only linked and is not here (yet)
    url = models.CharField(max_length=1000, default="")
    text = models.CharField(max_length=1500, default="")
    is_inline = models.BooleanField(default=False)
    content_id = models.CharField(max_length=300, default="")
    problem = models.CharField(max_length=300, default="")  # why it is not here and won't come by itself
    fetch_at = models.DateTimeField(null=True)  # when it is fetched next; null: it is here, or nobody will
    fetch_host = models.CharField(max_length=253, default="")  # of `url`: no host may keep others waiting
    fetch_tries = models.SmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)  # somebody is fetching it

    class Meta:
        indexes = [
            models.Index(
                fields=["fetch_at", "fetch_host"],
                name="attachment_due",
                condition=models.Q(fetch_at__isnull=False),
            ),
            models.Index(
                fields=["claimed_until"],
                name="attachment_claimed",
                condition=models.Q(claimed_until__isnull=False),
            ),
        ]


class Draft(models.Model):
    """What an agent is writing, per conversation and mode. Never lost."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    agent = models.ForeignKey("team.Agent", on_delete=models.CASCADE, related_name="drafts")
    mode = models.CharField(max_length=10, default="public")  # public | private | note
    text = models.TextField(default="")
    saved_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "agent", "mode"], name="one_draft_a_mode")
        ]


class Approval(models.Model):
    """A reply that waits for a second person."""

    class State(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        RETURNED = "returned"
        WITHDRAWN = "withdrawn"

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="approval")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    why = models.CharField(max_length=200, default="")
    original_text = models.TextField(default="")  # as it was written, when the approver changed it
    decided_by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    comment = models.TextField(default="")
    asked_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(fields=["asked_at"], name="approval_waiting", condition=models.Q(state="waiting"))
        ]


class Amendment(models.Model):
    """A change of a message of ours that has left: how it shall read, or that it shall be gone."""

    class Kind(models.TextChoices):
        EDIT = "edit"
        DELETE = "delete"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="amendments")
    dispatch = models.OneToOneField(
        "channels.Dispatch", on_delete=models.CASCADE, related_name="amendment"
    )  # its state says what became of it
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.TextField(default="")  # as it shall read; "" for a deletion
    by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    reason = models.CharField(max_length=200, default="")  # why, where no person asked for it
    why = models.CharField(max_length=200, default="")  # why a second person must look; "" if none must
    is_waiting = models.BooleanField(default=False)  # for that second person's word
    decided_by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True)
    comment = models.TextField(default="")
    at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(
                fields=["at"],
                name="amendment_waiting",
                condition=models.Q(is_waiting=True),
            )
        ]


class Tag(models.Model):
    """A word the team puts on conversations."""

    name = models.CharField(max_length=60, unique=True)
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Tagging(models.Model):
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="taggings")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="taggings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "tag"], name="one_tagging")]


class Mention(models.Model):
    """A colleague named in a note; seen when they opened the conversation."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="mentions")
    agent = models.ForeignKey("team.Agent", on_delete=models.CASCADE, related_name="mentions")
    seen_at = models.DateTimeField(null=True)


class Row(models.Model):
    """A list row as HTML, rendered once per change of its conversation and language."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="rows")
    language = models.CharField(max_length=10)
    version = models.IntegerField()
    html = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "language"], name="one_row_a_language")
        ]
