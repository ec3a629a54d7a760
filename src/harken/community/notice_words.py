"""What a notice says, in the language of whoever reads it: kept are the sentence and what it speaks of, not its translation.

`Notice.words` holds the same as it was said when it was written, in the member's language then: rows of before have
nothing else, and words that somebody wrote themselves are theirs in any language.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import get_language, gettext, ngettext, override

from harken.base.joints import joined
from harken.brain.standing import Met

from .invitation_words import asked_words
from .models import Invitation, Member, Notice
from .wording import told_words

LONGEST = 300
Said = dict[str, Any]


def said(text: str, *given: str | Said, **values: str) -> Said:
    """A sentence (marked for translation where it stands) with what fills its %s, or its names."""
    found: Said = {"text": text}
    if given:
        found["given"] = list(given)
    if values:
        found["values"] = values
    return found


def parts(*given: str) -> Said:
    """Words that stand beside each other, joined as the reader's language does."""
    return {"parts": list(given)}


def asked(invitation: Invitation, member: Member, title: str, *, due: datetime | None, at: datetime) -> Said:
    """Somebody is asked whether they know; see `invitation_words`."""
    return {
        "as": "asked",
        "why": invitation.why, "like": invitation.like, "about": invitation.about, "others": invitation.others,
        "name": member.name, "title": title, "due": due.isoformat() if due else "", "at": at.isoformat(),
    }  # fmt: skip


def standing(told: str, power: str, *, conditions: list[Met], leaves_at: datetime | None, why: str) -> Said:
    """What becomes of a power; see `wording`."""
    return {
        "as": "standing", "told": told, "power": power, "why": why,
        "conditions": [list(one) for one in conditions], "leaves_at": leaves_at.isoformat() if leaves_at else "",
    }  # fmt: skip


def doubted(doubts: int, *, is_author: bool) -> Said:
    """What solved it may no longer hold, and how many say so."""
    return {"as": "doubted", "doubts": doubts, "is_author": is_author}


def words_of(notice: Notice) -> str:
    """What a notice says now; "" where its kind says everything."""
    return in_words(notice.said) if notice.said else notice.words


def words_for(member: Member, found: Said) -> str:
    """The same for `Notice.words`, in the member's language of today."""
    with override(member.language):
        return in_words(found)


def in_words(found: Mapping[str, Any]) -> str:
    """Said in the language that is spoken now."""
    return _worded(found)[:LONGEST]


def _worded(found: Mapping[str, Any]) -> str:
    if "as" in found:
        return {"asked": _asked, "standing": _standing, "doubted": _doubted}[found["as"]](found)
    if "parts" in found:
        return joined(found["parts"])
    text = gettext(found["text"])
    if "given" in found:
        return text % tuple(_worded(one) if isinstance(one, dict) else one for one in found["given"])
    if "values" in found:  # sentences of both kinds are in the catalogues
        return text.format(**found["values"]) if "{" in found["text"] else text % found["values"]
    return text


def _asked(found: Mapping[str, Any]) -> str:
    return asked_words(
        Invitation(why=found["why"], like=found["like"], about=found["about"], others=found["others"]),
        found["name"],
        found["title"],
        due=datetime.fromisoformat(found["due"]) if found["due"] else None,
        at=datetime.fromisoformat(found["at"]),
    )


def _standing(found: Mapping[str, Any]) -> str:
    return told_words(
        found["told"],
        found["power"],
        language=get_language() or "en",
        conditions=[Met(*one) for one in found["conditions"]],
        leaves_at=datetime.fromisoformat(found["leaves_at"]) if found["leaves_at"] else None,
        why=found["why"],
    )


def _doubted(found: Mapping[str, Any]) -> str:
    if found["doubts"]:
        told = ngettext(
            "%(n)s person said lately that it no longer works.",
            "%(n)s people said lately that it no longer works.",
            found["doubts"],
        ) % {"n": found["doubts"]}
    else:
        told = gettext("Nobody has said for long that it still works.")
    begin = (
        gettext("Your answer solved this once.")
        if found["is_author"]
        else gettext("What solved this may no longer hold.")
    )
    return f"{begin} {told}"
