"""What a channel's own instance accepts: asked at connecting and once a day, kept with the channel, shown to writers."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Any

from .contract import AccessLost, Busy, Connector, Limits
from .models import Channel
from .registry import connector_class

log = logging.getLogger(__name__)

_NAMES = frozenset(field.name for field in fields(Limits))


def limits_of(channel: Channel) -> Limits:
    """The instance's limits as they were told last, else the network's usual ones. Raises UnknownConnector."""
    return with_kept(connector_class(channel.connector).manifest.limits, channel.limits)


def with_kept(usual: Limits, kept: Mapping[str, Any]) -> Limits:
    """The usual limits with what an instance said of its own."""
    return (
        replace(usual, **{name: value for name, value in kept.items() if name in _NAMES}) if kept else usual
    )


def asked_limits(connector: Connector) -> dict[str, Any] | None:
    """What differs at this instance from the network's usual limits; None where it cannot be asked now."""
    try:
        told = connector.limits()
    except (AccessLost, Busy):
        return None
    except Exception:
        log.exception("the limits of a %s channel", connector.manifest.name)
        return None
    usual = asdict(connector.manifest.limits)
    return {name: value for name, value in asdict(told).items() if value != usual[name]}


def refresh_limits(channel: Channel, connector: Connector) -> None:
    """Ask again; what is known stays where the instance does not answer."""
    found = asked_limits(connector)
    if found is not None and found != channel.limits:
        Channel.objects.filter(pk=channel.pk).update(limits=found)
