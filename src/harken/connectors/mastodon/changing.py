"""Edits and deletes one status of ours: the server is asked what stands there first, and afterwards whether it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from harken.base.net.errors import Ambiguous
from harken.base.net.errors import NotSent as NotReached
from harken.channels.contract import (
    AccessLost,
    Busy,
    CannotTell,
    Change,
    NotSent,
    NotThere,
    Refused,
    SendResult,
    Sent,
    Unknown,
)

from .api import Api, ApiError
from .instance import instance_of
from .items import moment
from .looking import readings
from .names import for_api
from .sending import RECONNECT, Stop, check_length, result_of, written
from .words import same_words

GONE = Refused("Our post is no longer on the server.", "It was taken away there: nothing is left to change.")
BY_HAND = "Take it away by hand, on the server's own pages."


def change_status(api: Api, change: Change, on_request: Callable[[], None]) -> SendResult:
    """Change or take away once; see the contract's change()."""
    try:
        status = _status(api, change)
        if change.kind == "delete":
            # that it is gone already is what was wanted
            return _delete(api, change, on_request) if status else _done(change)
        if status is None:
            return GONE
        form = _form(api, change, status)
    except Stop as stop:
        return stop.result
    except AccessLost as lost:
        return Refused(str(lost), RECONNECT)
    except Busy as busy:
        return NotSent(busy.reason, busy.retry_after)
    except ApiError as refused:
        return Refused(f"The server refused: {refused.answer.says}.", "See what the server says.")
    try:
        answer = api.exchange("PUT", _path(change), data=form, timeout=30.0, on_first_byte=on_request)
    except NotReached as failure:
        return NotSent(str(failure))
    except Ambiguous as failure:
        return Unknown(str(failure))
    if answer.status == 404:
        return Refused("This server does not let a post be changed from outside.", BY_HAND)
    result = result_of(api, answer)
    return _done(change) if isinstance(result, Sent) else result


def look_up_change(api: Api, change: Change) -> Sent | NotThere | CannotTell:
    """What stands under the status's id now."""
    try:
        status = _status(api, change)
        if change.kind == "delete":
            return _done(change) if status is None else NotThere()
        if status is None:
            return CannotTell("Our post is no longer on the server.")
        domain = instance_of(api).domain
    except (AccessLost, ApiError) as refused:
        return CannotTell(f"The server does not let us look: {refused}")
    except Busy as busy:
        return CannotTell(busy.reason)
    if same_words(change.outbound.text) not in readings(status, domain):
        return NotThere()
    return Sent(change.external_id, moment(status.get("edited_at")) or datetime.now(UTC))


def _delete(api: Api, change: Change, on_request: Callable[[], None]) -> SendResult:
    try:
        answer = api.exchange("DELETE", _path(change), timeout=30.0, on_first_byte=on_request)
    except NotReached as failure:
        return NotSent(str(failure))
    except Ambiguous as failure:
        return Unknown(str(failure))
    if answer.is_success:
        return _done(change)
    if answer.status == 404:  # gone meanwhile, or a server without this call (seen with snac2): look which
        found = look_up_change(api, change)
        if isinstance(found, Sent):
            return found
        if isinstance(found, NotThere):
            return Refused("This server does not let a post be taken away from outside.", BY_HAND)
        return Unknown(found.reason)
    result = result_of(api, answer)
    return (
        result
        if isinstance(result, NotSent | Unknown)
        else Refused(f"The server refused: {answer.says}.", BY_HAND)
    )


def _form(api: Api, change: Change, status: Mapping[str, Any]) -> dict[str, Any]:
    """The status with its new words; what else belongs to it is said again, else the server takes it away."""
    instance = instance_of(api)
    form: dict[str, Any] = {"status": written(change.outbound, None, instance)}
    check_length(form["status"], change.outbound, instance)
    if warning := status.get("spoiler_text"):
        form["spoiler_text"] = str(warning)
    if language := status.get("language"):
        form["language"] = str(language)
    files = status.get("media_attachments")
    ids = [str(one["id"]) for one in files or () if isinstance(one, dict) and one.get("id")]
    if ids:
        form["media_ids[]"] = ids
    return form


def _status(api: Api, change: Change) -> Mapping[str, Any] | None:
    """Our status as it is now; None where the server surely has none under this id."""
    answer = api.try_get(_path(change))
    if answer.status in (404, 410):
        return None
    if answer.status == 401:
        raise AccessLost(f"{api.settings.server} does not accept the access token: {answer.says}.")
    if not answer.is_success or not isinstance(answer.data, dict) or not answer.data.get("id"):
        raise ApiError(_path(change), answer)
    return answer.data


def _path(change: Change) -> str:
    return f"/api/v1/statuses/{quote(for_api(change.external_id), safe='')}"


def _done(change: Change) -> Sent:
    return Sent(change.external_id, datetime.now(UTC))
