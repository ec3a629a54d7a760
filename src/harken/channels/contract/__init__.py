"""The contract between Harken and a network: what a connector declares, what it is given, what it answers.

A connector is one folder under `harken/connectors/`; it imports this package and `harken.base`, nothing else.
Nothing here imports Django, so a connector can be read, typed and tested alone.
"""

from .connecting import AccessLost, Busy, CheckStep, Connector, SignInFailed, SigningIn, SignInPage
from .declaring import Ability, Account, Limits, Manifest, SettingField
from .incoming import (
    Attachment,
    Author,
    Deletion,
    DoorAnswer,
    DoorRefused,
    DoorRequest,
    Edit,
    Flagged,
    Follow,
    Ignored,
    Malformed,
    Page,
    Parsed,
    Post,
    RawItem,
    Reach,
    Receipt,
)
from .proving import NothingFollows, NotProven, Proof, Proving, Voucher
from .sending import (
    CannotTell,
    Change,
    Circular,
    NotSent,
    NotThere,
    Outbound,
    Refused,
    SendResult,
    Sent,
    Unknown,
)

__all__ = [
    "Ability", "AccessLost", "Account", "Attachment", "Author", "Busy", "CannotTell", "Change", "CheckStep",
    "Circular", "Connector", "Deletion", "DoorAnswer", "DoorRefused", "DoorRequest", "Edit", "Flagged", "Follow",
    "Ignored", "Limits", "Malformed", "Manifest", "NotProven", "NotSent", "NotThere", "NothingFollows",
    "Outbound", "Page", "Parsed", "Post", "Proof", "Proving", "RawItem", "Reach", "Receipt", "Refused",
    "SendResult", "Sent", "SettingField", "SignInFailed", "SignInPage", "SigningIn", "Unknown", "Voucher",
]  # fmt: skip
