"""Pure decisions of the community: who speaks, who may choose what solved it, how a topic stands."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

STAFF_MAY_CHOOSE_AFTER = timedelta(days=7)  # the asker chooses first; later staff may, and it is shown so
LONGEST_TITLE = 200
LONGEST_TEXT = 30_000
LONGEST_COMMENT = 2_000
MOST_TAGS = 5


class Voice(StrEnum):
    """Who speaks. Shown at every post, and never to be turned off."""

    CUSTOMER = "customer"
    SUPER_USER = "super_user"
    EMPLOYEE = "employee"
    BRAND = "brand"

    @property
    def is_company(self) -> bool:
        """Square faces: paid to be here."""
        return self in (Voice.EMPLOYEE, Voice.BRAND)


class Power(StrEnum):
    """What standing opens to a member, step by step. The company's people have all of them."""

    TAG = "tag"  # topics of others
    EDIT = "edit"  # the wording of others, with a reason, kept beside what it was
    CLOSE = "close"  # and open again
    MODERATE = "moderate"  # look at what was reported, and decide
    ANSWER_ELSEWHERE = "answer_elsewhere"  # public questions from the networks, as the customer they are


def voice_to_keep(*, is_staff: bool, as_brand: bool) -> Voice:
    """What is kept with a post when it is written: staff can't post as members, only staff speak for the brand."""
    if as_brand and not is_staff:
        raise ValueError("Only the company's people speak in its name.")
    if is_staff:
        return Voice.BRAND if as_brand else Voice.EMPLOYEE
    return Voice.CUSTOMER


def voice_to_show(kept: Voice | str, *, is_super_user: bool) -> Voice:
    """What is shown: as it was written; a customer who became a super user is shown as one."""
    kept = Voice(kept)
    return Voice.SUPER_USER if kept is Voice.CUSTOMER and is_super_user else kept


class Chosen(StrEnum):
    """Who said that an answer solved it."""

    BY_ASKER = "asker"
    BY_STAFF = "staff"
    REPLACED = "replaced"  # by staff, since what was chosen before no longer held


def who_may_choose(
    *, is_asker: bool, is_staff: bool, asked_at: datetime, chosen_as: str, at: datetime
) -> Chosen | None:
    """As whom somebody may choose the answer now; None: not at all.

    The asker at any time; staff once the asker had `STAFF_MAY_CHOOSE_AFTER` to do it and has not: a choice of
    the asker's is theirs alone to change.
    """
    if is_asker:
        return Chosen.BY_ASKER
    if is_staff and chosen_as != Chosen.BY_ASKER and at - asked_at >= STAFF_MAY_CHOOSE_AFTER:
        return Chosen.BY_STAFF
    return None


@dataclass(frozen=True, slots=True)
class Said:
    """A post as `standing` needs it; in any order."""

    id: int
    author_id: int
    kind: str  # opening | answer | comment | update
    voice: Voice
    at: datetime
    is_shown: bool = True
    thanks: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a topic stands, derived from what was said in it."""

    answers: int
    posts: int
    thanks: int
    last_at: datetime | None
    last_author_id: int | None
    answered_at: datetime | None  # first answer by somebody other than the asker
    answered_voice: str


def standing(said: Iterable[Said], *, asker_id: int) -> Standing:
    """How a topic stands after all of this was said, in whatever order it came."""
    shown = sorted((one for one in said if one.is_shown), key=lambda one: (one.at, one.id))
    answers = [one for one in shown if one.kind == "answer"]
    by_others = [one for one in answers if one.author_id != asker_id]
    last = shown[-1] if shown else None
    return Standing(
        answers=len(answers),
        posts=len(shown),
        thanks=sum(one.thanks for one in shown),
        last_at=last.at if last else None,
        last_author_id=last.author_id if last else None,
        answered_at=by_others[0].at if by_others else None,
        answered_voice=by_others[0].voice.value if by_others else "",
    )


# ---- names and addresses ---------------------------------------------------------------------------------

_NOT_IN_SLUG = re.compile(r"[^\w]+")
MENTION = re.compile(r"(?<![\w/@.])@([a-z0-9][a-z0-9-]{1,38})\b(?!@)", re.IGNORECASE)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]*`", re.DOTALL)
MOST_MENTIONS = 10


def slug_of(title: str, *, longest: int = 80) -> str:
    """The readable part of an address, in the title's own script; never empty."""
    words = _NOT_IN_SLUG.sub("-", unicodedata.normalize("NFKC", title).casefold()).strip("-_")
    if len(words) > longest:
        words = words[:longest].rsplit("-", 1)[0] or words[:longest]
    return words.strip("-") or "topic"


# what stands below a topic's address besides its name
_TAKEN_BY_ACTS = frozenset(
    {"answer", "answers-it", "close", "draft", "follow", "same", "tags", "turn", "want"}
)


def topic_slug_of(title: str) -> str:
    """The readable part of a topic's address; never the name of something that is done there."""
    slug = slug_of(title)
    return f"{slug}-topic" if slug in _TAKEN_BY_ACTS else slug


NAMELESS = "—"  # kept as a member's name elsewhere: they are only "a customer" there
# what networks take for a mention, a topic or a link, and what turns the direction of the words around it
_ACTS_ELSEWHERE = re.compile(r"[@#＠＃]|https?://|\bwww\.", re.IGNORECASE)
_DOMAIN = re.compile(r"(?<=\w\w)\.(?=\w\w)")
_KEPT_MARKS = "\u200c\u200d"  # join or part letters in Persian, Hindi and others


def shown_name(name: str) -> str:
    """A name as it is kept: on one line, and without signs that nobody sees and that turn the words around it."""
    seen = (
        sign if sign in _KEPT_MARKS or sign.isspace() or unicodedata.category(sign)[0] != "C" else ""
        for sign in name
    )
    return " ".join("".join(seen).split())


def plain_elsewhere(name: str) -> str:
    """A name as it is said on other networks, in the company's thread: it calls nobody there and leads nowhere."""
    return shown_name(_DOMAIN.sub(" ", _ACTS_ELSEWHERE.sub(" ", name)))


def name_elsewhere(name: str) -> str:
    """How a member is named on other networks unless they chose otherwise: the first name and one initial ("Ines R.")."""
    words = plain_elsewhere(name).split()
    if len(words) > 1:
        return f"{words[0]} {words[-1][0]}."
    return "".join(words) or (NAMELESS if name.strip() else "")


def tag_names(wanted: Iterable[str]) -> list[str]:
    """Tags as they are kept: folded, joined by hyphens, each once, at most `MOST_TAGS`."""
    found: list[str] = []
    for name in wanted:
        folded = slug_of(name, longest=40) if name.strip() else ""
        if folded and folded not in found:
            found.append(folded)
    return found[:MOST_TAGS]


def mentioned(text: str) -> list[str]:
    """The member names (@name) in a text, each once, code left out, at most `MOST_MENTIONS`."""
    found = dict.fromkeys(name.lower() for name in MENTION.findall(_CODE.sub(" ", text)))
    return list(found)[:MOST_MENTIONS]


# ---- worked for me ---------------------------------------------------------------------------------------

SHOW_SHARE_FROM = 5  # reports; under that only the words are shown


def outcome_in_words(worked: Sequence[bool]) -> tuple[int, int] | None:
    """(worked for, of how many who tried it), or None while too few said so."""
    return (sum(worked), len(worked)) if len(worked) >= SHOW_SHARE_FROM else None
