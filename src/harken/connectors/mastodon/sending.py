"""Sends one status: to the right person, in the right thread, no more public than what it answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from harken.base.net.errors import Ambiguous, NetError
from harken.base.net.errors import NotSent as NotReached
from harken.channels.contract import (
    AccessLost,
    Attachment,
    Busy,
    NotSent,
    Outbound,
    Refused,
    SendResult,
    Sent,
    Unknown,
)

from .api import Answer, Api, ApiError
from .instance import Instance, instance_of
from .items import moment
from .measuring import measure
from .names import for_api, full_name, lasting
from .reading import PUBLIC
from .settings import UNLISTED
from .words import names_in

RECONNECT = "Reconnect the channel under Setup, Channels: make a new access token on the server."
UPLOAD_SECONDS = 30.0  # for all files together; a claim on a dispatch lasts 45
PROCESSING_EVERY = 1.0


class Stop(Exception):
    """Sending ends here, before anything left, with this result."""

    def __init__(self, result: SendResult) -> None:
        super().__init__(str(result))
        self.result = result


def send_status(api: Api, outbound: Outbound, on_request: Callable[[], None]) -> SendResult:
    """Send once; see the contract's send()."""
    try:
        instance = instance_of(api)
        asked = _asked(api, outbound)
        form: dict[str, Any] = {
            "status": written(outbound, asked, instance),
            "visibility": visibility_of(api, outbound, asked),
        }
        check_length(form["status"], outbound, instance)
        if asked is not None:
            form["in_reply_to_id"] = str(asked["id"])
        if warning := outbound.subject or str(outbound.details.get("spoiler_text") or ""):
            form["spoiler_text"] = warning
        if outbound.attachments:
            form["media_ids[]"] = _upload(api, outbound, instance)
    except Stop as stop:
        return stop.result
    except AccessLost as lost:
        return Refused(str(lost), RECONNECT)
    except Busy as busy:
        return NotSent(busy.reason, busy.retry_after)
    except ApiError as refused:
        return Refused(
            f"The server refused: {refused.answer.says}.", "See what the server says, then send again."
        )
    try:
        answer = api.exchange(
            "POST",
            "/api/v1/statuses",
            data=form,
            headers={"idempotency-key": outbound.key},
            timeout=30.0,
            on_first_byte=on_request,
        )
    except NotReached as failure:
        return NotSent(str(failure))
    except Ambiguous as failure:
        return Unknown(str(failure))
    return result_of(api, answer)


def written(outbound: Outbound, asked: Mapping[str, Any] | None, instance: Instance) -> str:
    """The text as it is posted: with the name of the person it is for, without which they would not be told."""
    name = ""
    if asked is not None and isinstance(asked.get("account"), dict):
        name = full_name(asked["account"], instance.domain)
    to = outbound.to.handle.lstrip("@").lower() if outbound.to and outbound.to.handle else ""
    # the second part of a long answer hangs on our own first one, but is for the same person
    name = to or name
    text = outbound.text.strip()
    if not name or {name, name.removesuffix(f"@{instance.domain}")} & names_in(text):
        return text
    return f"@{name} {text}"


def visibility_of(api: Api, outbound: Outbound, asked: Mapping[str, Any] | None) -> str:
    """Direct for private; for public as the channel is set, but never more public than what it answers."""
    if not outbound.is_public:
        return "direct"
    seen_by = str((asked or {}).get("visibility") or outbound.details.get("visibility") or "")
    if seen_by and seen_by not in PUBLIC:
        raise Stop(
            Refused(
                "What it answers was written in private, and this answer would be public.",
                "Send it as a private message.",
            )
        )
    return UNLISTED if seen_by == UNLISTED else api.settings.answers_as


def _asked(api: Api, outbound: Outbound) -> Mapping[str, Any] | None:
    """The status that is answered, as it is now; some servers would post an answer to a deleted one as a new thread."""
    if not outbound.in_reply_to:
        return None
    path = f"/api/v1/statuses/{quote(for_api(outbound.in_reply_to))}"
    answer = api.try_get(path)
    if answer.status in (404, 410):
        raise Stop(
            Refused(
                "The post that it answers is no longer on the server.",
                "Write to the person anew, or leave it: they took their question away.",
            )
        )
    if answer.status == 401:
        raise AccessLost(f"{api.settings.server} does not accept the access token: {answer.says}.")
    if not answer.is_success or not isinstance(answer.data, dict) or not answer.data.get("id"):
        raise ApiError(path, answer)
    return answer.data


def check_length(text: str, outbound: Outbound, instance: Instance) -> None:
    length = measure(text, instance.url_length) + measure(outbound.subject, instance.url_length)
    if length > instance.most_characters:
        raise Stop(
            Refused(
                f"With the person's name it has {length} characters; {instance.domain} takes "
                f"{instance.most_characters}.",
                "Shorten it.",
            )
        )
    if not text and not outbound.attachments:
        raise Stop(Refused("There is nothing in it.", "Write something."))


def _upload(api: Api, outbound: Outbound, instance: Instance) -> list[str]:
    """Bring the files to the server; nobody sees them before the status does. Returns their ids."""
    files = outbound.attachments
    if len(files) > instance.most_files:
        raise Stop(
            Refused(f"{len(files)} files; {instance.domain} takes {instance.most_files}.", "Take some away.")
        )
    deadline = time.monotonic() + UPLOAD_SECONDS
    return [_upload_one(api, file, instance, deadline) for file in files]


def _upload_one(api: Api, file: Attachment, instance: Instance, deadline: float) -> str:
    content = file.content or b""
    most = instance.image_bytes if file.content_type.startswith("image/") else instance.video_bytes
    if len(content) > most:
        raise Stop(
            Refused(
                f"{file.name} has {len(content):,} bytes; {instance.domain} takes {most:,}.",
                "Make it smaller.",
            )
        )
    if instance.file_types and file.content_type not in instance.file_types:
        raise Stop(
            Refused(
                f"{instance.domain} takes no files of type {file.content_type}.",
                f"Send {file.name} another way.",
            )
        )
    try:
        answer = api.exchange(
            "POST",
            "/api/v2/media",
            data={"description": file.text[: instance.words_for_a_picture]},
            files={"file": (file.name, content, file.content_type)},
            timeout=max(1.0, deadline - time.monotonic()),
        )
    except NetError as failure:
        raise Busy(f"{file.name} could not be brought to the server: {failure}") from failure
    if answer.status in (429, 500, 502, 503, 504):
        raise Busy(f"{file.name} was not taken yet: {answer.says}.", answer.retry_after)
    if not answer.is_success or not isinstance(answer.data, dict) or not answer.data.get("id"):
        raise Stop(_refused(answer, f"{file.name} was not taken"))
    id_ = str(answer.data["id"])
    if answer.status == 202:
        _wait_until_ready(api, id_, file.name, deadline)
    return id_


def _wait_until_ready(api: Api, id_: str, name: str, deadline: float) -> None:
    """Large files are worked on by the server before they can be attached (206 until then)."""
    while time.monotonic() < deadline:
        answer = api.try_get(f"/api/v1/media/{quote(id_)}")
        if answer.status == 200:
            return
        if answer.status != 206:
            raise Stop(_refused(answer, f"{name} could not be worked on"))
        time.sleep(PROCESSING_EVERY)
    raise Busy(f"The server is still working on {name}.", 30.0)


def result_of(api: Api, answer: Answer) -> SendResult:
    """What the server's answer to a status, new or edited, comes to."""
    if answer.is_success:
        status = answer.data
        id_ = lasting(status.get("id")) if isinstance(status, dict) else ""
        if not id_ or not isinstance(status, dict):
            return Unknown(f"The server took the post but did not say under which id: {answer.text[:100]!r}")
        return sent_as(status)
    if answer.status == 429:
        return NotSent(f"{api.settings.server} asks us to wait (too many requests).", answer.retry_after)
    if answer.status >= 500 or answer.status in (408, 409):
        return Unknown(f"The server answered {answer.says} after it had the post.")
    if 300 <= answer.status < 400:
        return Refused("The server sends us elsewhere; nothing was posted.", "Correct the server's address.")
    return _refused(answer, "The server refused the post")


def sent_as(status: Mapping[str, Any]) -> Sent:
    """A status of ours, as something sent."""
    return Sent(
        external_id=lasting(status["id"]),
        at=moment(status.get("created_at")) or datetime.now(UTC),
        url=str(status.get("url") or status.get("uri") or ""),
    )


def _refused(answer: Answer, what: str) -> Refused:
    if answer.status in (401, 403):
        return Refused(f"{what}: {answer.says}.", RECONNECT)
    if answer.status == 404:
        return Refused(
            f"{what}: {answer.says}.", "The post that it answers may be gone: look at it on the server."
        )
    return Refused(f"{what}: {answer.says}.", "Change the text or the files, then send again.")
