"""What is kept of days that are over, so that a report over a year does not count a year each time it is opened.

Nothing stands here that cannot be counted again from the rows, and all of it may be deleted at any time.
"""

from __future__ import annotations

from django.db import models


class ClosedDay(models.Model):
    """What the community's figures count in twenty-four hours that are over; see metrics.community.days."""

    space = models.BigIntegerField(default=0)  # of that space alone; 0: of all
    first = models.DateTimeField()  # its first moment
    day = models.DateField()  # the same as views are counted: by the day of a zone
    counts = models.JSONField()  # by figure
    customers = models.BinaryField()  # ids of those who said something
    answered = models.BinaryField(
        null=True
    )  # waits of its questions, as tally has them; null: too young to be kept
    accepted = models.BinaryField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "first", "day"], name="one_closed_day")]
        indexes = [models.Index(fields=["first"], name="closed_day_first")]

    def __str__(self) -> str:
        return f"{self.day} ({self.space or 'all spaces'})"


class ChangedDay(models.Model):
    """A day (in UTC) on which something is counted otherwise than before. Written by the database itself (see
    `changes`), taken away with what was kept of that day. Rows are only added: two who write never wait for each other."""

    day = models.DateField(db_index=True)

    def __str__(self) -> str:
        return str(self.day)


class Turn(models.Model):
    """One row: how often kept days were thrown away. Who counted meanwhile keeps nothing."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
