"""What the pages keep for themselves: threads rendered once per change."""

from django.db import models
from django.utils.timezone import now


class KeptThread(models.Model):
    """The messages of a conversation as HTML, rendered once per change of it and language and look."""

    conversation = models.ForeignKey(
        "inbox.Conversation", on_delete=models.CASCADE, related_name="kept_threads"
    )
    language = models.CharField(max_length=10)  # language~look, see desk.rows.row_language
    version = models.IntegerField()
    html = models.TextField()
    # what the page needs beside the HTML without reading the messages again: what leaves, what waits for a second person
    facts = models.JSONField(default=dict)
    kept_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "language"], name="one_thread_a_language")
        ]
        indexes = [models.Index(fields=["kept_at"], name="kept_thread_age")]
