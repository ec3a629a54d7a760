"""The second step at the sign-in: begun with a secret, proven by a code, with recovery codes, taken off by whoever may."""

from __future__ import annotations

import base64
import hashlib
import secrets as random
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.timezone import now

from harken.base import secrets

from . import totp
from .models import RecoveryCode, SecondFactor, User

RECOVERY_CODES = 10
BEGUN_FOR = timedelta(minutes=30)  # a secret that nobody proved is shown no longer


def is_on(user: User) -> bool:
    """Whether this user signs in with a second step."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists()


def begin(user: User) -> None:
    """A new secret to be taken into an app; nothing changes at the sign-in until a code proves it was."""
    if is_on(user):
        return
    SecondFactor.objects.update_or_create(
        user=user, defaults={"sealed": secrets.seal(totp.new_secret()), "begun_at": now(), "last_step": 0}
    )


def begun(user: User) -> str | None:
    """The secret that waits for its first code; None where nothing was begun lately."""
    found = SecondFactor.objects.filter(user=user, confirmed_at=None, begun_at__gt=now() - BEGUN_FOR).first()
    return secrets.unseal(found.sealed) if found else None


def confirm(user: User, code: str, *, at: datetime | None = None) -> list[str] | None:
    """Turn it on with the first code; returns the recovery codes, to be shown once. None: the code is wrong."""
    at = at or now()
    if begun(user) is None:
        return None
    with transaction.atomic():
        found = SecondFactor.objects.select_for_update().get(user=user)
        step = totp.step_of(secrets.unseal(found.sealed), _plain(code), at=at.timestamp())
        if found.confirmed_at is not None or step is None:
            return None
        found.confirmed_at, found.last_step = at, step
        found.save(update_fields=["confirmed_at", "last_step"])
        return new_recovery_codes(user)


def new_recovery_codes(user: User) -> list[str]:
    """Ten new ones, in place of all before; kept as digests only."""
    codes = [base64.b32encode(random.token_bytes(10)).decode().lower() for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        user.recovery_codes.all().delete()  # type: ignore[attr-defined]  # the reverse of a key
        RecoveryCode.objects.bulk_create([RecoveryCode(user=user, digest=_digest(user, c)) for c in codes])
    return ["-".join(code[n : n + 4] for n in range(0, 16, 4)) for code in codes]


def is_right(user: User, code: str, *, at: datetime | None = None) -> bool:
    """Whether a code from the app, or a recovery code, is good now; each is good once, in whatever process."""
    at = at or now()
    found = SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()
    if found is None:
        return False
    plain = _plain(code)
    if len(plain) == totp.DIGITS and plain.isascii() and plain.isdecimal():
        step = totp.step_of(secrets.unseal(found.sealed), plain, at=at.timestamp(), after=found.last_step)
        if step is None:
            return False
        return bool(SecondFactor.objects.filter(pk=found.pk, last_step__lt=step).update(last_step=step))
    unused = RecoveryCode.objects.filter(user=user, digest=_digest(user, plain), used_at=None)
    return bool(unused.update(used_at=at))


def take_off(user: User) -> bool:
    """Sign in without a second step again; whether there was one."""
    with transaction.atomic():
        user.recovery_codes.all().delete()  # type: ignore[attr-defined]  # as above
        return bool(SecondFactor.objects.filter(user=user).delete()[0])


def codes_left(user: User) -> int:
    """Recovery codes that were not used."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()[:40]


def _digest(user: User, code: str) -> str:
    # eighty random bits: no slow hash is needed, and each is worth something for this user only
    return hashlib.sha256(f"{user.pk}:{_plain(code)}".encode()).hexdigest()
