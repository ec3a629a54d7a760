"""How things look and are called in the community: who speaks, where it came from, kinds, the icons of spaces."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from harken.web.desk.looks import Look, network_of

Words = str | Promise


@dataclass(frozen=True, slots=True)
class VoiceLook:
    """A label, its shape and icon: round is a customer, square is the company."""

    name: str  # of the classes: who-…, face-…
    icon: str
    label: Words
    is_company: bool = False


VOICES = {
    "customer": VoiceLook("customer", "user-round", _("Customer")),
    "super_user": VoiceLook("superuser", "hand-heart", _("Super user")),
    "employee": VoiceLook("staff", "id-card", _("Employee"), True),
    "brand": VoiceLook("brand", "building-2", _("The company"), True),
}

HERE = Look("messages-square", _("here"))

# What an admin may choose from for a space.
SPACE_ICONS = (
    "message-circle", "luggage", "ticket", "refresh-cw", "map-pin", "armchair", "accessibility", "plane", "house",
    "heart", "lightbulb", "route", "sprout", "users-round", "smartphone", "credit-card", "megaphone", "wrench",
)  # fmt: skip


def place_of(network: str) -> Look:
    """Where a question was asked: on a network, or here."""
    return network_of(network) if network else HERE


def initials_of(name: str) -> str:
    """One or two letters for a face."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


def name_shown(name: str, state: str) -> str:
    """A member's name; the posts of who left stay without it."""
    from django.utils.translation import gettext

    return gettext("Somebody who left") if state == "gone" else name
