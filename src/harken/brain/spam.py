"""How much a text reads like an advertisement that was put here, by its words alone; pure, every part with its reason.

Points, not a verdict: who wrote it, how new they are and what they wrote before weigh in elsewhere
(`community.screening`). The weights were set by hand on one half of a public set and measured on the other
(docs/judgement.md). Honest people link, sell a used case and shout sometimes: no single part reaches a hold alone
but for a text that is an advertisement in most of its words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from harken.brain.normalise import lowered


@dataclass(frozen=True, slots=True)
class Part:
    """One reason: its code, its points and where it stands in the text."""

    code: str
    points: float
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Spam:
    """Points of all parts together; 0 for a text with nothing of the kind. `links`: how many lead away from here."""

    points: float
    parts: tuple[Part, ...]
    links: int


_LINK: Final = re.compile(
    r"(?:https?://|www\.)[^\s<>()\[\]\"']+|(?<![\w@.])[a-z0-9][a-z0-9-]{1,40}(?:\s?\.\s?)"
    r"(?:com|net|org|info|biz|shop|store|online|site|xyz|top|club|ru|ly|gl|me|tk|io)\b(?:/[^\s<>()\[\]\"']*)?",
)
_CALL: Final = re.compile(
    r"\b(?:check(?:ing)?|visit|click|follow|subscribe|sub|suscribe|sign up|join|download|watch|see|look at|open|try|go to)\b"
    r"(?:\W+\w+){0,4}?\W+(?:my|mine|our|this|here|me|us|out|below|link|channel|page|profile|site|website|blog|video|vidio)s?\b"
    r"|\bsub(?:scribe|s|bed)?\b\W+(?:to|4|for|me|my|please|plz|back)\b|\b(?:please|plz|pls)\W+(?:subscribe|like|share|vote|sub)\b"
    r"|\b(?:abonni(?:er|ere|eren|ez)|s'abonner|suscr[ií]b\w+|inscreva\w*|klick\w*|besuch\w*|visita|visitez|cliquez|clique|haz clic)\b"
    r"|\bi(?:'ll| will) sub\w* (?:back|to you)\b"
)
_OWN: Final = re.compile(
    r"\b(?:my|our|mein\w*|mi|mon|ma|meu|minha)\W+(?:\w+\W+){0,3}?(?:channel|youtube|page|shop|store|site|website|web ?site|blog|"
    r"business|offer|product|service|app|game|giveaway|music|song|songs|cover|covers|video|videos|vidios?|soundcloud|mixtape|"
    r"kanal|laden|seite|tienda|canal|boutique|cha[iî]ne|loja)\b|\b(?:i sell|we sell|i offer|we offer|ich verkaufe|vendo|je vends)\b"
)
_MONEY: Final = re.compile(
    r"\b(?:earn|make|win|won|get|free|gratis|kostenlos|cheap|discount|rabatt|promo|coupon|voucher|gift ?cards?|prize|"
    r"cash|bitcoin|btc|crypto|forex|invest\w*|loan|credit|paypal|profit|income|money|\d{1,3} ?% off|best price|per (?:day|week|month)|"
    r"work(?:ing)? (?:from|at) home|casino|betting|jackpot|viagra|cialis|replica|followers|seo|backlinks?)\b"
    r"(?:\W+\w+){0,5}?\W*(?:\$|€|£|\b(?:free|now|today|online|money|cash|gift|prize|guaranteed?|refund code|followers|subscribers|here|win|"
    r"off|price|day|week|month|home|profit|recover\w*)\b)"
)
_ELSEWHERE: Final = re.compile(
    r"\b(?:whats ?app|telegram|wechat|signal|skype|snapchat|instagram|insta|onlyfans|cash ?app)\b|\bt\.me/\w+"
    r"|[\w.+-]{1,64}@[\w-]{1,63}\.(?:com|net|org|info|ru|io|co)\b"
    r"|\b(?:write|text|message|contact|call|dm|inbox|mail|reach)\s+(?:to\s+)?(?:me|us|him|her)\b|\b(?:schreib mir|escr[ií]beme|[eé]cris-moi)\b"
    r"|\+\d[\d ().-]{8,16}\d"
)
_BEG: Final = re.compile(
    r"\b(?:hey|hi|hello|ok)\W+(?:guys|everyone|all|there|people|friends?)\b|\b(?:sorry|not)\W+(?:\w+\W+){0,3}?spam\b"
    r"|\b(?:thumbs? up|like this|like and share|shout ?out|give(?:s)? me a chance|it would mean|means? a lot|spread the word|"
    r"go ?fund ?me|kickstarter|indiegogo|donat\w+|crowdfund\w+)\b"
)
_SHOUT: Final = re.compile(r"\b[A-Z]{3,}\b")
_WORD: Final = re.compile(r"\w+")
_REPEATED: Final = re.compile(r"(.)\1{9,}|(\b\w{3,}\b)(?:\W+\2\b){3,}")

MOST_READ: Final = 4_000  # characters; an advertisement says it sooner


def read_spam(text: str) -> Spam:
    """The parts of a text that read like an advertisement, and their points together."""
    text = text[:MOST_READ]
    low = lowered(text)
    parts: list[Part] = []

    def found(code: str, pattern: re.Pattern[str], each: float, most: float, within: str = low) -> int:
        spans = tuple(match.span() for match in pattern.finditer(within))
        if spans:
            parts.append(Part(code, min(most, each * len(spans)), spans[:8]))
        return len(spans)

    links = found("links", _LINK, 1.0, 2.5)
    words = len(_WORD.findall(_LINK.sub(" ", low)))
    if links and words <= 4:
        parts.append(Part("only_a_link", 1.5))
    found("asks_to_click", _CALL, 1.5, 3.0)
    found("their_own", _OWN, 1.5, 2.5)
    found("money", _MONEY, 1.5, 3.0)
    found("talk_elsewhere", _ELSEWHERE, 1.0, 2.0)
    found("begs", _BEG, 1.0, 2.0)
    shouted = len(_SHOUT.findall(text))
    if shouted >= 4 and shouted * 2 > words:
        parts.append(Part("shouting", 0.5))
    found("repeats_itself", _REPEATED, 1.0, 1.0)
    if words > 60:  # help with one link in it: what is said around it weighs against
        parts.append(Part("much_said", -min(2.0, (words - 60) / 60)))
    return Spam(max(0.0, sum(part.points for part in parts)), tuple(parts), links)
