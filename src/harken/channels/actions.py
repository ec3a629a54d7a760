"""Connecting, changing, pausing and removing channels."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from harken.accounts.models import Brand
from harken.base import journal
from harken.team.models import Team

from . import doors, health, polling
from .contract import Ability, AccessLost, Account, Busy, CheckStep, Connector, Manifest, Page
from .events import ChannelChanged
from .limits import asked_limits
from .models import Channel
from .registry import connector_class

log = logging.getLogger(__name__)


class WrongSettings(Exception):
    """Settings that cannot be right, by field name."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {what}" for name, what in problems.items()))
        self.problems = dict(problems)


class CannotBegin(Exception):
    """The network could not be asked where reading begins: nothing was connected."""


def split_settings(
    manifest: Manifest, values: Mapping[str, Any], *, known: Mapping[str, str] | None = None
) -> tuple[dict[str, Any], dict[str, str]]:
    """The form's values as (settings, secrets). An empty secret keeps the known one. Raises WrongSettings."""
    settings: dict[str, Any] = {}
    secrets: dict[str, str] = {}
    problems: dict[str, str] = {}
    for field in manifest.settings:
        value = values.get(field.name, "")
        if field.kind == "flag":
            settings[field.name] = str(value).lower() in ("1", "true", "on", "yes")
            continue
        text = (
            str(value).strip() or (known or {}).get(field.name, "")
            if field.kind == "secret"
            else str(value).strip()
        )
        if not text and field.is_required:
            problems[field.name] = f"{field.label} is needed."
        elif field.kind == "port" and text and not (text.isdigit() and 0 < int(text) < 65536):
            problems[field.name] = "A port is a number from 1 to 65535."
        elif field.kind == "choice" and text and text not in dict(field.choices):
            problems[field.name] = "Choose one of: " + ", ".join(dict(field.choices)) + "."
        elif field.kind == "email" and text and "@" not in text:
            problems[field.name] = "That is no mail address."
        (secrets if field.kind == "secret" else settings)[field.name] = text
    if problems:
        raise WrongSettings(problems)
    return settings, {name: text for name, text in secrets.items() if text}


def check_settings(
    connector: str, settings: Mapping[str, Any], secrets: Mapping[str, str]
) -> Sequence[CheckStep]:
    """Try settings against the network, before or after the channel exists."""
    account = Account(id=0, name="check", settings=settings, secrets=secrets)
    return connector_class(connector)(account).check()


def first_page(made: Connector) -> Page:
    """Where reading begins: now, by the network's own lists. Empty where nothing is polled. Raises CannotBegin."""
    if Ability.POLL not in made.manifest.abilities:
        return Page(items=(), cursor={})
    try:
        return made.poll({})
    except AccessLost as lost:
        raise CannotBegin(str(lost)) from lost
    except Busy as busy:
        raise CannotBegin(busy.reason) from busy
    except Exception as problem:
        log.exception("the first page of a %s channel", made.manifest.name)
        raise CannotBegin(f"{type(problem).__name__}: {problem}") from problem


def connect_channel(
    connector: str, *, settings: Mapping[str, Any], secrets: Mapping[str, str], **others: Any
) -> Channel:
    """Connect an account of ours, read from this moment on: what a customer writes once this has returned is new.

    The place is taken before the channel is there, so no other process can take a later one. `others` as for
    create_channel. Raises CannotBegin where the network cannot be asked.
    """
    made = connector_class(connector)(Account(id=0, name="first", settings=settings, secrets=secrets))
    beginning = first_page(made)
    return create_channel(
        connector,
        settings=settings,
        secrets=secrets,
        beginning=beginning,
        limits=asked_limits(made) or {},
        **others,
    )


def create_channel(
    connector: str,
    *,
    name: str,
    brand: Brand,
    settings: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    teams: Iterable[Team] = (),
    actor_id: int | None = None,
    beginning: Page | None = None,
    **fields: Any,
) -> Channel:
    """Make a channel without asking its network: without a `beginning` it is read from its first poll on, which comes
    within seconds where the network can be reached. connect_channel leaves no such gap."""
    connector_class(connector)  # raises UnknownConnector
    with transaction.atomic():
        channel = Channel(
            connector=connector, name=name, brand=brand, settings=dict(settings or {}), **fields
        )
        channel.keep_secrets(dict(secrets or {}))
        channel.save()
        channel.teams.set(teams)
        if beginning is not None and beginning.cursor:
            polling.take_page(channel.pk, beginning)
            health.note_success(channel, notes=beginning.notes)
            channel.refresh_from_db()
        journal.record(
            ChannelChanged(subject_id=channel.pk, scope_id=channel.pk, actor_id=actor_id, what="connected")
        )
    doors.forget_doors()
    return channel


def change_channel(
    channel: Channel,
    *,
    actor_id: int | None,
    settings: Mapping[str, Any] | None = None,
    secrets: Mapping[str, str] | None = None,
    **fields: Any,
) -> None:
    """Change what is given; new settings also take a broken channel up again."""
    names = list(fields)
    for name, value in fields.items():
        setattr(channel, name, value)
    if settings is not None:
        channel.settings = dict(settings)
        names.append("settings")
    if secrets is not None:
        channel.keep_secrets(dict(secrets))
        names.append("sealed")
    if (settings is not None or secrets is not None) and channel.state == Channel.State.BROKEN:
        channel.state, channel.problem, channel.what_to_do = Channel.State.ACTIVE, "", ""
        channel.failing_since = channel.wait_until = None
        names += ["state", "problem", "what_to_do", "failing_since", "wait_until"]
    with transaction.atomic():
        channel.save(update_fields=sorted(set(names)))
        journal.record(
            ChannelChanged(subject_id=channel.pk, scope_id=channel.pk, actor_id=actor_id, what="changed")
        )
    doors.forget_doors()


def pause_channel(channel: Channel, *, actor_id: int | None) -> None:
    """Neither read nor send until resumed; what a network pushes meanwhile is asked to come later (503)."""
    change_channel(channel, actor_id=actor_id, state=Channel.State.PAUSED)


def resume_channel(channel: Channel, *, actor_id: int | None) -> None:
    """Read and send again; what happened meanwhile is fetched from the cursor on."""
    change_channel(
        channel,
        actor_id=actor_id,
        state=Channel.State.ACTIVE,
        failing_since=None,
        problem="",
        wait_until=None,
    )
