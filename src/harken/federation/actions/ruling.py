"""With which servers, and with whom on them, the spaces deal. What is decided holds at once, in and out."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import now

from harken.accounts.models import User
from harken.base.models import Switch
from harken.channels.actions import change_channel
from harken.community.actions.changing import NotUnderstood
from harken.federation import policy
from harken.federation.models import Acquaintance, Follower, Parcel, Rule, SpaceActor

LISTED_ONLY = "fediverse_listed_only"  # the switch: only servers that are listed may come, and are written to


def is_listed_only() -> bool:
    """Whether only listed servers are dealt with."""
    return Switch.objects.filter(name=LISTED_ONLY, is_on=True).exists()


def rules_as_settings() -> dict[str, Any]:
    """The rules as the connector of each space takes them."""
    blocks = list(Rule.objects.filter(kind=Rule.Kind.BLOCK).values_list("host", "uri"))
    allowed = sorted(Rule.objects.filter(kind=Rule.Kind.ALLOW).values_list("host", flat=True))
    return {
        "blocked_hosts": sorted(host for host, uri in blocks if not uri),
        "blocked_actors": sorted(uri for _host, uri in blocks if uri),
        "allowed_hosts": allowed if is_listed_only() else None,
    }


def add_rule(kind: str, typed: str, *, by: User | None, why: str = "") -> Rule:
    """Keep a server out (a host), or one person (their address); or list a server. Raises NotUnderstood."""
    uri = typed.strip() if "://" in typed and kind == Rule.Kind.BLOCK and _is_person(typed.strip()) else ""
    if not uri and typed.strip().lstrip("@").count("@") == 1 and kind == Rule.Kind.BLOCK:
        handle = "@" + typed.strip().lstrip("@")
        known = Acquaintance.objects.filter(handle__iexact=handle).first()
        if known is None:
            raise NotUnderstood(
                "what", "Nobody of that name was met yet. Block their server, or give their address."
            )
        uri = known.uri
    host = policy.host_typed(uri or typed)
    if not host:
        raise NotUnderstood(
            "what", "Write a server (social.example), a name (@ines@social.example) or an address."
        )
    with transaction.atomic():
        rule = Rule.objects.get_or_create(
            kind=kind, host=host, uri=uri, defaults={"by": by, "why": " ".join(why.split())[:200]}
        )[0]
        _take_effect(by)
    return rule


def remove_rule(rule: Rule, *, by: User | None) -> None:
    """Let them come again, or take them off the list."""
    with transaction.atomic():
        rule.delete()
        _take_effect(by)


def set_listed_only(is_on: bool, *, by: User | None) -> None:
    """Deal with listed servers only, or with all that are not blocked."""
    with transaction.atomic():
        Switch.objects.update_or_create(
            name=LISTED_ONLY,
            defaults={"is_on": is_on, "changed_by_id": by.pk if by else None, "changed_at": now()},
        )
        _take_effect(by)


def may_deal_with(rules: dict[str, Any], host: str, uri: str = "") -> bool:
    """Whether these rules let somebody there be written to."""
    if uri and uri in rules["blocked_actors"]:
        return False
    if policy.is_listed(host, rules["blocked_hosts"]):
        return False
    allowed = rules["allowed_hosts"]
    return allowed is None or host in allowed or (host.rpartition(":")[0] or host) in allowed


def _is_person(typed: str) -> bool:
    return bool(typed.partition("://")[2].partition("/")[2])


def _take_effect(by: User | None) -> None:
    rules = rules_as_settings()
    for actor in SpaceActor.objects.select_related("channel"):
        change_channel(
            actor.channel, actor_id=by.pk if by else None, settings={**actor.channel.settings, **rules}
        )
    gone = [
        follower.pk
        for follower in Follower.objects.only("pk", "host", "uri")
        if not may_deal_with(rules, follower.host, follower.uri)
    ]
    Follower.objects.filter(pk__in=gone).delete()
    waiting = (
        Parcel.objects.filter(Q(state="queued") | Q(state="claimed"))
        .values_list("host", flat=True)
        .distinct()
    )
    kept_out = [host for host in waiting if not may_deal_with(rules, host)]
    Parcel.objects.filter(state="queued", host__in=kept_out).update(
        state=Parcel.State.REFUSED, reason="This server is kept out.", settled_at=now()
    )
