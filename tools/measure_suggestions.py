"""How often the answer is already there: hit@3 of the suggestions while one asks, beside plain full-text search.

    python tools/measure_suggestions.py DIR

DIR holds communities as lines of JSON: questions.jsonl.gz with duplicates.csv (question,duplicate_of), or
posts.jsonl.gz with links.csv (post,related,type). Each question that has an original here is asked as if it were new:
title and text, with itself left out. Printed per community: the share whose original is among the first three of
(a) plain search for all words of the title, (b) plain search for any word of title and text by SQLite's BM25,
(c) the suggestions before the threshold, (d) what is shown; and for questions whose originals were left out, how
often something is shown all the same.
"""

from __future__ import annotations

import csv
import gzip
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import django


def questions_of(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Key, title, body of each question."""
    name = "questions.jsonl.gz" if (folder / "questions.jsonl.gz").is_file() else "posts.jsonl.gz"
    with gzip.open(folder / name, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if row.get("type", "q") == "q":
                yield str(row["id"]), row["title"], row["body"]


def pairs_of(folder: Path) -> list[tuple[str, str]]:
    """Question and original."""
    if (folder / "duplicates.csv").is_file():
        with open(folder / "duplicates.csv", encoding="utf-8") as file:
            return [(row["question"], row["duplicate_of"]) for row in csv.DictReader(file)]
    with open(folder / "links.csv", encoding="utf-8") as file:
        return [
            (row["post"], row["related"]) for row in csv.DictReader(file) if row["post"] != row["related"]
        ]


def measure(folder: Path) -> None:
    from datetime import UTC, datetime

    from django.db import connection

    from harken.accounts.models import Brand
    from harken.brain.segment import segment
    from harken.community.actions.spaces import keep_space
    from harken.community.importing.keeping import import_community
    from harken.community.importing.lines import Said
    from harken.community.models import Space, Topic
    from harken.community.queries import suggesting

    brand = Brand.objects.get_or_create(name="Measured", slug="measured")[0]
    space = keep_space(Space(name=folder.name, brand=brand), by=None)
    texts = {key: (title, body) for key, title, body in questions_of(folder)}
    at = datetime(2020, 1, 1, tzinfo=UTC)
    import_community(
        (Said(1, key, "question", "", at, body or title, title=title) for key, (title, body) in texts.items()),
        space=space, source=f"measured/{folder.name}",
    )  # fmt: skip
    ids = {t.origin.rsplit("/", 1)[1]: t.pk for t in Topic.objects.filter(space=space)}
    topics = dict(Topic.objects.values_list("said__pk", "pk"))
    originals: dict[str, set[int]] = {}
    for question, original in pairs_of(folder):
        if question in ids and original in ids:
            originals.setdefault(question, set()).add(ids[original])

    def search(words: list[str], joined: str, besides: int) -> list[int]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rowid FROM community_search WHERE community_search MATCH %s ORDER BY bm25(community_search) LIMIT 4",
                [joined.join(f'"{word}"' for word in dict.fromkeys(words))],
            )
            found = [topics[row[0]] for row in cursor.fetchall()]
        return [pk for pk in found if pk != besides][:3]

    names = ("all words of the title", "any word, BM25", "suggested", "shown")
    hits = dict.fromkeys(names, 0)
    shown = wrongly = wrong_asked = 0
    spent = 0.0
    tops = []
    for question, wanted in originals.items():
        title, body = texts[question]
        own = ids[question]
        asked = suggesting.Question(segment(title).split(), segment(body[:4000]).split())
        begun = time.process_time()
        found = suggesting.suggest(asked, member=None, limit=3, least=0.0, besides=own)
        spent += time.process_time() - begun
        rows = {
            names[0]: search(segment(title).split(), " AND ", own),
            names[1]: search(segment(f"{title} {body}").split(), " OR ", own),
            names[2]: [one.topic.pk for one in found],
            names[3]: [one.topic.pk for one in found if one.fit >= suggesting.FITS],
        }
        for name, pks in rows.items():
            hits[name] += bool(wanted & set(pks))
        shown += bool(rows["shown"])
        tops += [(one.fit, one.topic.pk in wanted) for one in found]
    number = max(1, len(originals))
    # questions that have no original here: those nobody linked to anything
    linked = {key for pair in pairs_of(folder) for key in pair}
    for key in [key for key in texts if key not in linked][:300]:
        title, body = texts[key]
        asked = suggesting.Question(segment(title).split(), segment(body[:4000]).split())
        wrong_asked += 1
        wrongly += bool(
            suggesting.suggest(asked, member=None, limit=3, least=suggesting.FITS, besides=ids[key])
        )
    print(f"{folder.name}: {len(texts)} questions, {len(originals)} with an original")
    for name, count in hits.items():
        print(f"  hit@3 {name:24} {count / number:.3f}")
    print(
        f"  something shown: {shown / number:.2f} of those with an original, {wrongly / max(1, wrong_asked):.2f} of {wrong_asked} without"
    )
    print(f"  {1000 * spent / number:.1f} ms CPU a question")
    for least in (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5):
        right = [is_right for fit, is_right in tops if fit >= least]
        print(f"  fit >= {least:.2f}: {len(right)} shown, {sum(right)} of them the original")


def main() -> None:
    for name in sys.argv[1:]:
        with tempfile.TemporaryDirectory() as home:
            child = os.fork()
            if child:
                os.waitpid(child, 0)
                continue
            os.environ |= {
                "HARKEN_HOME": home,
                "HARKEN_DEMO": "0",
                "DJANGO_SETTINGS_MODULE": "harken.config.settings",
            }
            django.setup()
            from django.core.management import call_command

            call_command("migrate", verbosity=0)
            measure(Path(name))
            sys.stdout.flush()
            os._exit(0)


if __name__ == "__main__":
    main()
