"""Plain functions that make what tests need, through the product's own models and actions."""

from __future__ import annotations

import base64
import itertools
import json
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from harken.accounts.models import Brand, User
from harken.channels import doors, hot
from harken.channels.contract import RawItem
from harken.channels.models import Channel
from harken.community.actions.joining import join
from harken.community.actions.spaces import keep_space
from harken.community.actions.writing import open_topic
from harken.community.models import House, Member, Space, Topic
from harken.connectors.echo import payloads, signing
from harken.federation.addresses import uri_of_actor
from harken.federation.models import SpaceActor
from harken.inbox.intake.filing import file_waiting
from harken.team.models import Agent, Team
from tests.connectors.activitypub.elsewhere import keys

SECRET = "whsec_" + base64.b64encode(b"a secret of thirty-two bytes len").decode()
_numbers = itertools.count(1)


def make_brand(name: str = "Larkspur Air", *, zone: str = "Europe/Dublin") -> Brand:
    return Brand.objects.get_or_create(
        name=name, defaults={"slug": name.lower().replace(" ", "-"), "zone": zone}
    )[0]


def make_channel(
    connector: str = "echo",
    *,
    brand: Brand | None = None,
    name: str = "",
    secrets: dict[str, str] | None = None,
    teams: Sequence[Team] = (),
    **fields: Any,
) -> Channel:
    channel = Channel(
        connector=connector,
        brand=brand or make_brand(),
        name=name or f"{connector} {next(_numbers)}",
        **fields,
    )
    channel.keep_secrets(secrets if secrets is not None else {"secret": SECRET})
    channel.save()
    channel.teams.set(teams)
    return channel


def make_agent(
    name: str = "Noor Bakker",
    *,
    role: str = "admin",
    teams: Sequence[Team] = (),
    password: str = "correct horse",
    **fields: Any,
) -> Agent:
    email = name.lower().replace(" ", ".") + "@larkspur.example"
    user = User.objects.create_user(email, password, name=name)
    agent = Agent.objects.create(user=user, role=role, **fields)
    agent.teams.set(teams)
    return agent


def make_team(name: str = "Baggage", *, brands: Sequence[Brand] = ()) -> Team:
    team = Team.objects.create(name=name)
    team.brands.set(brands)
    return team


def echo_post(
    text: str = "Where is my suitcase?",
    *,
    id: str | None = None,
    author: str = "ines",
    at: datetime | None = None,
    **fields: Any,
) -> dict[str, Any]:
    """One event of the echo door, as a network would send it."""
    return {
        "type": "post",
        "id": id or f"post-{next(_numbers)}",
        "at": (at or datetime.now(UTC)).isoformat(),
        "author": {"key": author, "name": author.title(), "handle": f"@{author}"},
        "text": text,
        **fields,
    }


def deliver(channel: Channel, *events: dict[str, Any]) -> hot.Stored:
    """Keep events as deliveries, as a proven call would."""
    items: list[RawItem] = [payloads.item_of(event, json.dumps(event).encode()) for event in events]
    return hot.store([hot.NewDelivery(channel.pk, item) for item in items])


def receive(channel: Channel, *events: dict[str, Any]) -> None:
    """Deliver and file, until nothing waits."""
    deliver(channel, *events)
    while file_waiting():
        pass


def signed_headers(
    body: bytes, *, secret: str = SECRET, message_id: str = "msg-1", at: int | None = None
) -> dict[str, str]:
    stamp = at if at is not None else int(time.time())
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signing.sign(secret, message_id, stamp, body),
    }


def knock(channel: Channel, body: bytes, **headers: str) -> doors.Answer:
    """Call the channel's door with this very body, signed."""
    doors.forget_doors()
    return doors.accept(channel.door_token, "POST", {**signed_headers(body), **headers}, {}, body)


# ---- community -------------------------------------------------------------------------------------------


def make_member(name: str = "Ines Rautio", *, agent: Agent | None = None, **fields: Any) -> Member:
    """A member with a sign-in of their own, or the one that an agent is. Nothing that members write waits for a look
    unless the test has set up the house before."""
    House.objects.get_or_create(defaults={"strictness": "off"})
    user = (
        agent.user
        if agent
        else User.objects.create_user(f"member-{next(_numbers)}@travel.example", name=name)
    )
    member = join(user, name=name if agent is None else "")
    for field, value in fields.items():
        setattr(member, field, value)
    if fields:
        member.save(update_fields=list(fields))
    return member


def make_space(name: str = "Baggage", *, brand: Brand | None = None, **fields: Any) -> Space:
    return keep_space(Space(name=name, brand=brand or make_brand(), **fields), by=None)


def ask(
    title: str = "Can a cello fly in the cabin?",
    *,
    by: Member | None = None,
    space: Space | None = None,
    **fields: Any,
) -> Topic:
    """A question with its opening post."""
    return open_topic(
        space or Space.objects.first() or make_space(),
        by=by or make_member("Noor Haddad"),
        title=title,
        text=fields.pop("text", "Bergen to Porto, with my daughter and her three-quarter cello."),
        **fields,
    )


def make_space_actor(space: Space, name: str = "") -> SpaceActor:
    """The space can be followed from the Fediverse, under the address of this install."""
    private, public = keys()
    actor = SpaceActor(
        space=space, name=name or f"space_{space.pk}", base=settings.PUBLIC_URL.rstrip("/"), public_key=public
    )
    actor.channel = make_channel(
        "activitypub",
        brand=space.brand,
        purpose="space",
        settings={"actor": uri_of_actor(actor)},
        secrets={"key": private},
    )
    actor.save()
    return actor
