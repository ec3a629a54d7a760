"""The company's people read what a customer answered and say that it is right: shown as theirs, beside the answer."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import now
from django.utils.translation import gettext as _

from harken.community.events import PostChecked
from harken.community.models import Member, Post
from harken.community.permissions import is_staff
from harken.community.policy import Voice

from .changing import NotAllowed, check_writer, lock, touch


def check_post(post: Post, *, by: Member, is_checked: bool = True, at: datetime | None = None) -> bool:
    """Say that a customer's answer is right as it stands, or take that back; whether that changed anything.

    It is no choice of what solved it: that stays the asker's. An edit takes the check away.
    """
    check_writer(by)
    if not is_staff(by):
        raise NotAllowed(_("Only the company's people check answers in its name."))
    at = at or now()
    with transaction.atomic():
        topic = lock(post.topic_id)
        row = Post.objects.get(pk=post.pk)
        if row.kind != Post.Kind.ANSWER or row.state != Post.State.SHOWN or Voice(row.voice).is_company:
            raise NotAllowed(_("Only a customer's answer that is shown can be checked."))
        if is_checked == (row.checked_at is not None):
            return False
        row.checked_by, row.checked_at = (by, at) if is_checked else (None, None)
        row.save(update_fields=["checked_by", "checked_at"])
        touch(topic, PostChecked, by=by, at=at, post_id=row.pk, member_id=by.pk, is_checked=is_checked)
    return True
