"""How often a topic was opened, by day. Nothing of who opened it is kept."""

from django.db import models

from .topics import Topic


class TopicViews(models.Model):
    """The views of one topic on one day, as days are in its brand's zone; several web processes add to one row."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="viewed")
    day = models.DateField()
    views = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "topic"], name="one_topic_views_a_day")]
