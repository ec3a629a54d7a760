"""Letting a space be followed from the Fediverse, and ending it."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from harken.accounts.models import User
from harken.base import journal, work
from harken.channels.actions import change_channel, create_channel
from harken.channels.contract import Ability
from harken.channels.models import Channel
from harken.channels.registry import connector_class
from harken.community.actions.changing import NotAllowed
from harken.community.events import SpaceChanged
from harken.community.models import Space
from harken.federation import policy
from harken.federation.addresses import uri_of_actor
from harken.federation.models import SpaceActor, Told
from harken.federation.policy import CONNECTOR

from .ruling import rules_as_settings


def why_not(space: Space) -> str:
    """What stands against it, in words; "" nothing."""
    if space.audience != Space.Audience.EVERYONE:
        return "Only a space that everyone may read can be followed from elsewhere."
    if not settings.HAS_PUBLIC_URL:
        return "Set HARKEN_PUBLIC_URL first: servers elsewhere must know how to reach this install, and it can't change later."
    base = settings.PUBLIC_URL
    if urlsplit(base).path not in ("", "/"):
        return "HARKEN_PUBLIC_URL must be a host of its own, without a path."
    return ""


def turn_on(space: Space, *, by: User | None) -> SpaceActor:
    """Let the space be followed: it gets an actor, a key pair and an inbox; a second time the same ones. Raises
    NotAllowed."""
    if why := why_not(space):
        raise NotAllowed(why)
    with transaction.atomic():
        actor = SpaceActor.objects.select_related("channel", "space").filter(space=space).first()
        if actor is None:
            actor = _make(space, by=by)
        elif not actor.is_on:
            actor.is_on, actor.is_due = True, True
            actor.save(update_fields=["is_on", "is_due"])
            change_channel(
                actor.channel, actor_id=by.pk if by else None, state=Channel.State.ACTIVE,
                settings={**actor.channel.settings, **rules_as_settings()},
            )  # fmt: skip
            Told.objects.filter(actor=actor).update(is_due=True)
            work.nudge("federate")
        else:
            return actor
        _tell_pages(space, by)
    return actor


def turn_off(actor: SpaceActor, *, by: User | None) -> bool:
    """End it: what was told is taken back where servers listen, nothing new leaves and nothing comes in."""
    if not actor.is_on:
        return False
    with transaction.atomic():
        actor.is_on, actor.is_due = False, True
        actor.save(update_fields=["is_on", "is_due"])
        change_channel(actor.channel, actor_id=by.pk if by else None, state=Channel.State.PAUSED)
        Told.objects.filter(actor=actor).update(is_due=True, at=now())
        work.nudge("federate")
        _tell_pages(actor.space, by)
    return True


def _tell_pages(space: Space, by: User | None) -> None:
    """Pages of the space name its handle."""
    Space.objects.filter(pk=space.pk).update(version=F("version") + 1)
    space.refresh_from_db(fields=["version"])
    journal.record(SpaceChanged(subject_id=space.pk, version=space.version, actor_id=by.pk if by else None))


def _make(space: Space, *, by: User | None) -> SpaceActor:
    connector = connector_class(CONNECTOR)
    assert Ability.PROVE_LATER in connector.manifest.abilities
    private, public = connector.new_keys()  # type: ignore[attr-defined]  # a connector of ours
    actor = SpaceActor(
        space=space,
        name=policy.actor_name(space.slug, taken=set(SpaceActor.objects.values_list("name", flat=True))),
        base=settings.PUBLIC_URL.rstrip("/"),
        public_key=public,
    )
    actor.channel = create_channel(
        CONNECTOR,
        name=space.name,
        brand=space.brand,
        purpose=Channel.Purpose.SPACE,
        settings={"actor": uri_of_actor(actor), **rules_as_settings()},
        secrets={"key": private},
        actor_id=by.pk if by else None,
    )
    actor.save()
    return actor
