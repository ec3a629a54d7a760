"""Making and changing agents."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from harken.accounts.models import User, normal_email

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
