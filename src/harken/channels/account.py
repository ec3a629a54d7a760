"""A channel as its connector sees it."""

from django.conf import settings

from .contract import Account, Connector
from .models import Channel
from .registry import connector_class


def account_of(channel: Channel) -> Account:
    """Settings and secrets (in the clear) of a channel."""
    return Account(
        id=channel.id,
        name=channel.name,
        settings=channel.settings,
        secrets=channel.secrets(),
        public_url=settings.PUBLIC_URL,
    )


def connector_of(channel: Channel) -> Connector:
    """The connector for this channel. Raises UnknownConnector."""
    return connector_class(channel.connector)(account_of(channel))
