"""Which connectors this install has, by name; loaded late, so that no floor imports a network."""

from functools import cache
from importlib import import_module

from django.conf import settings

from .contract import Connector, Manifest


class UnknownConnector(LookupError):
    """A channel names a connector that this install does not have."""


@cache
def connector_class(name: str) -> type[Connector]:
    """The connector's class. Raises UnknownConnector with the names there are."""
    try:
        path = settings.CONNECTORS[name]
    except KeyError:
        known = ", ".join(sorted(settings.CONNECTORS))
        raise UnknownConnector(f"There is no connector {name!r}. This install has: {known}.") from None
    module, _, attribute = path.rpartition(".")
    found: type[Connector] = getattr(import_module(module), attribute)
    return found


def manifests() -> list[Manifest]:
    """Every connector's manifest, in the order of the settings."""
    return [connector_class(name).manifest for name in settings.CONNECTORS]
