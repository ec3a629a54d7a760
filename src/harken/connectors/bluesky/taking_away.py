"""Takes a post of ours away: deleteRecord, which answers the same where nothing is left to delete."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from harken.base.net.errors import Ambiguous, NetError
from harken.channels.contract import (
    CannotTell,
    Change,
    NotSent,
    NotThere,
    Refused,
    SendResult,
    Sent,
    Unknown,
)

from .items import author_of, is_post_uri, key_of
from .polling import is_not_there
from .sending import COLLECTION, not_taken
from .session import SignedIn
from .xrpc import XrpcError

NO_EDITS = Refused(
    "A Bluesky post cannot be edited: its readers would go on seeing the old words.",
    "Take it away and write it anew, or answer it with the correction.",
)


def change_post(signed_in: SignedIn, change: Change, on_request: Callable[[], None]) -> SendResult:
    """Take a post away once; anything else is refused. Raises AccessLost or Busy where nothing was asked for."""
    if change.kind != "delete":
        return NO_EDITS
    if not is_post_uri(change.external_id):
        return Refused(
            "Bluesky takes direct messages away for the one who asks only, not for the other side.",
            "Write them that it no longer holds.",
        )
    session = signed_in.session()
    if author_of(change.external_id) != session.did:
        return Refused("This post is not this account's.", "Reconnect the account that wrote it.")
    try:
        answer = signed_in.tell(
            session,
            "com.atproto.repo.deleteRecord",
            json={"repo": session.did, "collection": COLLECTION, "rkey": key_of(change.external_id)},
            on_first_byte=on_request,
        )
    except Ambiguous as failure:
        return Unknown(f"The post may be gone: {failure}")
    except NetError as failure:
        return NotSent(str(failure))
    if answer.is_success:
        return Sent(change.external_id, datetime.now(UTC))
    return not_taken(signed_in, session, answer)


def look_up_change(signed_in: SignedIn, change: Change) -> Sent | NotThere | CannotTell:
    """Whether the post still stands in our repository."""
    if change.kind != "delete" or not is_post_uri(change.external_id):
        return NotThere()
    params = {
        "repo": author_of(change.external_id),
        "collection": COLLECTION,
        "rkey": key_of(change.external_id),
    }
    try:
        signed_in.ask("com.atproto.repo.getRecord", params)
    except XrpcError as refused:
        gone = Sent(change.external_id, datetime.now(UTC))
        return gone if is_not_there(refused) else CannotTell(str(refused))
    return NotThere()
