"""Making and changing agents and teams."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from harken.accounts.models import Brand, User, normal_email

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


def deactivate_agent(agent: Agent) -> None:
    """End an agent's access at once: no sign-in, and no open session goes on."""
    with transaction.atomic():
        Agent.objects.filter(pk=agent.pk).update(is_active=False)
        User.objects.filter(pk=agent.user_id).update(is_active=False)


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

    Somebody who may not sign in any more is out at once, in every open session.
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


def keep_team(team: Team, *, brands: Iterable[Brand], agents: Iterable[Agent]) -> None:
    """Make or change a team with the brands it works for (none: all) and its agents."""
    with transaction.atomic():
        team.save()
        team.brands.set(brands)
        team.agents.set(agents)


def remove_team(team: Team) -> None:
    """Take a team away; its conversations are then nobody's, its channels open to every team that is left."""
    team.delete()
