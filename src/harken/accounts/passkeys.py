"""Passkeys: signing in with a key that a device or a manager keeps (Web Authentication Level 2, W3C).

The key is found by the browser itself, so that no name is typed, and its holder proves themselves to it (a finger, a
PIN): it counts as both steps. A challenge is good once and for five minutes; the caller keeps it in the session and takes
it out before it is looked at. Origin and relying party are those of HARKEN_PUBLIC_URL, whatever a request says.
"""

from __future__ import annotations

import ipaddress
import logging
import secrets as random
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from .models import Passkey, User

if TYPE_CHECKING:
    from fido2.server import Fido2Server

log = logging.getLogger(__name__)

MOST_KEYS = 20  # of one user
GOOD_FOR = 300  # seconds in which a challenge may be answered
LONGEST_NAME = 60


class Refused(Exception):
    """The answer of the authenticator does not do; why is for the log, never for who asks."""


def origin() -> str:
    """The origin at which passkeys of this install are good."""
    found = urlsplit(settings.PUBLIC_URL)
    return f"{found.scheme}://{found.netloc}".lower()


def may_be_used() -> bool:
    """Whether browsers make passkeys for this install: it needs a name, and HTTPS unless that name is localhost."""
    found = urlsplit(settings.PUBLIC_URL)
    host = found.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return bool(host) and (found.scheme == "https" or host == "localhost")
    return False


def _server() -> Fido2Server:
    from fido2.server import Fido2Server  # read when one is used: no other page needs it
    from fido2.webauthn import PublicKeyCredentialRpEntity

    here = origin()
    host = urlsplit(here).hostname or ""
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=host, name="Harken"), verify_origin=lambda found: found == here
    )


def _at(at: datetime | None) -> float:
    return (at or now()).timestamp()


def begin_adding(user: User, *, at: datetime | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser is asked to make a key with, and what the session keeps until it answers."""
    from fido2.utils import websafe_encode
    from fido2.webauthn import (
        AttestedCredentialData,
        PublicKeyCredentialUserEntity,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    known = list(user.passkeys.all())
    # the same for all keys of one user, so that an authenticator holds one of them
    handle = known[0].handle if known else websafe_encode(random.token_bytes(32))
    options, state = _server().register_begin(
        PublicKeyCredentialUserEntity(id=_decoded(handle), name=user.email, display_name=str(user)),
        credentials=[AttestedCredentialData(_decoded(one.credential)) for one in known],
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options), {**state, "user": user.pk, "handle": handle, "at": _at(at)}


def add(
    user: User, state: Mapping[str, Any] | None, answer: Any, *, name: str, at: datetime | None = None
) -> Passkey:
    """Keep the key that the browser made. Raises Refused."""
    from fido2.utils import websafe_encode

    if state is None or state.get("user") != user.pk or _at(at) - state["at"] > GOOD_FOR:
        raise Refused("no challenge waits for this answer")
    found = _checked(lambda: _server().register_complete(state, answer))
    made = found.credential_data
    try:
        with transaction.atomic():
            if Passkey.objects.filter(user=user).count() >= MOST_KEYS:
                raise Refused("enough keys")
            return Passkey.objects.create(
                user=user,
                name=" ".join(name.split())[:LONGEST_NAME] or "Passkey",
                credential_id=websafe_encode(made.credential_id),
                credential=websafe_encode(bytes(made)),
                handle=state["handle"],
                counter=found.counter,
                created_at=at or now(),
            )
    except IntegrityError:
        raise Refused("this key is known already") from None


def begin_sign_in(*, at: datetime | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the browser is asked to sign, for whichever of its keys its holder chooses; and what the session keeps."""
    from fido2.webauthn import UserVerificationRequirement

    options, state = _server().authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
    return dict(options), {**state, "at": _at(at)}


def sign_in(state: Mapping[str, Any] | None, answer: Any, *, at: datetime | None = None) -> User:
    """Whose key answered. Whether they may come in is for the caller to say. Raises Refused."""
    from fido2.webauthn import AttestedCredentialData, AuthenticationResponse

    if state is None or "user" in state or _at(at) - state["at"] > GOOD_FOR:
        raise Refused("no challenge waits for this answer")
    given = answer.get("id") if isinstance(answer, Mapping) else None
    with transaction.atomic():
        key = (
            Passkey.objects.select_for_update(of=("self",))
            .select_related("user")
            .filter(credential_id=given if isinstance(given, str) else "")
            .first()
        )
        if key is None:
            raise Refused("this key is not known here")
        read = _checked(lambda: AuthenticationResponse.from_dict(answer))
        credential = AttestedCredentialData(_decoded(key.credential))
        _checked(lambda: _server().authenticate_complete(state, [credential], read))
        if read.response.user_handle is not None and read.response.user_handle != _decoded(key.handle):
            raise Refused("the key says it is somebody else's")
        counter = read.response.authenticator_data.counter
        if (counter or key.counter) and counter <= key.counter:
            # section 7.2, step 21: two devices hold the same key
            raise Refused("the key's counter went back: it may have been copied")
        key.counter, key.used_at = counter, at or now()
        key.save(update_fields=["counter", "used_at"])
    return key.user


def remove(user: User, key_id: int) -> bool:
    """Take one of their keys away; nobody signs in with it any more."""
    return bool(Passkey.objects.filter(user=user, pk=key_id).delete()[0])


def remove_all(user: User) -> None:
    """Take all of them away: their device is lost."""
    user.passkeys.all().delete()


def _decoded(text: str) -> bytes:
    from fido2.utils import websafe_decode

    return websafe_decode(text)


def _checked(look: Any) -> Any:
    """What the library makes of an answer; whatever is wrong with what a stranger sent is a refusal."""
    try:
        return look()
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError) as why:
        raise Refused(str(why) or type(why).__name__) from why
