"""A channel as its connector sees it."""

from django.conf import settings

from .contract import Account, Connector
from .limits import limits_of
from .models import Channel
from .registry import connector_class
from .rehearsing import Rehearsal


def account_of(channel: Channel) -> Account:
    """Settings and secrets (in the clear) of a channel."""
    return Account(
        id=channel.id,
        name=channel.name,
        settings=channel.settings,
        secrets=channel.secrets(),
        public_url=settings.PUBLIC_URL,
        limits=limits_of(channel) if channel.limits else None,
    )


def connector_of(channel: Channel) -> Connector:
    """The connector for this channel; a demo channel's dials nobody. Raises UnknownConnector."""
    connector = connector_class(channel.connector)(account_of(channel))
    return Rehearsal(connector) if channel.is_demo else connector
