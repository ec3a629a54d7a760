"""Whether something of which the outcome is unknown is on the server after all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from harken.channels.contract import AccessLost, Busy, CannotTell, NotThere, Outbound, Sent

from .api import Api, ApiError
from .instance import instance_of
from .items import moment
from .names import for_api, full_name, lasting
from .polling import who_we_are
from .sending import sent_as
from .words import plain_text, same_words

CLOCKS_DIFFER = timedelta(minutes=2)
MOST_PAGES = 5


def look_up(api: Api, outbound: Outbound, since: datetime) -> Sent | NotThere | CannotTell:
    """Our own status with these words in this thread, written since `since`."""
    try:
        return _look_up(api, outbound, since - CLOCKS_DIFFER)
    except (AccessLost, ApiError) as refused:
        return CannotTell(f"The server does not let us look: {refused}")
    except Busy as busy:
        return CannotTell(busy.reason)


def _look_up(api: Api, outbound: Outbound, since: datetime) -> Sent | NotThere | CannotTell:
    instance = instance_of(api)
    domain = instance.domain
    account = who_we_are(api)
    us, wanted = full_name(account, domain), same_words(outbound.text)

    def is_it(status: Mapping[str, Any]) -> bool:
        at, by = moment(status.get("created_at")), status.get("account")
        return (
            at is not None
            and at >= since
            and isinstance(by, dict)
            and full_name(by, domain) == us
            and lasting(status.get("in_reply_to_id")) == outbound.in_reply_to
            and wanted in readings(status, domain)
        )

    if outbound.in_reply_to:
        # the thread itself shows answers that a list may leave out, as snac2 does with private ones
        path = f"/api/v1/statuses/{quote(for_api(outbound.in_reply_to))}/context"
        answer = api.try_get(path)
        below = answer.data.get("descendants") if isinstance(answer.data, dict) else None
        if answer.is_success and isinstance(below, list):
            for status in _tables(below):
                if is_it(status):
                    return sent_as(status)
    found = _in_our_list(api, str(account["id"]), since, is_it)
    if isinstance(found, NotThere) and not outbound.is_public and not instance.honours_keys:
        return CannotTell("This server's list of our posts leaves out private messages.")  # seen with snac2
    return found


def _in_our_list(api: Api, our_id: str, since: datetime, is_it: Any) -> Sent | NotThere | CannotTell:
    """Our own statuses, newest first, as far back as `since`."""
    params: dict[str, Any] = {"limit": 40, "exclude_reblogs": "true"}
    for _ in range(MOST_PAGES):
        statuses = list(_tables(api.get(f"/api/v1/accounts/{quote(our_id)}/statuses", params)))
        for status in statuses:
            if is_it(status):
                return sent_as(status)
        dates = [at for at in (moment(status.get("created_at")) for status in statuses) if at]
        if not statuses or (dates and min(dates) < since):
            return NotThere()
        params["max_id"] = str(statuses[-1]["id"])
    return CannotTell("We have written too much since then to look through all of it.")


def readings(status: Mapping[str, Any], domain: str) -> set[str]:
    """The words of a status, as shown and, where the server tells, as they were typed."""
    pages = {str(one.get("url")): full_name(one, domain) for one in _tables(status.get("mentions"))}
    shown = {same_words(plain_text(str(status.get("content") or ""), pages))}
    typed = status.get("text")
    return shown | {same_words(typed)} if isinstance(typed, str) else shown


def _tables(value: Any) -> Iterable[Mapping[str, Any]]:
    return (
        [one for one in value if isinstance(one, dict) and one.get("id")] if isinstance(value, list) else []
    )
