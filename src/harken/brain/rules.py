"""The visible rules: what each cue says about each label, in one table a label.

A row reads: if the text shows any of these kinds, this reason adds this weight (log-odds) to the label's
score. The weights were set by hand and then looked at on labelled messages; `docs/judgement.md` tells how
well they do.
"""

from __future__ import annotations

from operator import itemgetter
from typing import Final, NamedTuple

from harken.brain.cues import URGENT, Cues, has_duration, has_only_links_and_handles
from harken.brain.label import Reason, Scale, Span
from harken.brain.lexicon.reading import BIT, INSIDE_LANGUAGES

RULE_SET: Final = "rules-2"

CHURN: Final = (0, 1, 2)

_reason = tuple.__new__  # what Reason(…) comes to, without a Python call for each of some forty a message


def _bits(names: str) -> int:
    return sum(BIT[name] for name in names.split())


class Row(NamedTuple):
    """One rule: its reason, the kinds that call it, what the first adds and what each further one, and at
    most.
    """

    code: str
    bits: int
    names: tuple[str, ...]
    weight: float
    further: float = 0.0
    most: float = 0.0


class Table:
    """Rows, and which of them a mask calls: masks repeat, so that the same choice is made once."""

    __slots__ = ("_bits", "_known", "_rows")

    def __init__(self, rows: tuple[Row, ...]) -> None:
        self._rows = rows
        self._bits = 0
        for row in rows:
            self._bits |= row.bits
        self._known: dict[int, tuple[Row, ...]] = {}

    def of(self, mask: int) -> tuple[Row, ...]:
        """The rows that `mask` calls, in their order."""
        called = mask & self._bits
        found = self._known.get(called)
        if found is None:
            if len(self._known) >= MOST_CHOICES:
                self._known.clear()
            found = self._known[called] = tuple([row for row in self._rows if called & row.bits])
        return found


MOST_CHOICES: Final = 4_000  # remembered a table


def _row(code: str, names: str, weight: float, further: float = 0.0, most: float | None = None) -> Row:
    return Row(code, _bits(names), tuple(names.split()), weight, further, weight if most is None else most)


STRONG: Final = _bits("safety2 health2 fraud2 legal2")
URGENT_ROWS: Final = Table(
    (
        _row("safety", "safety2", 5.6),
        _row("health", "health2", 3.2),
        _row("fraud", "fraud2", 4.9),
        _row("stranded", "stranded2", 4.5),
        _row("outage", "outage2", 2.6),
        _row("deadline", "deadline2", 2.6),
        _row("legal", "legal2", 2.8),
        _row("press", "press2", 2.4),
    )
)
# These words speak of urgency only beside trouble or a request; pain and fever are trouble.
WEAK_URGENT_ROWS: Final = Table(
    (
        _row("safety", "safety1", 1.7),
        _row("health", "health1", 1.3),
        _row("fraud", "fraud1", 1.6),
        _row("stranded", "stranded1", 1.1),
        _row("outage", "outage1", 1.0),
        _row("deadline", "deadline1", 1.2),
        _row("legal", "legal1", 1.2),
        _row("press", "press1", 1.0),
    )
)
TROUBLE: Final = _bits("problem waiting negative request question mark health1")
NEEDS_ROWS: Final = Table(
    (
        _row("question", "mark", 1.2),
        _row("question_words", "question", 1.2, 0.5, 1.8),
        _row("request", "request", 0.9, 0.3, 1.5),
        _row("problem", "problem", 1.7, 0.4, 2.8),
        _row("waiting", "waiting", 1.3, 0.3, 1.9),
        _row("negative_words", "negative", 1.3, 0.4, 2.1),
        _row("negation", "negation", 0.6),
        _row("first_person", "first", 0.4),
        _row("second_person", "second", 0.5),
        _row("reference", "reference", 0.5),
        _row("money", "money", 0.4),
        _row("churn_words", "churn1 churn2", 1.8),
        _row("urgent_words", "safety2 health2 fraud2 stranded2 outage2 deadline2 legal2 press2", 1.8),
        _row("giveaway", "giveaway", -1.6, -0.5, -2.6),
        _row("spam", "spam", -2.0),
    )
)
# These speak against a reply only where nothing speaks of trouble.
CONTENT_ROWS: Final = Table(
    (
        _row("thanks", "thanks", -0.6),
        _row("praise_words", "praise", -1.0),
        _row("positive_words", "positive", -0.5, -0.2, -0.9),
    )
)
CHURN_ROWS: Final = Table(
    (
        _row("leaving", "churn2", 4.2),
        _row("thinking_of_leaving", "churn1", 2.2, 0.5, 3.2),
    )
)
PRAISE_ROWS: Final = Table(
    (
        _row("praise_words", "praise", 2.6, 0.4, 3.4),
        _row("thanks", "thanks", 0.9),
        _row("problem", "problem", -2.2),
        _row("negative_words", "negative", -1.6),
        _row("waiting", "waiting", -1.2),
        _row("question", "mark", -1.3),
        _row("request", "request", -0.6),
        _row("negation", "negation", -0.5),
        _row("giveaway", "giveaway", -2.0),
        _row("link", "url", -0.4),
    )
)

# Needs a reply: said from 35 % on, because a customer left alone costs more than a look for nothing.
NEEDS_REPLY: Final = Scale((False, True), cuts=(0.0,), decides=(-0.62,))
URGENCY: Final = Scale(
    ("low", "normal", "high", "critical"), cuts=(-1.5, 2.0, 4.2), decides=(-1.5, 2.0, 4.2), slope=1.5
)
SENTIMENT: Final[Scale[int | str]] = Scale(
    (-2, -1, 0, 1, 2), cuts=(-3.2, -0.7, 0.7, 3.2), decides=(-3.0, -0.6, 0.6, 3.0), slope=1.3
)
CHURN_RISK: Final = Scale(CHURN, cuts=(1.0, 3.0), decides=(1.0, 3.0), slope=1.2)
PRAISE: Final = Scale((False, True), cuts=(0.0,), decides=(0.0,), slope=2.0)

_MARK: Final = _bits("mark question")
_SARCASM: Final = BIT["sarcasm"]
_EYEROLL: Final = BIT["eyeroll"]
_ANNOYING: Final = _bits("problem waiting")
ASKS: Final = _bits("mark question request")
_THANKS: Final = BIT["thanks"]
_CLOSING: Final = _bits("thanks closing praise")
_NOT_CLOSING: Final = URGENT | _bits(
    "mark question request problem negative waiting negation contrast churn1 churn2 reference money number url"
)
_NUMBER: Final = BIT["number"]
_ASKING: Final = BIT["asking"]
# A number, a day and a question word without its mark are looked at closer.
_NOT_KIND: Final = (_NOT_CLOSING & ~_bits("number deadline1")) | _bits("calm giveaway spam sarcasm eyeroll")
_AGAIN: Final = "writes_again"
_KIND: Final = _bits("closing praise")
_ASKING_MARK: Final = _bits("asking mark")
_GIVEAWAY: Final = _bits("giveaway spam")
_IN_PAIN: Final = _bits("safety1 health1")  # who is pregnant, small or ill, and something hurts
_HEALTH: Final = BIT["health2"]
_PRAISE: Final = BIT["praise"]
_CALM: Final = BIT["calm"]
_LEAVING: Final = _bits("churn1 churn2")
_URL: Final = BIT["url"]
_DISCONTENT: Final = _bits("problem waiting negation negative")
_REAL: Final = _DISCONTENT | _bits("churn2") | STRONG
_PERSONAL: Final = _bits("first second request mark question")
_PRAISING: Final = _bits("praise thanks positive")
_PRAISES: Final = ("positive", "praise", "thanks")
_EXCLAIM: Final = BIT["exclaim"]
_MOST_PLAIN_WORDS_OF_A_CLOSING: Final = 2
# Thanks with a few words more. An answer to us may be longer; so may one whose words of trouble we know well.
_MOST_PLAIN_WORDS_OF_THANKS: Final = 6
_MOST_PLAIN_WORDS_OF_THANKS_TO_AN_ANSWER: Final = 14
_WELL_KNOWN: Final = ("en", "es", "fr", "de", "pt", "it", "nl")
_OPENS_WITHIN: Final = 12  # characters: where thanks open a message

MOST_SPANS: Final = 24  # marked for one reason

OWN: Final = -6.0  # what settles the matter alone
NO_NEED: Final = -3.2
FLOOR_SURE: Final = 2.6  # at least 93 % for what must always be answered
FLOOR_ASKED: Final = 1.8  # 86 %
FLOOR_LIKELY: Final = 1.4  # 80 %


# Reasons that rest on no words are the same for every message.
_BASE: Final = Reason("base", -2.0)
_BASE_OF_CHURN: Final = Reason("base", -1.0)
_BASE_OF_PRAISE: Final = Reason("base", -0.3)
_NO_PRAISE_WORDS: Final = Reason("no_praise_words", -1.7)
_ASKING_WORD: Final = Reason("asking_word", 0.7)
_ADDRESSED: Final = Reason("addressed_to_us", 0.5)
_NOT_ADDRESSED: Final = Reason("not_addressed_to_us", -0.8)
_TO_US: Final = Reason("reply_to_us", 0.3)
_WEIGHT: Final = itemgetter(1)


def _apply(table: Table, cues: Cues, reasons: list[Reason]) -> None:
    spans = cues.spans
    for code, _, names, first, further, most in table.of(cues.mask):
        found: list[Span] = spans.get(names[0], []) if len(names) == 1 else _together(spans, names)
        weight = first
        if further and len(found) > 1:
            weight = first + further * (len(found) - 1)
            weight = max(weight, most) if most < 0 else min(weight, most)
        reasons.append(_reason(Reason, (code, weight, tuple(found[:MOST_SPANS]))))


def _together(spans: dict[str, list[Span]], names: tuple[str, ...]) -> list[Span]:
    return sorted([span for name in names if name in spans for span in spans[name][:MOST_SPANS]])


def _of(cues: Cues, *names: str) -> tuple[Span, ...]:
    return tuple(_together(cues.spans, names))


def suspects_sarcasm(cues: Cues, *, was_negative_before: bool) -> list[Reason]:
    """Why praise may be meant the other way round; empty if there is no such sign.

    Irony is not something that words give away reliably, so the tone is called unknown rather than turned
    around.
    """
    mask = cues.mask
    if mask & _SARCASM:
        return [Reason("sarcasm_phrase", 0.0, _of(cues, "sarcasm"))]
    is_polite_only = cues.good == 0 and bool(mask & ASKS)
    if (cues.good == 0 and not cues.thanks) or is_polite_only or cues.bad <= -2.0 * max(cues.good, 1.0):
        return []
    if mask & _EYEROLL:
        return [Reason("praise_with_eyeroll", 0.0, _of(cues, *_PRAISES, "eyeroll"))]
    if mask & _ANNOYING and not mask & _MARK:
        return [Reason("praise_with_trouble", 0.0, _of(cues, *_PRAISES, "problem", "waiting"))]
    if was_negative_before and cues.good:
        return [Reason("praise_after_anger", 0.0, _of(cues, *_PRAISES))]
    return []


def is_closing(cues: Cues) -> bool:
    """Whether the message is only thanks, agreement or a goodbye."""
    return bool(
        cues.mask & _CLOSING
        and not cues.mask & _NOT_CLOSING
        and cues.plain_words <= _MOST_PLAIN_WORDS_OF_A_CLOSING
        and cues.bad == 0
        and not any(map(_is_code, cues.forms))
    )


def is_kind(cues: Cues, *, answers_us: bool, was_asked: bool | None) -> bool:
    """Whether the message is thanks with a few words more, and none that speaks of anything open.

    In doubt it isn't: a word of trouble, of a wish or of "but", a denial, an amount or a code. `was_asked`:
    whether what it answers asked for something; None if that isn't known. Unless it asked for nothing, a number
    may be what was asked for, and thanks that only end a message may end an answer to it.
    """
    mask = cues.mask
    if not mask & _THANKS or mask & _NOT_KIND or cues.bad or cues.guess.leaning in INSIDE_LANGUAGES:
        return False
    most = _MOST_PLAIN_WORDS_OF_THANKS
    if answers_us and cues.guess.language in _WELL_KNOWN:
        most = _MOST_PLAIN_WORDS_OF_THANKS_TO_AN_ANSWER
    if (
        mask & _ASKING and "que" not in cues.forms
    ):  # Spanish "que" is hardly ever a question without its accent
        return False
    if cues.plain_words > most or has_duration(mask) or any(map(_is_code, cues.forms)):
        return False
    if was_asked is False:
        return True
    is_warm = bool(cues.good > 0 or mask & _KIND)
    places = cues.spans.get("thanks")
    is_first = bool(places and places[0][0] <= _OPENS_WITHIN)
    return (is_warm or is_first) and not (was_asked or mask & _NUMBER)


def _is_code(form: str) -> bool:
    """Whether letters and digits are mixed, as in a booking code."""
    return form.isalnum() and not form.isalpha() and not form.isdigit()


def reasons_to_reply(
    cues: Cues,
    sarcasm: list[Reason],
    *,
    is_private: bool,
    is_reply: bool,
    mentions_us: bool | None,
    author_is_us: bool,
    is_named: tuple[Span, ...],
    thread: tuple[str, ...],
    was_asked: bool | None = None,
) -> tuple[list[Reason], bool]:
    """The rule part of "needs a reply", and whether it settles the matter, so that nothing learned is asked.

    `thread`: codes of what came before ("answers_our_question", "writes_again"). `was_asked`: whether our words
    right before asked for something; None if there were none, or they aren't known.
    """
    mask = cues.mask
    if author_is_us:
        return [Reason("own_account", OWN)], True
    if cues.is_retweet and not is_private:
        return [Reason("retweet_without_text", NO_NEED)], True
    if not (is_private or mask & _MARK) and has_only_links_and_handles(cues):
        return [Reason("no_words", NO_NEED)], True
    if not sarcasm and is_closing(cues) and (mask & _THANKS or not thread):
        return [Reason("bare_thanks", NO_NEED, _of(cues, "thanks", "closing", "praise"))], True
    if (
        is_private
        and not (sarcasm or _AGAIN in thread)
        and is_kind(cues, answers_us=is_reply or was_asked is not None, was_asked=was_asked)
    ):
        return [Reason("thanks_nothing_open", NO_NEED, _of(cues, "closing", *_PRAISES))], True
    if mask & _GIVEAWAY and not (mask & _REAL or is_named or is_private):
        return [Reason("giveaway", NO_NEED, _of(cues, "giveaway", "spam"))], True
    reasons = [_BASE]
    _apply(NEEDS_ROWS, cues, reasons)
    is_content = not (mask & _DISCONTENT or cues.bad)
    if is_content:
        _apply(CONTENT_ROWS, cues, reasons)
    if mask & _ASKING_MARK == _ASKING_MARK:
        reasons.append(_ASKING_WORD)
    if mask & _URL:
        reasons.append(
            Reason("link", -1.7 if is_content and not mask & _PERSONAL else -0.5, _of(cues, "url"))
        )
    if mentions_us or (mentions_us is None and cues.is_addressed):
        reasons.append(
            Reason("addressed_to_us", 0.5, (cues.extents[0],)) if cues.is_addressed else _ADDRESSED
        )
    elif mentions_us is False and not is_reply:
        reasons.append(_NOT_ADDRESSED)
    if is_reply:
        reasons.append(_TO_US)
    if has_duration(mask):
        reasons.append(Reason("time_stated", 0.4, _of(cues, "timeunit")))
    if cues.is_shouted:
        reasons.append(Reason("shouting", 0.2))
    if thread:
        reasons += [Reason(code, 0.9) for code in thread]
    score = sum(map(_WEIGHT, reasons))
    is_asked = mask & _MARK and (mentions_us or is_reply or (mentions_us is None and cues.is_addressed))
    if (mask & STRONG or mask & _IN_PAIN == _IN_PAIN) and score < FLOOR_SURE:
        places = _of(cues, "safety2", "health2", "fraud2", "legal2") or _of(cues, "safety1", "health1")
        reasons.append(Reason("always_safety_law", FLOOR_SURE - score, places))
    elif is_private and score < FLOOR_SURE:
        reasons.append(Reason("always_private", FLOOR_SURE - score))
    elif is_named and score < FLOOR_ASKED:
        reasons.append(Reason("always_named", FLOOR_ASKED - score, is_named))
    elif is_asked and score < FLOOR_ASKED and not mask & _GIVEAWAY:
        reasons.append(Reason("always_question", FLOOR_ASKED - score, _of(cues, "mark", "question")))
    elif sarcasm and score < FLOOR_LIKELY:
        reasons.append(Reason("always_sarcasm_suspected", FLOOR_LIKELY - score, sarcasm[0].spans))
    return reasons, False


def reasons_for_urgency(cues: Cues, needs_reply: float) -> tuple[list[Reason], bool]:
    """The rule part of urgency, and whether an urgency cue spoke (then nothing learned may lower it).

    `needs_reply`: the score of that label; what needs no reply is not urgent.
    """
    mask = cues.mask
    reasons: list[Reason] = []
    if mask & URGENT:
        _apply(URGENT_ROWS, cues, reasons)
        if mask & TROUBLE:
            _apply(WEAK_URGENT_ROWS, cues, reasons)
    has_cue = bool(reasons)
    if mask & _CALM:
        reasons.append(Reason("calm", -2.0, _of(cues, "calm")))
    if has_cue or needs_reply > 0:
        if mask & _ANNOYING:
            reasons.append(Reason("trouble", 0.5, _of(cues, "problem", "waiting")))
        if cues.bad <= -4.0:
            reasons.append(Reason("negative_words", 0.4, tuple(cues.bad_spans[:MOST_SPANS])))
    elif needs_reply < 0:
        reasons.append(Reason("no_reply_needed", max(-1.2 + 0.5 * needs_reply, -3.0)))
    # A kind word beside an allergy doesn't make it less of a danger; praise for how it was looked after does.
    is_told_with_praise = mask & _PRAISE or not mask & _HEALTH
    if mask & _PRAISING and cues.good > 0 and not mask & TROUBLE and is_told_with_praise:
        reasons.append(Reason("praise_words", -2.8 if has_cue else -1.6, tuple(cues.good_spans[:MOST_SPANS])))
    return reasons, has_cue


def reasons_for_tone(cues: Cues) -> list[Reason]:
    """The rule part of sentiment: what the words say, softened where thanks may be mere politeness."""
    reasons: list[Reason] = []
    if cues.good:
        reasons.append(Reason("positive_words", min(cues.good, 6.0), tuple(cues.good_spans[:MOST_SPANS])))
    if cues.bad:
        reasons.append(Reason("negative_words", max(cues.bad, -6.0), tuple(cues.bad_spans[:MOST_SPANS])))
    if cues.thanks:
        weight = 0.4 if cues.mask & (ASKS | _ANNOYING) else 1.2
        reasons.append(Reason("thanks", weight, _of(cues, "thanks", "praise")))
    if cues.mask & _EXCLAIM and reasons:
        tone = sum([reason.weight for reason in reasons])
        reasons.append(Reason("exclamation", 0.4 if tone > 0 else -0.4, _of(cues, "exclaim")))
    return reasons


def reasons_for_churn(cues: Cues) -> list[Reason]:
    """The rule part of churn risk."""
    reasons = [_BASE_OF_CHURN]
    if cues.mask & _LEAVING:
        _apply(CHURN_ROWS, cues, reasons)
    return reasons


def reasons_for_praise(cues: Cues, sarcasm: list[Reason]) -> list[Reason]:
    """The rule part of praise."""
    reasons = [_BASE_OF_PRAISE]
    if not (cues.good or cues.mask & _PRAISING):
        reasons.append(_NO_PRAISE_WORDS)
        return reasons
    if cues.good:
        reasons.append(
            Reason("positive_words", min(0.8 * cues.good, 3.2), tuple(cues.good_spans[:MOST_SPANS]))
        )
    _apply(PRAISE_ROWS, cues, reasons)
    if sarcasm:
        reasons.append(Reason("sarcasm_suspected", -6.0, sarcasm[0].spans))
    return reasons
