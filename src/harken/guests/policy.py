"""What a place's rules let us do, and what has to be recorded before we may. Pure."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from urllib.parse import urlsplit

LONGEST_URL = 500
LONGEST_NAME = 200
KEEP_DAYS = 90  # for which a place's posts are kept, unless something else is recorded
MOST_KEEP_DAYS = 730


class Answering(StrEnum):
    """Whether somebody of ours may answer in a place, by its own rules."""

    READ = "read"  # nobody said so: we read
    ASKED = "asked"  # when somebody there asks us
    WELCOME = "welcome"  # the people who run it want us to


class Mark(StrEnum):
    """What a person did about a post."""

    NONE = ""
    SEEN = "seen"
    ANSWERED = "answered"


def may_answer(answering: str | None) -> bool:
    """Whether a person may answer there. None: nothing is recorded of the place, and then nobody may."""
    return answering in (Answering.ASKED, Answering.WELCOME)


def is_web_address(address: str) -> bool:
    """Whether a person can be led there."""
    try:
        parts = urlsplit(address)
        return (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and not parts.username
            and len(address) <= LONGEST_URL
            and address.isprintable()
            and " " not in address
        )
    except ValueError:
        return False


def missing(
    *,
    run_by: str,
    rules_url: str,
    answering: str,
    allowed_by: str,
    allowed_on: date | None,
    never_market: bool,
    today: date,
    keep_days: int | None = KEEP_DAYS,
) -> dict[str, str]:
    """What stands against recording a place's rules so, by field, in words for the person; empty where nothing does."""
    found = {}
    if not run_by.strip():
        found["run_by"] = "Say who runs the place."
    if not is_web_address(rules_url):
        found["rules_url"] = "Put in the address of its rules, as https://…"
    if answering not in list(Answering):
        found["answering"] = "Say whether we may answer there."
    if may_answer(answering) and not allowed_by.strip():
        found["allowed_by"] = "Say who of the place allowed it."
    if may_answer(answering) and allowed_on is None:
        found["allowed_on"] = "Say when it was allowed."
    if allowed_on is not None and allowed_on > today:
        found["allowed_on"] = "That day is yet to come."
    if keep_days is None or not 1 <= keep_days <= MOST_KEEP_DAYS:
        found["keep_days"] = "Say for how many days, from 1 to 730."
    if not never_market:
        found["never_market"] = "A place that isn’t ours is only connected with this promise."
    return found
