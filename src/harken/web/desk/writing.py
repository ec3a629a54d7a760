"""The composer: where an answer may go, how long it may be, until when, and who must read it first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from harken.channels.contract import Ability
from harken.channels.dispatching import new_key
from harken.channels.limits import limits_of
from harken.inbox.models import Conversation
from harken.inbox.policy import needs_second_person
from harken.team.models import Agent

from .looks import is_always_private, look_of, manifest_of

COUNTED_UNDER = 20_000  # a limit above that is nobody's concern while writing: no count is shown
SOON_CLOSED = 6 * 3600  # seconds before a reply window ends from which it is told loudly


@dataclass(frozen=True, slots=True)
class Mode:
    """One place a text may go: its tab, its button, and who will read it."""

    name: str  # public | private | note
    icon: str
    letter: str
    label: str
    to: str
    readers: str
    send: str
    send_anyway: str


LONGEST_FIRST = 24  # letters of a name in a sentence


@dataclass(slots=True)
class Composer:
    """What the composer shows."""

    modes: list[Mode]
    mode: str
    text: str
    key: str
    limit: int
    measure: str
    may_split: bool
    may_attach: bool
    files: int = 0  # how many may go along
    file_bytes: int = 0  # of one file; `video_bytes` of one film or sound
    video_bytes: int = 0
    window: dict[str, Any] | None = None
    second_person: str = ""
    why_not: str = ""
    conflict: dict[str, Any] | None = None
    problem: str = ""
    focus: bool = False
    is_tall: bool = False
    problems: list[str] = field(default_factory=list)

    @property
    def attach_title(self) -> str:
        """How many files of which size this network takes."""
        return _("Attach files: up to %(n)s, %(size)s each") % {
            "n": self.files,
            "size": filesizeformat(self.file_bytes),
        }

    @property
    def mode_label(self) -> str:
        return next((mode.label for mode in self.modes if mode.name == self.mode), "")


def composer_of(c: Conversation, agent: Agent, *, mode: str = "", text: str = "") -> Composer:
    """The composer for this conversation and writer."""
    manifest = manifest_of(c.channel.connector)
    abilities = manifest.abilities if manifest else frozenset[Ability]()
    first = (c.person.name or c.handle.name or c.handle.shown).split(" ")[0] or _("the customer")
    if len(first) > LONGEST_FIRST:  # who will read it has to be seen, however long the name is
        first = first[: LONGEST_FIRST - 1] + "…"
    network = str(look_of(c.channel).label)
    modes: list[Mode] = []
    window, is_closed = _window(c)
    why_not = ""
    if c.is_archive or c.channel.is_archive:
        why_not = _("This is an archive: nothing is sent from it. Notes are for the team.")
    elif manifest is None:
        why_not = _("This install has no connector for this network any more: nothing can be sent.")
    elif c.channel.state == "broken":
        why_not = _("The channel is broken: %(problem)s An admin can reconnect it under Setup, Channels.") % {
            "problem": c.channel.problem
        }
    elif is_closed:
        why_not = _("The network takes no more answers here until the customer writes again.")
    if not why_not:
        if c.is_public and Ability.SEND_PUBLIC in abilities:
            modes.append(
                Mode(
                    "public", "globe", "R", _("Public reply"),
                    _("To %(name)s, in the open thread.") % {"name": first}, _("Anyone can read it."),
                    _("Reply publicly on %(network)s") % {"network": network},
                    _("Send mine as well, in public"),
                )
            )  # fmt: skip
        if Ability.SEND_PRIVATE in abilities:
            is_mail = is_always_private(c.channel)
            modes.append(
                Mode(
                    "private", "lock", "R" if is_mail else "P", _("Reply") if is_mail else _("Private"),
                    (_("To %(name)s, by %(network)s.") if is_mail else _("To %(name)s alone, as a direct message."))
                    % {"name": first, "network": network},
                    _("Only they and the team read it."),
                    (_("Send by %(network)s to %(name)s") if is_mail else _("Send privately to %(name)s"))
                    % {"name": first, "network": network},
                    _("Send mine as well, in private"),
                )
            )  # fmt: skip
    modes.append(
        Mode(
            "note", "notebook-pen", "N", _("Note"), _("For the team."), _("The customer never sees it."),
            _("Add note for the team"), _("Add note for the team"),
        )
    )  # fmt: skip
    names = [one.name for one in modes]
    why_second = needs_second_person(
        always=agent.needs_approval,
        wanted=agent.approvals_wanted,
        approved=agent.first_replies_approved,
        is_public=c.is_public,
    )
    limits = limits_of(c.channel) if manifest else None
    return Composer(
        modes=modes,
        mode=mode if mode in names else names[0],
        text=text,
        key=new_key(),
        limit=limits.text if limits and limits.text < COUNTED_UNDER else 0,
        measure=limits.measure if limits else "characters",
        may_split=Ability.SPLIT in abilities,
        may_attach=Ability.ATTACH in abilities and len(names) > 1,
        files=limits.attachments if limits else 0,
        file_bytes=limits.attachment_bytes if limits else 0,
        video_bytes=limits.room_for("video/") if limits else 0,
        window={"look": "warn", "words": why_not, "end": None, "after": ""} if why_not else window,
        second_person=(
            _("A second person reads it before it leaves (%(why)s).") % {"why": why_second}
            if why_second and len(names) > 1
            else ""
        ),
    )


def _window(c: Conversation) -> tuple[dict[str, Any] | None, bool]:
    """The network's reply window as a strip, and whether it has closed."""
    manifest = manifest_of(c.channel.connector)
    if manifest is None or manifest.reply_window is None or c.last_customer_at is None:
        return None, False
    end: datetime = c.last_customer_at + manifest.reply_window
    left = (end - timezone.now()).total_seconds()
    if left <= 0:
        return None, True
    return {
        "look": "warn" if left < SOON_CLOSED else "calm",
        "words": _("The network allows answers here for"),
        "end": end,
        "after": _("Then only after the customer writes again."),
    }, False
