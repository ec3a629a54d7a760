"""How things look and are called on the desk: networks, places, views, fates. Words and icon names only."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from harken.channels.contract import Manifest
from harken.channels.models import Channel
from harken.channels.registry import UnknownConnector, connector_class

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Look:
    """An icon and a word that always go together."""

    icon: str
    label: Words


@cache
def manifest_of(connector: str) -> Manifest | None:
    """What a connector says of itself; None where this install no longer has it (old conversations stay)."""
    try:
        return connector_class(connector).manifest
    except UnknownConnector:
        return None


def network_of(connector: str) -> Look:
    """The network's icon and name."""
    manifest = manifest_of(connector)
    return (
        Look(manifest.icon, gettext(manifest.label)) if manifest else Look("circle-question-mark", connector)
    )


def look_of(channel: Channel) -> Look:
    """How a channel's network is called: by the name of the place that its settings give, else by the network's."""
    network = network_of(channel.connector)
    place = str(channel.settings.get("label") or "")[:40]
    return Look(network.icon, place) if place else network


def is_always_private(channel: Channel) -> bool:
    """Whether nothing on this channel is public, so that the word "private" need not stand in each row."""
    manifest = manifest_of(channel.connector)
    if manifest is None or "is_public" in channel.settings:
        return not channel.settings.get("is_public", True)
    return not manifest.is_public


PLACE_ICON = {"public": "globe", "private": "lock", "note": "notebook-pen"}


def place_of(is_public: bool) -> str:
    """The class name of where a thing is said."""
    return "public" if is_public else "private"


def place_words(is_public: bool, channel: Channel) -> str:
    """“Public on Mastodon”, “Private on Bluesky”, “Private, by Email”."""
    network = str(look_of(channel).label)
    if is_public:
        return str(_("Public on %(network)s")) % {"network": network}
    if is_always_private(channel):
        return str(_("Private, by %(network)s")) % {"network": network}
    return str(_("Private on %(network)s")) % {"network": network}


_ADDRESSED = re.compile(r"^(?:@[\w.@-]+[\s,:]+)+")


def beginning_of(text: str, most: int = 80) -> str:
    """How a text begins, without the names it is addressed to: for titles and previews."""
    whole = " ".join(text[:400].split())
    begin = _ADDRESSED.sub("", whole) or whole
    if begin != whole:
        begin = begin[0].upper() + begin[1:]
    return begin if len(begin) <= most else begin[: most - 1].rstrip() + "…"


def initials_of(name: str) -> str:
    """At most two letters for a face: of the first and the last word."""
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + (words[-1][0] if len(words) > 1 else words[0][1:2])).upper()


@dataclass(frozen=True, slots=True)
class View:
    """A place of the rail: its key in the address, its icon and words, and what is said when it is empty."""

    key: str
    icon: str
    label: Words
    empty: Words
    is_late: bool = False  # its count is drawn as something that must be looked at
    is_elsewhere: bool = False  # leads to another page than the desk
    count: str = ""
    href_of: str = ""

    @property
    def href(self) -> str:
        return self.href_of or ("/desk/" if self.key == "needs" else f"/desk/?view={self.key}")


NOBODY = _("Nobody waits. New ones appear here by themselves.")
VIEWS = {
    view.key: view
    for view in (
        View("needs", "inbox", _("Needs an answer"), NOBODY),
        View("mine", "user-round", _("Mine"), _("Nothing is yours now. Next takes the one most in need.")),
        View("mentions", "bell", _("Mentions you"), _("No colleague has named you in a note.")),
        View("promised", "handshake", _("Promised today"), _("No promise is due today.")),
        View("approve", "clipboard-check", _("To approve"), _("No reply waits for a second person.")),
        View("snoozed", "alarm-clock", _("Snoozed"), _("Nothing is snoozed.")),
        View("community", "messages-square", _("Community"), _("No question waits in the community. New ones appear here by themselves.")),
        View("unknown", "circle-question-mark", _("Not known"), _("Of everything sent it is known what became of it."), True),
        View("refused", "circle-x", _("Refused"), _("No network refused anything."), True),
        View("unowned", "user-round-x", _("Nobody's"), _("Everything that waits has an owner.")),
        View("open", "messages-square", _("All open"), _("Nothing is open.")),
        View("closed", "check", _("Closed"), _("Nothing was closed yet.")),
        View("all", "history", _("Everything"), _("No conversation yet.")),
    )
}  # fmt: skip

FATES: dict[str, tuple[str, str, Words]] = {
    "held": ("clipboard-check", "way", _("Waits for a second person")),
    "queued": ("clock", "way", _("Waits to leave")),
    "claimed": ("loader", "way", _("On its way")),
    "requesting": ("loader", "way", _("On its way")),
    "sent": ("check-check", "sent", _("Sent")),
    "refused": ("circle-x", "refused", _("Refused")),
    "unknown": ("circle-question-mark", "unknown", _("Not known whether it arrived")),
    "cancelled": ("undo-2", "way", _("Taken back, nothing left")),
}

URGENCIES: dict[str, Words] = {
    "critical": _("Critical"),
    "high": _("Urgent"),
    "normal": _("Normal"),
    "low": _("Can wait"),
}
