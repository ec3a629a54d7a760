"""Persons and their handles on networks; merging two persons is reversible and keeps its evidence."""

from django.db import models
from django.utils.timezone import now


class Person(models.Model):
    """A customer, over all networks. Holds nothing that measures fame."""

    name = models.CharField(max_length=200, default="")
    language = models.CharField(max_length=10, default="")
    zone = models.CharField(max_length=64, default="")
    note = models.TextField(default="", blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="merged_persons"
    )
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.name


class Handle(models.Model):
    """A person's name on one network. `key` never changes there; `shown` is what people write."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="handles")
    network = models.CharField(max_length=30)  # the connector's name; one realm of keys
    key = models.CharField(max_length=300)
    shown = models.CharField(max_length=300, default="")
    name = models.CharField(max_length=200, default="")
    url = models.CharField(max_length=500, default="")
    is_bot = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "key"], name="one_handle_a_key")]

    def __str__(self) -> str:
        return self.shown or self.key


class Merge(models.Model):
    """Two persons found to be one: which, why, by whom; `moved` allows to undo it exactly."""

    kept = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="merges_kept")
    merged = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="merges_lost")
    evidence = models.CharField(max_length=300)
    moved = models.JSONField(
        default=dict
    )  # {"handles": [ids]}; upper floors add what they moved, by reaction
    by = models.ForeignKey("accounts.User", null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=now)
    undone_at = models.DateTimeField(null=True)
