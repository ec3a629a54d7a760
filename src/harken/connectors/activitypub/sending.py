"""One activity to one inbox, signed. Servers know an activity by its id, so a repeat is the same one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from harken.base.foreign_json import as_bytes
from harken.base.net import http
from harken.base.net.errors import Ambiguous
from harken.base.net.errors import NotSent as NotReached
from harken.base.net.errors import Refused as GuardRefused
from harken.base.net.urls import target_of
from harken.channels.contract import NotSent, Outbound, Refused, SendResult, Sent, Unknown

from . import signature

SECONDS = 12.0
LARGEST_ANSWER = 64 * 1024
GONE = "gone"  # a reason: the inbox is not there any more


def post(outbound: Outbound, on_request: Callable[[], None], *, key: str, key_id: str) -> SendResult:
    """Send `outbound.details["activity"]` to the inbox `outbound.details["inbox"]`."""
    activity, inbox = outbound.details.get("activity"), outbound.details.get("inbox")
    if not isinstance(activity, dict) or not isinstance(inbox, str):
        return Refused(
            "There is no activity to send.", "A space sends what is said in it; nothing else leaves here."
        )
    if not key:
        return Refused("The space has no key.", "Turn following off and on again in the space's setup.")
    body = as_bytes(activity)
    try:
        target = target_of(inbox)
        headers = signature.sign(
            key, key_id, method="post", path=target.path, host=target.netloc, body=body, now=datetime.now(UTC)
        )
        answer = http.request(
            "POST",
            inbox,
            use="media",  # a stranger's word led here: no private host is reached that was not allowed for strangers
            content=body,
            headers={"content-type": "application/activity+json", **headers},
            timeout=SECONDS,
            max_bytes=LARGEST_ANSWER,
            on_first_byte=on_request,
        )
    except GuardRefused as why:
        return Refused(str(why), "Their address is not one that Harken may reach.")
    except NotReached as why:
        return NotSent(str(why))
    except Ambiguous as why:
        return Unknown(str(why))
    if answer.is_success:
        return Sent(external_id=str(activity.get("id", "")), at=datetime.now(UTC))
    said = f"{target.host} answered {answer.status}"
    if answer.status in (404, 410):
        return Refused(f"{GONE}: {said}")
    if answer.status in (429, 503):
        return NotSent(said, _seconds(answer.headers.get("retry-after", "")))
    if 300 <= answer.status < 500:
        return Refused(said)
    return Unknown(said)


def _seconds(text: str) -> float:
    return min(86_400.0, float(text)) if text.isascii() and text.isdigit() else 60.0
