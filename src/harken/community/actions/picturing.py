"""Pictures in what members write: kept as they are, by what they are and not by what they are called."""

from __future__ import annotations

from django.utils.translation import gettext as _

from harken.channels.files import picture_type, store_file
from harken.community.models import Member, Picture

from .changing import NotUnderstood, check_writer

MOST_BYTES = 5 * 1024 * 1024


def keep_picture(content: bytes, *, by: Member) -> Picture:
    """Keep a picture (PNG, JPEG, GIF, WebP) of at most `MOST_BYTES`. Raises NotAllowed, NotUnderstood."""
    check_writer(by)
    kind = picture_type(content[:16])
    if not kind:
        raise NotUnderstood("picture", _("This is no picture that browsers show: PNG, JPEG, GIF or WebP."))
    if len(content) > MOST_BYTES:
        raise NotUnderstood("picture", _("Pictures of up to 5 MB, please."))
    return Picture.objects.create(
        member=by, stored_as=store_file(content), content_type=kind, size=len(content)
    )
