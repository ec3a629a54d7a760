"""What somebody wrote and sent after their sign-in had ended: kept in their session, and theirs to send once they are back.

Only forms whose token was right come this far, so that no other site can put words into somebody's session. What is kept
is bounded in size, in age and in how often it is kept for one place, since whoever sent it is nobody yet.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest

from harken.accounts.attempts import attempt

from .whence import place_of

BACK = "/community/words/"  # where the words are shown again
KEPT_FOR = 24 * 3600  # seconds
MOST_LETTERS = 40_000  # of a form; the longest post has 30,000
MOST_FROM_ONE_PLACE = 30  # an hour
_UNSENT = "unsent"  # the session's: to where, fields, since when
_WRITTEN = ("text", "title", "words", "reason")  # the names of the fields in which people write
_NOT_KEPT = frozenset({"csrfmiddlewaretoken", "password", "code"})


@dataclass(frozen=True, slots=True)
class Unsent:
    """A form that was sent by somebody who was not signed in any more."""

    to: str
    fields: list[tuple[str, str]]

    @property
    def written(self) -> list[tuple[str, str]]:
        """What was written, to be read and mended: name and words."""
        return [one for one in self.fields if one[0] in _WRITTEN and one[1].strip()]

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What else the form holds."""
        return [one for one in self.fields if one not in self.written]


def keep_unsent(request: HttpRequest) -> bool:
    """Keep what a form holds that nobody signed in has sent. False where nothing was written in it, where it is too much,
    or where it is only a draft (what was written is still on the page then)."""
    if request.method != "POST" or request.path.endswith("/draft/"):
        return False
    fields = [
        (name, words)
        for name, all_words in request.POST.lists()
        for words in all_words
        if name not in _NOT_KEPT
    ]
    if not any(name in _WRITTEN and words.strip() for name, words in fields):
        return False
    if sum(len(name) + len(words) for name, words in fields) > MOST_LETTERS:
        return False
    if not attempt("unsent from", place_of(request), most=MOST_FROM_ONE_PLACE, within=timedelta(hours=1)):
        return False
    request.session[_UNSENT] = [request.path, fields, int(time.time())]
    return True


def has_unsent(request: HttpRequest) -> bool:
    """Whether this browser has words waiting for a sign-in."""
    return unsent(request) is not None


def unsent(request: HttpRequest) -> Unsent | None:
    """What waits to be sent; None for nothing, or nothing of the last day."""
    kept = request.session.get(_UNSENT)
    if not kept or time.time() - kept[2] > KEPT_FOR:
        return None
    return Unsent(kept[0], [(name, words) for name, words in kept[1]])


def let_go(request: HttpRequest) -> None:
    """They were sent, or are not wanted any more."""
    request.session.pop(_UNSENT, None)
