"""Who speaks in the community."""

from django.conf import settings
from django.db import models
from django.utils.timezone import now


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
    powers = models.JSONField(
        default=list
    )  # of policy.Power: what standing has opened; see permissions.powers_of
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    suspended_until = models.DateTimeField(null=True)  # while suspended; None: until somebody says otherwise
    joined_at = models.DateTimeField(default=now)
    seen_at = models.DateTimeField(null=True)
    answers = models.IntegerField(default=0)  # shown answers to questions of others
    solved = models.IntegerField(default=0)  # of these, chosen as what solved it
    helped = models.IntegerField(default=0)  # distinct members whose question was solved, or who thanked
    reach_settled = models.BooleanField(default=False)  # they said when they may be asked, or "no"
    rules_agreed = models.IntegerField(default=0)  # number of the version agreed to last; see Agreement
    origin = models.CharField(max_length=120, null=True, unique=True)  # where an import found them
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name

    @property
    def language(self) -> str:
        """The language that this member is told things in: their own choice, else the install's."""
        wanted = self.user.language if self.user else ""
        return wanted if wanted in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE

    @property
    def initials(self) -> str:
        words = self.name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()
