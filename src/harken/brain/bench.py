"""What judging costs: microseconds of CPU a call, beside the bare limit of only splitting the text into tokens.

    python -m harken.brain.bench [--size N] [--rounds R] [--json]

Messages are made up of sentences, names and numbers, so that nearly every one is new to the memory of words, as in
life. Times are the best of R rounds over all N messages, because a round can only be slowed by others.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import re
import time
from collections.abc import Callable
from typing import Any, Final

from harken.brain.language import language_of
from harken.brain.normalise import near_duplicate_hash, parse
from harken.brain.prioritise import prioritise
from harken.brain.segment import segment
from harken.brain.understand import judge, warm

_BARE: Final = re.compile(r"\w+|[^\w\s]").findall

_SENTENCES: Final = {
    "en": (
        "my flight {ref} was cancelled and nobody answers the phone",
        "I have been waiting {n} hours at the gate",
        "where is my refund for order {ref}?",
        "the app keeps crashing when I open the {word} page",
        "thank you {name}, that was quick and very kind",
        "could you please tell me when the {word} shop opens",
        "your driver left the parcel with {name} next door",
        "the second charge of ${n}.50 is not mine",
        "we enjoyed the trip to {word} with the kids",
        "still no answer after {n} days, this is ridiculous",
    ),
    "es": (
        "mi vuelo {ref} fue cancelado y nadie contesta el teléfono",
        "llevo {n} horas esperando en el aeropuerto",
        "¿dónde está mi pedido {ref}?",
        "la aplicación no funciona cuando abro la página de {word}",
        "muchas gracias {name}, muy amable y rápido",
        "quisiera saber a qué hora abre la tienda de {word}",
    ),
    "de": (
        "mein Flug {ref} wurde gestrichen und niemand geht ans Telefon",
        "ich warte seit {n} Stunden am Flughafen",
        "wo bleibt meine Bestellung {ref}?",
        "die App stürzt ab, wenn ich die Seite {word} öffne",
        "vielen Dank {name}, das ging schnell und war sehr freundlich",
        "könnten Sie mir bitte sagen, wann das Geschäft in {word} öffnet",
    ),
    "th": (
        "สั่งของไปแล้วยังไม่ได้รับเลยค่ะ เลขที่ {ref}",
        "รอมา {n} ชั่วโมงแล้ว ไม่มีใครรับสาย",
        "ร้านที่ {word} เปิดกี่โมงคะ",
        "ขอบคุณคุณ {name} มากค่ะ บริการดีมาก",
    ),
}
_SYLLABLES: Final = (
    "ka",
    "lo",
    "mi",
    "ren",
    "to",
    "sha",
    "vel",
    "dor",
    "na",
    "pi",
    "ster",
    "an",
    "gu",
    "bel",
    "tri",
    "mo",
)


def messages(language: str, size: int, *, seed: int = 1) -> list[str]:
    """`size` different messages of about 150 characters."""
    rng = random.Random(seed)  # noqa: S311 - a repeatable choice of sentences, no secret

    def word() -> str:
        return "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 4)))

    made = []
    for _ in range(size):
        parts: list[str] = []
        while sum(map(len, parts)) < 100:
            sentence = rng.choice(_SENTENCES[language])
            parts.append(
                sentence.format(
                    ref=f"{rng.choice('ABLK')}{rng.choice('AXQ')}{rng.randint(100, 99999)}",
                    n=rng.randint(2, 40),
                    name=word().title(),
                    word=word(),
                )
            )
        link = f" https://example.org/{rng.randint(1, 10**6)}" if rng.random() < 0.3 else ""
        made.append(f"@{word()} {'. '.join(parts)}{rng.choice(['.', '!', '!!', ' 😡', ''])}{link}")
    return made


def microseconds(call: Callable[[str], object], texts: list[str], rounds: int) -> float:
    """CPU time a text, best of `rounds`."""
    best = float("inf")
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            start = time.process_time_ns()
            for text in texts:
                call(text)
            best = min(best, (time.process_time_ns() - start) / len(texts) / 1000)
    finally:
        gc.enable()
    return best


def measured(size: int, rounds: int) -> list[dict[str, Any]]:
    """One row for each language, then one for the priority."""
    warm()
    found = []
    for language in _SENTENCES:
        texts = messages(language, size)
        limit = microseconds(_BARE, texts, rounds)
        row: dict[str, Any] = {
            "language": language,
            "characters": round(sum(map(len, texts)) / size),
            "bare_tokens_us": round(limit, 1),
        }
        calls: dict[str, Callable[[str], object]] = {
            "judge": judge,
            "parse": lambda text: parse(text.lower()),
            "language_of": language_of,
            "near_duplicate_hash": near_duplicate_hash,
            "segment": segment,
        }
        for name, call in calls.items():
            row[f"{name}_us"] = round(microseconds(call, texts, rounds), 1)
        row["judge_in_limits"] = round(row["judge_us"] / limit, 1)
        found.append(row)
    chances = (0.02, 0.1, 0.8, 0.08)
    waits = [str(n / 10) for n in range(size)]
    plain = microseconds(lambda wait: prioritise(chances, waited=float(wait), target=60.0), waits, rounds)
    full = microseconds(
        lambda wait: prioritise(
            chances, waited=float(wait), target=60.0, churn=1, is_repeat=True, reach=9.0, is_in_incident=True
        ),
        waits,
        rounds,
    )
    found.append({"prioritise_us": round(plain, 2), "prioritise_every_part_us": round(full, 2)})
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=1000, help="messages a language")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    for row in measured(given.size, given.rounds):
        if given.json:
            print(json.dumps(row))
        else:
            print("  ".join(f"{name} {value}" for name, value in row.items()))


if __name__ == "__main__":
    main()
