"""How well `brain` judges, measured on labelled message sets that are not part of the project.

    python tools/measure_judgement.py DATA_DIR [--json]

DATA_DIR holds the public sets by folder (complaints, airline_sentiment, multilingual, twcs_airline_threads); sets that
are missing are left out and named. Prints AUC, accuracy, calibration, what could be archived at a recall of 99 %,
language identification and near-duplicates. Run by hand; the figures go into docs/judgement.md.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import math
import sys
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from harken.brain.language import language_of
from harken.brain.normalise import hamming, near_duplicate_hash
from harken.brain.understand import UNKNOWN, Judgement, judge

UMSAB = {
    "arabic": "ar",
    "english": "en",
    "french": "fr",
    "german": "de",
    "hindi": "hi",
    "italian": "it",
    "portuguese": "pt",
    "spanish": "es",
}
csv.field_size_limit(1 << 27)


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file, gzipped or not."""
    opener: Callable[..., Any] = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def is_held_back(text: str) -> bool:
    """Whether a text belongs to the half that nobody looked at while the words and weights were set."""
    return zlib.crc32(text.encode("utf-8", "replace")) % 2 == 1


def auc(scored: list[tuple[float, bool]]) -> float:
    """The chance that a random positive has a higher score than a random negative; ties count half."""
    ordered = sorted(scored, key=lambda one: one[0])
    positives = sum(is_true for _, is_true in ordered)
    negatives = len(ordered) - positives
    if not positives or not negatives:
        return math.nan
    ranks = 0.0
    at = 0
    while at < len(ordered):
        end = at
        while end < len(ordered) and ordered[end][0] == ordered[at][0]:
            end += 1
        ranks += (at + end + 1) / 2 * sum(is_true for _, is_true in ordered[at:end])
        at = end
    return (ranks - positives * (positives + 1) / 2) / (positives * negatives)


def archived_at(scored: list[tuple[float, bool]], recall: float) -> float:
    """The share of all that lies below the score which still keeps `recall` of the positives."""
    scores = sorted(score for score, is_true in scored if is_true)
    threshold = scores[math.floor((1 - recall) * len(scores))]
    return sum(score < threshold for score, _ in scored) / len(scored)


def calibration_error(scored: list[tuple[float, bool]], bins: int = 10) -> float:
    """Expected calibration error over equal bins of p."""
    groups: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for p, is_true in scored:
        groups[min(int(p * bins), bins - 1)].append((p, is_true))
    return sum(
        abs(sum(p for p, _ in group) / len(group) - sum(t for _, t in group) / len(group))
        * len(group)
        / len(scored)
        for group in groups.values()
    )


def binary(scored: list[tuple[float, bool]], said: Iterable[bool]) -> dict[str, float]:
    """The figures of a yes-or-no label."""
    said = list(said)
    truths = [is_true for _, is_true in scored]
    hits = sum(s and t for s, t in zip(said, truths, strict=True))
    return {
        "n": len(scored),
        "base_rate": round(sum(truths) / len(truths), 3),
        "auc": round(auc(scored), 3),
        "recall": round(hits / max(sum(truths), 1), 3),
        "precision": round(hits / max(sum(said), 1), 3),
        "said_yes": round(sum(said) / len(said), 3),
        "archive_at_recall_.99": round(archived_at(scored, 0.99), 3),
        "archive_at_recall_.95": round(archived_at(scored, 0.95), 3),
        "ece": round(calibration_error(scored), 3),
        "urgent_said_no": 0,
    }


def complaints(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Needs-a-reply against "is a complaint", which it is wider than: questions need replies and are no complaints."""
    for name, part in (("airline_telecom_2015", "industry"), ("acl2019", "domain")):
        judged = [(row, judge(row["text"])) for row in rows(folder / f"{name}.csv.gz")]
        judged = [(row, j) for row, j in judged if row["complaint"] in ("0", "1")]
        yield f"complaints {name}", needs_figures(judged, lambda row: row["complaint"] == "1")
        own = [(row, j) for row, j in judged if not row["text"].startswith("RT @")]
        yield f"complaints {name}: without retweets", needs_figures(own, lambda row: row["complaint"] == "1")
        held = [(row, j) for row, j in own if is_held_back(row["text"])]
        yield (
            f"complaints {name}: without retweets, half never looked at",
            needs_figures(held, lambda row: row["complaint"] == "1"),
        )
        parts = sorted({row[part] for row, _ in judged})
        for one in parts:
            some = [(row, j) for row, j in judged if row[part] == one]
            if sum(row["complaint"] == "1" for row, _ in some) >= 20:
                figures = needs_figures(some, lambda row: row["complaint"] == "1")
                yield (
                    f"complaints {name}: {one}",
                    {key: figures[key] for key in ("n", "auc", "recall", "said_yes")},
                )


def needs_figures(
    judged: list[tuple[dict[str, str], Judgement]], is_true: Callable[[dict[str, str]], bool]
) -> Any:
    """The figures of needs-a-reply, and the recall of the negative tone beside it."""
    scored = [(j.needs_reply.p, is_true(row)) for row, j in judged]
    figures = binary(scored, [j.needs_reply.value for _, j in judged])
    figures["urgent_said_no"] = sum(
        not j.needs_reply.value and j.urgency.value in ("critical", "high") for _, j in judged
    )
    figures["auc_of_tone_alone"] = round(auc([(-j.sentiment.score, is_true(row)) for row, j in judged]), 3)
    return figures


def airline_sentiment(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Tone in three classes, and negative as a proxy for a need."""
    judged = [(row, judge(row["text"])) for row in rows(folder / "tweets.csv.gz")]
    yield (
        "airline_sentiment: tone",
        tone_figures(
            [(j, row["airline_sentiment"]) for row, j in judged], ("negative", "neutral", "positive")
        ),
    )
    yield (
        "airline_sentiment: needs reply / negative",
        needs_figures(judged, lambda row: row["airline_sentiment"] == "negative"),
    )
    held = [(row, j) for row, j in judged if is_held_back(row["text"])]
    yield (
        "airline_sentiment: needs reply / negative, half never looked at",
        needs_figures(held, lambda row: row["airline_sentiment"] == "negative"),
    )
    yield (
        "airline_sentiment: tone, half never looked at",
        tone_figures([(j, row["airline_sentiment"]) for row, j in held], ("negative", "neutral", "positive")),
    )
    sure = [(row, j) for row, j in held if float(row["airline_sentiment_confidence"]) == 1.0]
    yield (
        "airline_sentiment: praise / positive, raters agree, half never looked at",
        binary(
            [(j.praise.p, row["airline_sentiment"] == "positive") for row, j in sure],
            [j.praise.value for _, j in sure],
        ),
    )


def tone_figures(judged: list[tuple[Judgement, str]], names: tuple[str, str, str]) -> dict[str, Any]:
    """Accuracy, macro recall and AUCs of the tone, over all and over what isn't called unknown."""
    said = [(tone_of(j), truth) for j, truth in judged]
    known = [(tone, names.index(truth)) for tone, truth in said if tone is not None]
    by_class = {at: [tone == at for tone, truth in known if truth == at] for at in range(3)}
    chances = [
        (sum(j.sentiment.chances[:2]), truth == names[0])
        for j, truth in judged
        if j.sentiment.value != UNKNOWN
    ]
    return {
        "n": len(judged),
        "unknown": round(1 - len(known) / len(said), 3),
        "unknown_that_are_negative": round(
            sum(truth == names[0] for tone, truth in said if tone is None) / max(len(said) - len(known), 1), 3
        ),
        "accuracy_of_known": round(sum(tone == truth for tone, truth in known) / len(known), 3),
        "macro_recall_of_known": round(sum(sum(hits) / len(hits) for hits in by_class.values()) / 3, 3),
        "auc_negative": round(auc([(-j.sentiment.score, truth == names[0]) for j, truth in judged]), 3),
        "auc_positive": round(auc([(j.sentiment.score, truth == names[2]) for j, truth in judged]), 3),
        "ece_negative": round(calibration_error(chances), 3),
    }


def tone_of(j: Judgement) -> int | None:
    """0 negative, 1 neutral, 2 positive, None unknown."""
    value = j.sentiment.value
    if isinstance(value, str):
        return None
    return 0 if value < 0 else 2 if value > 0 else 1


def multilingual(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Language and tone by language; in Thai also whether a message asks something."""
    for name, code in UMSAB.items():
        found = [row for part in ("train", "val") for row in rows(folder / f"umsab_{name}-{part}.csv.gz")]
        yield f"language: {name}", language_figures([row["text"] for row in found], code)
        judged = [(judge(row["text"]), row["label"]) for row in found]
        yield f"tone: {name}", tone_figures(judged, ("negative", "neutral", "positive"))
    thai = list(rows(folder / "wisesight_th-valid.csv.gz"))
    yield "language: thai", language_figures([row["texts"] for row in thai], "th")
    judged = [(judge(row["texts"]), row["category"]) for row in thai]
    yield (
        "tone: thai (without questions)",
        tone_figures([(j, label) for j, label in judged if label != "q"], ("neg", "neu", "pos")),
    )
    yield (
        "needs reply: thai, question",
        binary(
            [(j.needs_reply.p, label == "q") for j, label in judged], [j.needs_reply.value for j, _ in judged]
        ),
    )
    yield (
        "needs reply: thai, question or negative",
        binary(
            [(j.needs_reply.p, label in ("q", "neg")) for j, label in judged],
            [j.needs_reply.value for j, _ in judged],
        ),
    )
    indonesian = [row["Text Tweet"] for row in rows(folder / "telco_id-train.csv")]
    yield "language: indonesian", language_figures(indonesian, "id")


def language_figures(texts: list[str], code: str) -> dict[str, Any]:
    """How often a language was named, how often rightly, and what it was taken for."""
    said = Counter(language_of(text).language for text in texts)
    named = len(texts) - said[None]
    wrong = {str(key): n for key, n in said.most_common(4) if key not in (None, code)}
    return {
        "n": len(texts),
        "named": round(named / len(texts), 3),
        "right_of_named": round(said[code] / max(named, 1), 4),
        "wrong": wrong,
    }


def airline_threads(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """First messages that agents did answer (nearly all need a reply), and closing thanks that end threads."""
    first: list[Judgement] = []
    last: list[Judgement] = []
    with gzip.open(folder / "threads.jsonl.gz", "rt", encoding="utf-8") as file:
        for number, line in enumerate(file):
            if number % 6:
                continue
            turns = json.loads(line)["turns"]
            said = [("customer" if turn["role"] == "customer" else "us", turn["text"]) for turn in turns]
            first.append(judge(said[0][1], mentions_us=True))
            if len(said) > 2 and said[-1][0] == "customer":
                last.append(judge(said[-1][1], thread=said[:-1], is_reply=True, mentions_us=True))
    for name, judged in (("answered first messages", first), ("last words of a customer", last)):
        levels = Counter(j.urgency.value for j in judged)
        yield (
            f"airline threads: {name}",
            {
                "n": len(judged),
                "needs_reply": round(sum(j.needs_reply.value for j in judged) / max(len(judged), 1), 3),
                "tone_unknown": round(sum(j.is_sarcasm_suspected for j in judged) / max(len(judged), 1), 3),
                "urgency": {level: round(n / len(judged), 3) for level, n in levels.most_common()},
            },
        )


def near_duplicates(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """Distances of hashes: one word changed in a text, and texts that have nothing to do with each other."""
    texts = [row["text"] for row in rows(folder / "tweets.csv.gz")][::4]
    texts = [text for text in texts if len(text.split()) >= 8]
    changed, apart = [], []
    for at, text in enumerate(texts):
        words = text.split()
        words[len(words) // 2] = "something"
        own = near_duplicate_hash(text)
        changed.append(hamming(own, near_duplicate_hash(" ".join(words))))
        apart.append(hamming(own, near_duplicate_hash(texts[at - 1])))
    for within in (3, 6, 8, 10):
        yield (
            f"near-duplicates within {within} bits",
            {
                "one_word_changed": round(sum(d <= within for d in changed) / len(changed), 3),
                "unrelated": round(sum(d <= within for d in apart) / len(apart), 5),
            },
        )


SUITES: tuple[tuple[str, Callable[[Path], Iterator[tuple[str, dict[str, Any]]]]], ...] = (
    ("complaints", complaints),
    ("airline_sentiment", airline_sentiment),
    ("multilingual", multilingual),
    ("twcs_airline_threads", airline_threads),
    ("airline_sentiment", near_duplicates),
)


def main() -> None:
    """Measure what is there."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_dir", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--only", help="the name of one suite")
    given = parser.parse_args()
    for folder, suite in SUITES:
        if given.only and given.only != suite.__name__:
            continue
        if not (given.data_dir / folder).is_dir():
            print(f"{folder}: not in {given.data_dir}, left out", file=sys.stderr)
            continue
        for name, figures in suite(given.data_dir / folder):
            if given.json:
                print(json.dumps({"suite": name, **figures}))
            else:
                print(f"{name}\n    " + "  ".join(f"{key} {value}" for key, value in figures.items()))


if __name__ == "__main__":
    main()
