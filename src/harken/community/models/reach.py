"""Where else a post is known, and who speaks here from elsewhere."""

from django.db import models
from django.utils.timezone import now

from .members import Member
from .posts import Post


class ExternalPost(models.Model):
    """A post under the id that it has on a channel: because it came from there, or because it was sent there. It stays
    when the post is taken away, so that a late copy does not bring it back."""

    channel = models.ForeignKey("channels.Channel", on_delete=models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=500)
    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="elsewhere")
    delivery = models.ForeignKey(
        "channels.Delivery", null=True, on_delete=models.SET_NULL, related_name="+"
    )  # that brought it
    is_ours = models.BooleanField(default=False)  # sent there; False: it came from there
    author_key = models.CharField(max_length=500, blank=True, default="")  # who wrote what came
    url = models.CharField(max_length=1000, blank=True, default="")
    held_because = models.CharField(max_length=200, blank=True, default="")  # of admission.Reason
    changed_at = models.DateTimeField(null=True)  # of the newest edit, by the network's clock
    deleted_at = models.DateTimeField(null=True)  # there
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="one_external_post")]


class ExternalAuthor(models.Model):
    """Somebody on another network, and the member who stands for them here: without a sign-in until they claim it."""

    network = models.CharField(max_length=30)  # the connector's name; one realm of keys
    key = models.CharField(max_length=500)  # never changes there
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="elsewhere")
    handle = models.CharField(max_length=300, blank=True, default="")  # as people write it
    url = models.CharField(max_length=500, blank=True, default="")
    claimed_at = models.DateTimeField(null=True)  # a member with a sign-in proved to be them
    at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "key"], name="one_external_author")]
