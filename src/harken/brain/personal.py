"""What in a text could tell who somebody is: found, named by kind, and taken out, so that a person can look at it.

Errs on the side of taking out. It proposes: a person confirms the text before anybody else reads it.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple


class Found(NamedTuple):
    """A stretch of a text and what it seems to be; `start` and `end` count characters, end exclusive."""

    start: int
    end: int
    kind: str  # one of KINDS


# What stands in its place. The words are for people; whoever shows them translates them.
KINDS: Final = {
    "mail": "[mail address]",
    "link": "[link]",
    "iban": "[account number]",
    "card": "[card number]",
    "phone": "[phone number]",
    "handle": "[name on a network]",
    "name": "[name]",
    "code": "[booking or order number]",
    "birth": "[date of birth]",
    "address": "[address]",
    "number": "[number]",
}

# Each takes time in proportion to the text, whatever it holds: it begins only where a run begins, gives nothing back of a
# run (++), or looks at so many characters only.
_MAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]++@[\w-]++(?:\.[\w-]++)+")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?\b")
_CARD = re.compile(r"(?<![\w.])\d(?:[ -]?\d){12,18}(?![\w])")
_PHONE = re.compile(r"(?<![\w.])(?:\+|00)?\(?\d{1,4}\)?(?:[ ./()-]{0,2}\d{1,4}){2,6}(?![\w])")
_HANDLE = re.compile(r"(?<![\w/@.])@[\w.-]+(?:@[\w-]+(?:\.[\w-]+)+)?")
_BIRTH = re.compile(
    r"(?:\b(?:born|birth(?:day|date)?|d\.?o\.?b\.?|geboren|geburts\w*|n[ée]e?|naissance|nacid[oa]|nacimiento|"
    r"nascid[oa]|nascimento)\b|(?:مواليد|تاريخ الميلاد))[^\d\n]{0,20}"
    r"(\d{1,4}[./ -](?:\d{1,2}|\w{3,9})[./ -]\d{2,4})",
    re.IGNORECASE,
)
# "booking XK4T9P", "order no. 4711-22", "Ticket: AB-12": what follows the word holds a digit or is all capitals
_CALLED = re.compile(
    r"\b(?:booking|reservation|order|ticket|reference|ref|confirmation|customer|claim|case|invoice|pnr|tag|"
    r"buchung\w*|bestell\w*|auftrag\w*|rechnung\w*|kunden\w*|vorgang\w*|reserva|pedido|factura|localizador|billete|"
    r"commande|r[ée]servation|dossier|facture|billet|encomenda|bilhete|fatura|localiza[cd]or)"
    r"(?:[ -]?(?:number|no\.?|nr\.?|code|id|num[ée]ro|n[úu]mero|n[.º°]|nummer|#))?[ :#]{1,3}"
    r"([A-Z0-9][A-Z0-9/-]{3,24})\b",
    re.IGNORECASE,
)
_CODE = re.compile(r"\b(?=[A-Z0-9-]{0,60}\d)(?=[A-Z0-9-]{0,60}[A-Z])[A-Z0-9]{2,}+\b(?:-[A-Z0-9]{2,}+\b)*+")
_STREET = re.compile(
    r"\b(?:\d{1,5}[a-z]?,? (?:[A-Z][\w'’.-]+ ){1,3}(?:street|st|road|rd|avenue|ave|lane|drive|square|way|close|court)\b"
    r"|(?:[\w'’.-]{1,60} )?[\w'’.-]{0,60}(?:stra(?:ß|ss)e|str\.|weg|platz|gasse|allee) \d{1,5}[a-z]?"
    r"|\d{1,5}(?: ?bis)?,? (?:rue|avenue|boulevard|chemin|place) (?:[\w'’.-]+ ?){1,5}"
    r"|(?:calle|avenida|plaza|paseo|rua|travessa|praça) (?:[\w'’.-]+ ){1,4}\d{1,5})",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"(?<![\w.,])\d{6,}(?![\w])")


def find_personal(text: str, *, names: Iterable[str] = ()) -> list[Found]:
    """What could tell who somebody is, in order and without overlap; the longer find wins.

    `names`: what this person is called (name, handle); each of their words of three letters or more counts
    wherever it stands as a word of its own.
    """
    found = [
        *_all(_MAIL, text, "mail"),
        *_all(_LINK, text, "link"),
        *_all(_IBAN, text, "iban"),
        *_all(_CARD, text, "card", _is_card),
        *_all(_HANDLE, text, "handle"),
        *(Found(m.start(1), m.end(1), "birth") for m in _BIRTH.finditer(text)),
        *(
            Found(m.start(1), m.end(1), "code")
            for m in _CALLED.finditer(text)
            if any(c.isdigit() for c in m[1]) or m[1].isupper()
        ),
        *_all(_STREET, text, "address"),
        *_all(_PHONE, text, "phone", _is_phone),
        *_all(_CODE, text, "code", lambda piece: len(piece) >= 5),
        *_all(_LONG_NUMBER, text, "number"),
        *_names_in(text, names),
    ]
    kept: list[Found] = []  # in their order
    for one in sorted(found, key=lambda f: (f.start - f.end, f.start)):
        at = bisect(kept, one)
        is_free = at == len(kept) or one.end <= kept[at].start
        if is_free and (at == 0 or kept[at - 1].end <= one.start):
            kept.insert(at, one)
    return kept


def take_out(text: str, found: Iterable[Found], *, words: dict[str, str] | None = None) -> str:
    """The text with each find replaced by what it is; `words` gives other words by kind."""
    said = {**KINDS, **(words or {})}
    out, at = [], 0
    for one in sorted(found):
        out += [text[at : one.start], said[one.kind]]
        at = one.end
    return "".join([*out, text[at:]])


def _all(
    pattern: re.Pattern[str], text: str, kind: str, accepts: Callable[[str], bool] | None = None
) -> list[Found]:
    return [
        Found(m.start(), m.end(), kind) for m in pattern.finditer(text) if accepts is None or accepts(m[0])
    ]


def _names_in(text: str, names: Iterable[str]) -> list[Found]:
    words = {word for name in names for word in re.findall(r"\w{3,}", name) if not word.isdigit()}
    if not words:
        return []
    spelt = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)(?:{spelt})(?:[ -]+(?:{spelt}))*(?!\w)", re.IGNORECASE)
    return _all(pattern, text, "name")


def _digits(piece: str) -> list[int]:
    return [int(c) for c in piece if c.isdigit()]


def _is_card(piece: str) -> bool:
    """Luhn's check (ISO/IEC 7812-1), which nine of ten chance numbers fail."""
    digits = _digits(piece)
    doubled = [d if i % 2 == 0 else d * 2 - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and sum(doubled) % 10 == 0


def _is_phone(piece: str) -> bool:
    """Seven digits or more, and not a date or a time of day."""
    if re.fullmatch(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", piece) or re.fullmatch(r"\d{1,2}[:.]\d{2}.*", piece):
        return False
    return 7 <= len(_digits(piece)) <= 15


def quotes(text: str, originals: Iterable[str], *, words: int = 8) -> str | None:
    """The first stretch of `words` words that `text` repeats from one of the originals; None if there is none.

    Case, marks and spaces don't matter. A summary in one's own words shares short runs with its source by
    chance, hardly ever eight in a row; an original shorter than that counts as a whole from four words on.
    """
    said = _WORD.findall(text.casefold())
    for original in originals:
        source = _WORD.findall(original.casefold())
        run = min(words, max(4, len(source)))
        if len(source) < run:
            continue
        known = {tuple(source[i : i + run]) for i in range(len(source) - run + 1)}
        for i in range(len(said) - run + 1):
            if tuple(said[i : i + run]) in known:
                return " ".join(said[i : i + run])
    return None


_WORD = re.compile(r"\w+")
