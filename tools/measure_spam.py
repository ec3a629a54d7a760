"""How well the words of spam are told from others, and how many clean posts would wait for a look.

    python tools/measure_spam.py SPAM_DIR [COMMUNITY_DIR …]

SPAM_DIR holds the YouTube Spam Collection (CSV, gzip). The first two files were looked at while the weights were set, the
others never. Each community holds posts.jsonl.gz: real posts of real members, nearly all clean. For each: the share that
would wait if it were a member's first posts, one of a member known for a while, of a long-time member.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from pathlib import Path

from harken.brain.spam import read_spam
from harken.community.screening import Author, Strictness, screen

POINTS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0)


def auc(scored: list[tuple[float, bool]]) -> float:
    """The chance that a spam has more points than a clean one; ties count half."""
    yes = [points for points, is_spam in scored if is_spam]
    no = [points for points, is_spam in scored if not is_spam]
    above = sum((a > b) + (a == b) / 2 for a in yes for b in no)
    return above / (len(yes) * len(no))


def texts_of(files: list[Path]) -> list[tuple[str, bool]]:
    """The comments of these files, and whether people called them spam."""
    found = []
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as rows:
            found += [(row["CONTENT"], row["CLASS"] == "1") for row in csv.DictReader(rows)]
    return found


def main(spam_dir: str, *communities: str) -> None:
    """Print the figures."""
    files = sorted(Path(spam_dir).glob("*.csv.gz"))
    for name, part in (("looked at", files[:2]), ("never looked at", files[2:])):
        scored = [(read_spam(text).points, is_spam) for text, is_spam in texts_of(part)]
        print(f"{name}: n {len(scored)}, AUC {auc(scored):.3f}")
        for least in POINTS:
            said = [is_spam for points, is_spam in scored if points >= least]
            recall = sum(said) / sum(is_spam for _points, is_spam in scored)
            print(f"  from {least} points: precision {sum(said) / max(1, len(said)):.3f} recall {recall:.3f}")
        for strictness in Strictness:
            held = [
                is_spam
                for text, is_spam in texts_of(part)
                if screen(text, author=Author(0, 0), strictness=strictness).is_held
            ]
            spam = sum(is_spam for _points, is_spam in scored)
            print(
                f"  as first posts, {strictness}: {sum(held) / spam:.3f} of spam held, {(len(held) - sum(held)) / (len(scored) - spam):.3f} of the others"
            )
    kinds = {
        "first post": Author(days=0, shown=0),
        "a month, four shown": Author(days=30, shown=4),
        "long-time": Author(days=400, shown=20),
    }
    for folder in map(Path, communities):
        with gzip.open(folder / "posts.jsonl.gz", "rt", encoding="utf-8") as lines:
            texts = [(row.get("title") or "") + "\n" + row["body"] for row in map(json.loads, lines)]
        for strictness in Strictness:
            held = {
                name: sum(screen(text, author=author, strictness=strictness).is_held for text in texts)
                for name, author in kinds.items()
            }
            shares = ", ".join(f"{name} {count / len(texts):.4f}" for name, count in held.items())
            print(f"{folder.name} ({len(texts)}), {strictness}: {shares}")


if __name__ == "__main__":
    main(*sys.argv[1:])
