"""A sign-out ends the open streams of that session at once, in every web process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django.contrib.auth.signals import user_logged_out
from django.db import transaction

from harken.base import journal
from harken.base.journal import Recorded


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsChanged(Recorded):
    """A user signed out, or what they may do changed: their streams are looked at again. Never told to
    pages."""

    subject_kind: ClassVar[str] = "user"


def tell_streams(user_id: int) -> None:
    """Have the streams of a user looked at again, after a sign-out, a revocation or a change of rights."""
    with transaction.atomic():
        journal.record(SessionsChanged(subject_id=user_id))


def connect() -> None:
    """Listen to Django's sign-out; calling it again changes nothing."""
    user_logged_out.connect(_on_sign_out, dispatch_uid="harken-live-sign-out")


def _on_sign_out(sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
    # Django tells of a sign-out before it ends the session. A stream that is looked at in between would find it
    # valid and go on for a minute, so the session is ended here first (Django's own end of it then does nothing).
    if user is not None and user.pk:
        request.session.flush()
        tell_streams(user.pk)
