"""Agents, teams and roles: who may see and answer for which brand and channel."""

from django.conf import settings
from django.db import models
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _


class Team(models.Model):
    """People who answer together. Without brands it works for all of them."""

    name = models.CharField(max_length=120, unique=True)
    icon = models.CharField(max_length=40, default="users")
    brands = models.ManyToManyField("accounts.Brand", blank=True, related_name="teams")
    is_demo = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.name


class Agent(models.Model):
    """A person who answers. The role widens what is seen: agent: own teams; lead: all teams of the own teams'
    channels and brands; admin: everything, and the setup."""

    class Role(models.TextChoices):
        AGENT = "agent", _("Agent")
        LEAD = "lead", _("Lead")
        ADMIN = "admin", _("Admin")

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="agent")
    role = models.CharField(max_length=10, choices=Role, default=Role.AGENT)
    teams = models.ManyToManyField(Team, blank=True, related_name="agents")
    first_replies_approved = models.IntegerField(
        default=0
    )  # how many replies of this agent were approved so far
    needs_approval = models.BooleanField(
        default=False
    )  # every reply needs a second person, whatever the count
    approvals_wanted = models.IntegerField(default=0)  # so many first replies need a second person
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.user.name

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def initials(self) -> str:
        words = self.user.name.split()
        return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()

    @property
    def is_admin(self) -> bool:
        return self.role == self.Role.ADMIN

    @property
    def is_lead(self) -> bool:
        return self.role in (self.Role.LEAD, self.Role.ADMIN)


class Shift(models.Model):
    """When an agent is on duty: a wall-clock rule in their zone."""

    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="shifts")
    weekday = models.IntegerField()  # 0 Monday … 6 Sunday
    starts = models.TimeField()
    ends = models.TimeField()
