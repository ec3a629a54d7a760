"""The thin envelope around a raw mail as polling keeps it: when the mail server got it, or why it was not fetched."""

from __future__ import annotations

from datetime import UTC, datetime

from harken.channels.contract import Malformed

ARRIVED = b"X-Harken-Arrived: "
NOT_FETCHED = b"X-Harken-Not-Fetched: "


def wrap(mail: bytes, arrived: datetime) -> bytes:
    """The mail with the moment at which its server got it."""
    return ARRIVED + arrived.astimezone(UTC).isoformat().encode() + b"\r\n" + mail


def stub(reason: str) -> bytes:
    """What is kept of a mail that was left in the mailbox, and why."""
    return NOT_FETCHED + reason.encode("utf-8", "replace") + b"\r\n"


def unwrap(body: bytes) -> tuple[bytes, datetime | None]:
    """(the mail, when its server got it; None where nobody said). Raises Malformed for a stub or a broken envelope."""
    if body.startswith(NOT_FETCHED):
        reason = body[len(NOT_FETCHED) :].partition(b"\r\n")[0].decode("utf-8", "replace")
        raise Malformed(f"{reason[:300]}; open it in the mailbox")
    if not body.startswith(ARRIVED):
        return body, None
    stamp, _, mail = body[len(ARRIVED) :].partition(b"\r\n")
    try:
        arrived = datetime.fromisoformat(stamp.decode("ascii"))
        if arrived.tzinfo is None:
            raise ValueError
        return mail, arrived.astimezone(UTC)
    except (ValueError, OverflowError):
        raise Malformed("the kept mail does not begin as Harken writes it") from None
