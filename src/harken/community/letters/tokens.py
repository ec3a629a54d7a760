"""What mails carry back: a reply's address, the link that confirms an address, the one that ends all mail.

Each is signed for its own purpose. A reply's is in lower case throughout: the part before the @ may lose its case on the way.
"""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime

from django.conf import settings

from harken.base import secrets
from harken.community.models import Letter, LetterBox, Member

from .policy import CONFIRM_WITHIN

_TAG = re.compile(r"t\.(\d{1,15})\.([a-z2-7]{20})")
_OFF = re.compile(r"(\d{1,15})-([0-9A-Za-z_-]{24})")
_CONFIRM = re.compile(r"(\d{1,15})-(\d{1,12})-([0-9A-Za-z_-]{24})")


def reply_tag(letter_id: int, member_id: int) -> str:
    """The part of a reply's address that names the letter: 100 bits of signature in letters that keep their case."""
    signature = secrets.sign([letter_id, member_id], "reply-by-mail")
    raw = base64.urlsafe_b64decode(signature + "=")[:13]
    return f"t.{letter_id}.{base64.b32encode(raw).decode().lower()[:20]}"


def letter_of(tag: str, *, channel_id: int) -> Letter | None:
    """The letter that a reply's address names, sent by this channel; None for anything that we did not sign."""
    found = _TAG.fullmatch(tag.strip().lower())
    if found is None:
        return None
    letter = (
        Letter.objects.filter(pk=int(found[1]), dispatch__channel_id=channel_id)
        .select_related("member__user__agent", "topic", "post")
        .first()
    )
    if letter is None or not secrets.is_same(reply_tag(letter.pk, letter.member_id), tag.strip().lower()):
        return None
    return letter


def link(path: str) -> str:
    """An address of this install as it stands in a mail."""
    return f"{settings.PUBLIC_URL.rstrip('/')}{path}"


def off_link(member: Member) -> str:
    """Where one click ends all mail to this member."""
    return link(f"/community/mail/off/{member.pk}-{_sign([member.pk], 'mail-off')}/")


def member_of_off(token: str) -> Member | None:
    """Whose mail this ends; None for what we did not sign."""
    found = _OFF.fullmatch(token)
    if found is None or not secrets.is_same(_sign([int(found[1])], "mail-off"), found[2]):
        return None
    return Member.objects.filter(pk=int(found[1])).select_related("user").first()


def confirm_link(member: Member, email: str, *, at: datetime) -> str:
    """Where this member says that this address is theirs; good for CONFIRM_WITHIN."""
    second = int(at.timestamp())
    signature = _sign([member.pk, second, email], "mail-confirm")
    return link(f"/community/mail/confirm/{member.pk}-{second}-{signature}/")


def box_of_confirm(token: str, *, at: datetime) -> LetterBox | None:
    """The box that this confirms; None where it is not ours, too old, or for an address that is not theirs any more."""
    found = _CONFIRM.fullmatch(token)
    if found is None:
        return None
    box = LetterBox.objects.filter(member_id=int(found[1])).select_related("member__user").first()
    if box is None or box.member.user is None or box.member.user.email != box.email:
        return None
    second = int(found[2])
    if not secrets.is_same(_sign([box.member_id, second, box.email], "mail-confirm"), found[3]):
        return None
    return box if at - datetime.fromtimestamp(second, UTC) <= CONFIRM_WITHIN else None


def _sign(parts: list[str | int], purpose: str) -> str:
    return secrets.sign(parts, purpose)[:24]
