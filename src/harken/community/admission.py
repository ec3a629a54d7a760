"""Pure decisions on what arrives from elsewhere: whether it is shown at once, and as what.

Who answers from another network has no sign-in here and agreed to no house rules, so that their first words are looked
at before others see them. Who is a member and writes by mail is held to what members on the page are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

LONGEST_COMMENT = 2_000  # characters; as policy.LONGEST_COMMENT: more stands as an answer of its own
MOST_LINKS_UNSEEN = 1  # in a post of somebody whose earlier ones were shown; with more a person looks first
_LINK = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_ADDRESSED = re.compile(r"\A(?:@[\w.-]+(?:@[\w.-]+)?[ \t,:]*\n?)+")


class Reason(StrEnum):
    """Why a post is held; the words for people are the page's."""

    FIRST = "first"  # nothing of theirs was shown yet
    LINKS = "links"
    MACHINE = "machine"  # the account says that a program writes
    REMOVED = "removed"  # a moderator took something of theirs away
    UNPROVEN = "unproven"  # the mail's sender is not known for sure


@dataclass(frozen=True, slots=True)
class Newcomer:
    """What is known of who wrote, at the moment it arrives."""

    shown: int  # posts of theirs that others see
    removed: int = 0  # by somebody else than themselves
    is_member: bool = False  # with a sign-in here
    is_machine: bool = False
    is_proven: bool = True  # that it is them


@dataclass(frozen=True, slots=True)
class Admission:
    """Shown at once, or held for a look, with every reason for it."""

    reasons: tuple[Reason, ...] = ()

    @property
    def is_shown(self) -> bool:
        return not self.reasons


def admit(who: Newcomer, text: str) -> Admission:
    """Whether a post that arrived is shown at once. A member who is proven writes as on the page: shown."""
    found: list[Reason] = []
    if not who.is_proven:
        found.append(Reason.UNPROVEN)
    if not who.is_member:
        if who.is_machine:
            found.append(Reason.MACHINE)
        if who.shown == 0:
            found.append(Reason.FIRST)
        if who.removed:
            found.append(Reason.REMOVED)
        if len(_LINK.findall(text)) > MOST_LINKS_UNSEEN:
            found.append(Reason.LINKS)
    return Admission(tuple(found))


class Form(StrEnum):
    """As what something that arrived stands in the topic."""

    ANSWER = "answer"
    COMMENT = "comment"


def form_of(*, answers: str, is_asker: bool, is_question: bool, length: int) -> Form:
    """As what a reply stands. `answers`: the kind of the post that it replies to.

    A reply to a question is an answer. A reply to an answer or to a comment is about that one, so it is a comment there:
    a thank-you or a doubt must not stop the clock or stand among the answers. The asker's reply to their own question
    adds to it, and is a comment too. What is too long for a comment stands as an answer, whole.
    """
    if length > LONGEST_COMMENT:
        return Form.ANSWER
    if answers == "opening":
        return Form.COMMENT if is_asker and is_question else Form.ANSWER
    return Form.COMMENT


def words_of_post(text: str) -> str:
    """A network's reply without the names that it is addressed to at its beginning."""
    found = _ADDRESSED.sub("", text.strip(), count=1).strip()
    return found or text.strip()
