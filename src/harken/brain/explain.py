"""What reasons, labels and moves are called in English; pages translate by the code, commands print these."""

from __future__ import annotations

from typing import Any, Final

from harken.brain.label import Label, Reason
from harken.brain.prioritise import Priority
from harken.brain.understand import LABELS, Judgement

REASONS: Final[dict[str, str]] = {
    "base": "where every message starts",
    "own_account": "written by one of our own accounts",
    "retweet_without_text": "repeats somebody without a word of its own",
    "no_words": "holds no words",
    "bare_thanks": "only thanks or a goodbye",
    "thanks_nothing_open": "thanks, and nothing that is still open",
    "giveaway": "words of a giveaway, contest or advertisement",
    "spam": "words of spam",
    "question": "a question mark",
    "question_words": "words that ask",
    "asking_word": "a question word with a question mark",
    "request": "asks for something",
    "urgent_words": "words of urgency",
    "problem": "something doesn't work or didn't come",
    "waiting": "waiting, or not for the first time",
    "time_stated": "says how long",
    "negative_words": "negative words",
    "positive_words": "positive words",
    "negation": "a negation",
    "first_person": "speaks of themselves",
    "second_person": "speaks to us",
    "reference": "an order, ticket or case number",
    "money": "an amount of money",
    "churn_words": "words of leaving",
    "leaving": "says that they leave",
    "thinking_of_leaving": "thinks of leaving",
    "thanks": "thanks",
    "praise_words": "words of praise",
    "no_praise_words": "no word of praise or thanks",
    "link": "holds a link",
    "addressed_to_us": "addressed to us",
    "not_addressed_to_us": "does not name us",
    "reply_to_us": "answers something of ours",
    "shouting": "written in capitals",
    "exclamation": "exclamation marks",
    "answers_our_question": "answers a question of ours",
    "writes_again": "writes again without an answer in between",
    "always_safety_law": "safety, health, fraud and law are always answered",
    "always_private": "private messages are always answered",
    "always_named": "a message to one of us by name is always answered",
    "always_question": "a direct question is always answered",
    "always_sarcasm_suspected": "may be sarcasm, so a person should look",
    "sarcasm_suspected": "may be sarcasm",
    "sarcasm_phrase": "a phrase that is rarely meant kindly",
    "praise_with_eyeroll": "praise with a mocking emoji",
    "praise_with_trouble": "praise beside trouble or waiting",
    "praise_after_anger": "praise right after an angry message",
    "safety": "someone's safety or health",
    "health": "a danger to somebody's health",
    "fraud": "fraud or theft",
    "stranded": "stranded, or travelling right now",
    "outage": "an outage",
    "deadline": "a deadline today or tomorrow",
    "legal": "law, regulator or authorities",
    "press": "the press or the public",
    "trouble": "trouble or waiting",
    "calm": "says that there is no hurry",
    "no_reply_needed": "seems to need no reply",
    "learned": "a trained model",
}

_TITLES: Final = {
    "needs_reply": ("No reply needed", "Needs a reply"),
    "praise": ("No praise", "Praise"),
}


def in_words(name: str, label: Label[Any], text: str, *, most: int = 4) -> str:
    """One label as a sentence: what, how likely, and its strongest reasons with the words they rest on."""
    if name in _TITLES:
        title = _TITLES[name][bool(label.value)]
        p = label.p if label.value else 1 - label.p
    else:
        title, p = f"{name.capitalize()} {label.value}", label.p
    towards = 1 if label.value is not False else -1
    strongest = sorted(
        (reason for reason in label.reasons if reason.code != "base" and reason.weight * towards >= 0),
        key=lambda reason: -abs(reason.weight),
    )
    because = "; ".join(_because(reason, text) for reason in strongest[:most])
    return f"{title} ({p:.0%})" + (f": {because}" if because else "")


def _because(reason: Reason, text: str) -> str:
    words = list(dict.fromkeys(text[start:end] for start, end in reason.spans))[:3]
    return REASONS[reason.code] + (f" “{'”, “'.join(words)}”" if words else "")


def as_plain(judgement: Judgement, text: str) -> dict[str, Any]:
    """A judgement as plain data for JSON: every label with its chance, score, threshold, reasons and words."""
    plain: dict[str, Any] = {name: _plain_label(getattr(judgement, name), text) for name in LABELS}
    plain |= {
        "language": {"value": judgement.language, "p": round(judgement.language_p, 4)},
        "sarcasm_suspected": judgement.is_sarcasm_suspected,
        "near_duplicate": f"{judgement.near_duplicate & 0xFFFF_FFFF_FFFF_FFFF:016x}",
        "method": judgement.method,
    }
    chances = dict(zip(("critical", "high", "normal", "low"), judgement.urgency_chances, strict=True))
    plain["urgency"]["chances"] = {level: round(chance, 4) for level, chance in chances.items()}
    return plain


def _plain_label(label: Label[Any], text: str) -> dict[str, Any]:
    return {
        "value": label.value,
        "p": round(label.p, 4),
        "score": round(label.score, 4),
        "threshold": label.threshold,
        "model": label.model,
        "reasons": [
            {
                "code": reason.code,
                "says": REASONS[reason.code],
                "weight": round(reason.weight, 4),
                "words": [text[start:end] for start, end in reason.spans],
                "spans": [list(span) for span in reason.spans],
            }
            for reason in label.reasons
        ],
    }


def plain_priority(priority: Priority) -> dict[str, Any]:
    """A priority as plain data for JSON: points, the parts that sum to them, lane, rank and moves."""
    return {
        "points": priority.points,
        "parts": [part._asdict() for part in priority.parts],
        "lane": priority.lane,
        "rank": priority.rank,
        "changes_at": priority.changes_at,
        "moves": [move._asdict() for move in priority.moves],
    }
