"""A place's rules as they were recorded, and its posts as its feed shows them."""

from django.db import models
from django.utils.timezone import now

from .policy import KEEP_DAYS, Answering, Mark


class Place(models.Model):
    """The rules of the place that a channel listens to. A channel without one is only read."""

    channel = models.OneToOneField("channels.Channel", on_delete=models.CASCADE, related_name="place")
    run_by = models.CharField(max_length=200)
    rules_url = models.CharField(max_length=500)
    answering = models.CharField(
        max_length=10, choices=[(one.value, one.value) for one in Answering], default=Answering.READ.value
    )
    allowed_by = models.CharField(max_length=200, default="", blank=True)  # who there said that we may
    allowed_on = models.DateField(null=True, blank=True)
    keep_days = models.PositiveSmallIntegerField(default=KEEP_DAYS)  # after which what was said is let go of
    promised_at = models.DateTimeField(default=now)  # never to market there
    promised_by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    changed_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answering=Answering.READ.value)
                | (~models.Q(allowed_by="") & models.Q(allowed_on__isnull=False)),
                name="guest_allowed_by_somebody",
            )
        ]


class GuestPost(models.Model):
    """One post of a place. Its author is a name as shown there: no person is made of it."""

    channel = models.ForeignKey("channels.Channel", on_delete=models.CASCADE, related_name="guest_posts")
    delivery = models.OneToOneField(
        "channels.Delivery", null=True, on_delete=models.SET_NULL, related_name="+"
    )
    external_id = models.CharField(max_length=500)
    title = models.CharField(max_length=300, default="")
    text = models.TextField(default="")
    html = models.TextField(default="")  # cleaned; "" where it was too long: then there is the text
    author_name = models.CharField(max_length=120, default="")
    url = models.CharField(max_length=1000, default="")
    at = models.DateTimeField()
    is_dated = models.BooleanField(
        default=True
    )  # False: the feed doesn't say when, `at` is when it was first seen
    edited_at = models.DateTimeField(null=True)
    mark = models.CharField(
        max_length=10, choices=[(one.value, one.value) for one in Mark], default=Mark.NONE.value, blank=True
    )
    marked_by = models.ForeignKey("team.Agent", null=True, on_delete=models.SET_NULL, related_name="+")
    marked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="one_guest_post_an_id")
        ]
        indexes = [
            models.Index(fields=["channel", "at", "id"], name="guest_post_of_a_place"),
            models.Index(fields=["at", "id"], name="guest_post_newest"),
            models.Index(fields=["channel"], name="guest_post_new", condition=models.Q(mark="")),
        ]
