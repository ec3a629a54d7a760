"""Judges one message: does it need us, how urgently, in what tone, is somebody leaving, is it praise, which
language.

Pure and fast enough for the way in. A judgement proposes; it archives nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from harken.brain.chunks import spread_in
from harken.brain.cues import LEANING, MOST_CHARACTERS, Cues, find_cues
from harken.brain.label import NO_MODELS, Label, Learned, Models, Reason, Span, read
from harken.brain.language import language_of
from harken.brain.lexicon.reading import BIT, INSIDE_LANGUAGES, WORD_LANGUAGES, lexicon
from harken.brain.normalise import MOST_AT_ONCE, simhash, simhash_of_sum, tokens
from harken.brain.rules import (
    ASKS,
    CHURN_RISK,
    NEEDS_REPLY,
    PRAISE,
    RULE_SET,
    SENTIMENT,
    URGENCY,
    reasons_for_churn,
    reasons_for_praise,
    reasons_for_tone,
    reasons_for_urgency,
    reasons_to_reply,
    suspects_sarcasm,
)

Sentiment: TypeAlias = int | str
UNKNOWN: Final = "unknown"
US: Final = "us"
CUSTOMER: Final = "customer"
LABELS: Final = ("needs_reply", "urgency", "sentiment", "churn", "praise")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one message seems to need, each label with its chance and its reasons.

    `needs_reply` and `praise` are yes or no; `urgency` is critical, high, normal or low; `sentiment` -2 to 2,
    or "unknown" when praise may be sarcasm; `churn` 0, 1 or 2. `language` is None when it can't be told.
    Reasons carry spans in the text that was judged. `near_duplicate` is a signed 64-bit hash
    (`normalise.hamming` compares two; 0: no words). `method` names the rules and models, so that a stored
    judgement says how it came about.
    """

    needs_reply: Label[bool]
    urgency: Label[str]
    sentiment: Label[Sentiment]
    churn: Label[int]
    praise: Label[bool]
    language: str | None
    language_p: float
    is_sarcasm_suspected: bool
    near_duplicate: int
    method: str

    @property
    def urgency_chances(self) -> tuple[float, float, float, float]:
        """The chances of critical, high, normal and low, in the order that `prioritise` takes."""
        low, normal, high, critical = self.urgency.chances
        return critical, high, normal, low


# What most messages come to, made once.
_STAYS: Final = read(CHURN_RISK, [Reason("base", -1.0)])
_NO_PRAISE: Final = read(PRAISE, [Reason("base", -0.3), Reason("no_praise_words", -1.7)])


def judge(
    text: str,
    *,
    thread: Sequence[tuple[str, str]] = (),
    is_private: bool = False,
    is_reply: bool = False,
    mentions_us: bool | None = None,
    author_is_us: bool = False,
    language: str | None = None,
    agent_names: Collection[str] = (),
    models: Models = NO_MODELS,
) -> Judgement:
    """Judge a message as its author wrote it. Takes any string; reads at most its first 20,000 characters.

    `thread`: what was said before, oldest first, as (speaker, text); a speaker is "us", "customer" (the
    author of this message) or anybody else. `is_private`: only we can read it. `is_reply`: it answers
    something of ours. `mentions_us`: whether it names one of our accounts; None if the network doesn't say.
    `author_is_us`: it was written by one of our accounts. `language`: where it is known already.
    `agent_names`: lower-case first names of the people on the desk, so that a message to one of them is never
    passed over. `models`: learned parts by label.
    """
    cues = find_cues(text, language=language)
    before = _last_of_customer(thread) if thread else None
    if before is not None and cues.guess.language is None and cues.guess.p < LEANING:
        # Too short to tell the language: people go on in the one they began in.
        cues = find_cues(text, fallback=language_of(before).language)
    was_negative = before is not None and cues.good > 0 and _is_negative(before)
    sarcasm = suspects_sarcasm(cues, was_negative_before=was_negative)

    needs_reasons, is_settled = reasons_to_reply(
        cues,
        sarcasm,
        is_private=is_private,
        is_reply=is_reply,
        mentions_us=mentions_us,
        author_is_us=author_is_us,
        is_named=_named(cues, agent_names) if agent_names else (),
        thread=_thread_signs(thread) if thread else (),
        was_asked=_was_asked(thread[-1]) if thread and is_private and cues.thanks else None,
    )
    needs_reply = read(
        NEEDS_REPLY,
        needs_reasons,
        learned=_learned(models, "needs_reply", cues, needs_reasons) if models and not is_settled else None,
        is_upward_only=needs_reasons[-1].code.startswith("always_"),
    )
    urgency_reasons, has_cue = reasons_for_urgency(cues, needs_reply.score)
    urgency = read(
        URGENCY,
        urgency_reasons,
        learned=_learned(models, "urgency", cues, urgency_reasons) if models else None,
        is_upward_only=has_cue,
    )
    tone_reasons = reasons_for_tone(cues)
    sentiment: Label[Sentiment] = read(
        SENTIMENT,
        tone_reasons,
        learned=_learned(models, "sentiment", cues, tone_reasons) if models else None,
    )
    if sarcasm:
        sentiment = Label(
            UNKNOWN,
            0.5,
            sentiment.score,
            None,
            (*sentiment.reasons, *sarcasm),
            sentiment.chances,
            sentiment.model,
        )
    churn_reasons = reasons_for_churn(cues)
    if len(churn_reasons) == 1 and not models:
        churn = _STAYS
    else:
        churn = read(CHURN_RISK, churn_reasons, learned=_learned(models, "churn", cues, churn_reasons))
    praise_reasons = reasons_for_praise(cues, sarcasm)
    if len(praise_reasons) == 2 and praise_reasons[1].code == "no_praise_words" and not models:
        praise = _NO_PRAISE
    else:
        praise = read(PRAISE, praise_reasons, learned=_learned(models, "praise", cues, praise_reasons))
    return Judgement(
        needs_reply,
        urgency,
        sentiment,
        churn,
        praise,
        cues.guess.language,
        cues.guess.p,
        bool(sarcasm),
        _likeness(cues, text),
        _method(models) if models else RULE_SET,
    )


def _likeness(cues: Cues, text: str) -> int:
    if cues.guess.leaning in INSIDE_LANGUAGES:
        return simhash(tokens(text[:MOST_CHARACTERS]))
    if len(cues.forms) > MOST_AT_ONCE:
        return simhash(cues.forms)
    return simhash_of_sum(spread_in(cues.total))


def warm() -> None:
    """Read every word list now, so that the first messages don't wait for it (about half a second)."""
    for language in (*WORD_LANGUAGES, *INSIDE_LANGUAGES, None):
        lexicon(language)
    judge("hello, where is my order? danke, merci beaucoup")


def _learned(models: Models, label: str, cues: Cues, reasons: list[Reason]) -> Learned | None:
    if not models or (scorer := models.get(label)) is None:
        return None
    return scorer.score(cues.forms, cues.extents, sum([reason.weight for reason in reasons]))


def _method(models: Models) -> str:
    return "+".join(
        [RULE_SET, *sorted(f"{label}:{type(scorer).__name__}" for label, scorer in models.items())]
    )


def _last_of_customer(thread: Sequence[tuple[str, str]]) -> str | None:
    for speaker, text in reversed(thread):
        if speaker == CUSTOMER:
            return text
    return None


def _is_negative(text: str) -> bool:
    cues = find_cues(text)
    return cues.good + cues.bad <= -1.5


def _thread_signs(thread: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    speaker, text = thread[-1]
    if speaker == US:
        return ("answers_our_question",) if "?" in text or "？" in text or "؟" in text else ()
    return ("writes_again",) if speaker == CUSTOMER else ()


def _was_asked(said: tuple[str, str]) -> bool | None:
    """Whether we asked something; None where our words may hold a request, and where they aren't ours."""
    speaker, text = said
    if speaker != US:
        return None
    asking = find_cues(text).mask & ASKS
    return True if asking & BIT["mark"] else None if asking else False


def _named(cues: Cues, names: Collection[str]) -> tuple[Span, ...]:
    return tuple(cues.extents[at] for at, form in enumerate(cues.forms) if form in names)
