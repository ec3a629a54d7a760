"""Making and changing agents and teams."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from harken.accounts.models import Brand, User, normal_email
from harken.base import journal

from .events import AgentLeft
from .models import Agent, Team


def create_agent(
    *, email: str, name: str, role: str, password: str | None, teams: Iterable[Team] = (), **fields: object
) -> Agent:
    """An agent who can sign in; a known address gets the new name, role and password."""
    with transaction.atomic():
        user = User.objects.filter(email=normal_email(email)).first()
        if user is None:
            user = User.objects.create_user(email, password, name=name)
        else:
            user.name, user.is_active = name, True
            user.set_password(password)
            user.save()
        agent, _ = Agent.objects.update_or_create(
            user=user, defaults={"role": role, "is_active": True, **fields}
        )
        agent.teams.set(teams)
    return agent


class NotPossible(Exception):
    """The change would leave the install without what it needs; the message says what."""


def change_agent(
    agent: Agent,
    *,
    name: str,
    role: str,
    is_active: bool,
    teams: Iterable[Team],
    password: str = "",
    **fields: object,
) -> None:
    """Set what is given; an empty password keeps the old one. Refuses to take the last active admin away.

    Somebody who may not sign in any more is out at once, in every open session, and what was theirs to answer is
    nobody's.
    """
    with transaction.atomic():
        admins = Agent.objects.select_for_update().filter(role=Agent.Role.ADMIN, is_active=True)
        if not (is_active and role == Agent.Role.ADMIN) and not admins.exclude(pk=agent.pk).exists():
            raise NotPossible("This is the last admin. Make somebody else an admin first.")
        user = agent.user
        user.name, user.is_active = name, is_active
        if password:
            user.set_password(password)
        user.save()
        Agent.objects.filter(pk=agent.pk).update(role=role, is_active=is_active, **fields)
        agent.teams.set(teams)
        if not is_active:
            journal.record(AgentLeft(subject_id=agent.pk))


def keep_team(team: Team, *, brands: Iterable[Brand], agents: Iterable[Agent]) -> None:
    """Make or change a team with the brands it works for (none: all) and its agents."""
    with transaction.atomic():
        team.save()
        team.brands.set(brands)
        team.agents.set(agents)


def remove_team(team: Team) -> None:
    """Take a team away; its conversations are then nobody's. Refuses where that would show to others what they don't
    see now: a channel that is this team's alone would be everybody's, and so would all brands to people who are in no
    other team than one of some brands."""
    with transaction.atomic():
        row = Team.objects.select_for_update().get(pk=team.pk)
        if alone := _names(one.name for one in _channels_of_alone(row)):
            raise NotPossible(
                _("Only this team sees %(channels)s. Choose first who else does, or every team would.")
                % {"channels": alone}
            )
        others = Team.objects.exclude(pk=row.pk).filter(agents=OuterRef("pk"))
        bound = row.agents.filter(~Exists(others), is_active=True).exclude(role=Agent.Role.ADMIN)
        people = _names(one.name for one in bound.select_related("user").order_by("user__name"))
        if people and row.brands.exists():
            raise NotPossible(
                _(
                    "%(people)s are in no other team, and without one they would see every brand. "
                    "Put them into another team first."
                )
                % {"people": people}
            )
        row.delete()


def _channels_of_alone(team: Team) -> QuerySet[Any]:
    """The channels that no other team sees; by the reverse of their key, as this floor knows no channels."""
    channels = team.channels.order_by("name")  # type: ignore[attr-defined]  # of the floor above
    return channels.exclude(teams__in=Team.objects.exclude(pk=team.pk))


def _names(found: Iterable[str]) -> str:
    return ", ".join(found)
