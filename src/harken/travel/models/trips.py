"""Answers that travel: a question's way from a conversation into the community, and its answer's way back."""

from django.db import models
from django.db.models import Q
from django.utils.timezone import now


class Consent(models.Model):
    """Whether a person allowed us to ask the community what they asked us in private; with what shows it."""

    class State(models.TextChoices):
        ASKED = "asked"
        GIVEN = "given"
        REFUSED = "refused"
        UNCLEAR = "unclear"  # they said something that a person must read

    conversation = models.OneToOneField(
        "inbox.Conversation", on_delete=models.CASCADE, related_name="consent"
    )
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    question = models.ForeignKey("inbox.Message", null=True, on_delete=models.SET_NULL, related_name="+")
    words = models.ForeignKey("inbox.Message", null=True, on_delete=models.SET_NULL, related_name="+")
    asked_by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    asked_at = models.DateTimeField(default=now)
    settled_by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    settled_at = models.DateTimeField(null=True)


class Trip(models.Model):
    """One question of a conversation on its way through the community and back into the thread where it was asked."""

    class State(models.TextChoices):
        ASKED = "asked"  # a topic waits for an answer
        ANSWERED = "answered"  # an answer is there; nobody sent it yet
        SENDING = "sending"  # it is on its way to the asker's thread
        SENT = "sent"
        STUCK = "stuck"  # refused, taken back, or nobody knows whether it arrived
        THANKED = "thanked"
        FAILED = "failed"  # the asker says that it didn't work
        ENDED = "ended"  # without an answer: closed here, or deleted where it was asked

    class Withdrawal(models.TextChoices):
        WAITING = "waiting"  # on its way to the network
        DONE = "done"  # gone there, too
        BY_HAND = "by_hand"  # the network can't or would not: a person must look

    conversation = models.ForeignKey("inbox.Conversation", on_delete=models.CASCADE, related_name="trips")
    topic = models.OneToOneField("community.Topic", on_delete=models.CASCADE, related_name="trip")
    asked = models.ForeignKey("inbox.Message", null=True, on_delete=models.SET_NULL, related_name="+")
    network = models.CharField(max_length=30)  # the connector's name
    is_private = models.BooleanField()  # asked in private: nothing of the thread is ever shown
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    opened_by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    opened_at = models.DateTimeField(default=now)
    told = models.ForeignKey("inbox.Message", null=True, on_delete=models.SET_NULL, related_name="+")
    answer = models.ForeignKey("community.Post", null=True, on_delete=models.SET_NULL, related_name="+")
    sent_by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    reply = models.ForeignKey(
        "inbox.Message", null=True, on_delete=models.SET_NULL, related_name="trip_of_reply"
    )
    sent_at = models.DateTimeField(null=True)
    back = models.ForeignKey("inbox.Message", null=True, on_delete=models.SET_NULL, related_name="+")
    # its answer was taken away in the community: what became of the copy in the asker's thread
    withdrawal = models.CharField(max_length=10, choices=Withdrawal, blank=True, default="")
    back_at = models.DateTimeField(null=True)  # the asker's first word after it arrived

    class Meta:
        indexes = [
            models.Index(fields=["conversation", "-opened_at"], name="trip_conversation"),
            models.Index(
                fields=["reply"], name="trip_reply", condition=Q(state__in=["sending", "sent", "stuck"])
            ),
        ]
