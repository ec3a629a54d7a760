"""`ingest`: signed calls → proven, kept, filed, judged, clocked, ranked, searchable; beside SQLite alone."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from itertools import islice
from statistics import median

from django.conf import settings
from django.db import connection

from harken.inbox.search import matching_sql

from .corpus import Said, messages
from .cpu import own_ms
from .installing import BATCH, Install, make_install, take_in
from .limits import SqliteLimit, stored_counts
from .outcome import Outcome


def measure(name: str, size: int, rounds: int) -> Outcome:
    """Take in `size` messages in `rounds` parts, Harken and SQLite alone in turns; CPU ms a message."""
    found = Outcome(name, size)
    install = make_install(size)
    limit = SqliteLimit(settings.HOME / "limit.sqlite3")
    corpus = list(messages(size))
    step = -(-size // max(1, rounds))
    source = iter(corpus)
    _warm_up(install)
    limit.last = _newest_message()
    before = stored_counts()
    while part := list(islice(source, step)):
        found.ours.append(_ours(install, part))
        rows = limit.rows_since()
        gc.collect()
        began = own_ms()
        limit.keep(rows, batch=BATCH)
        found.limit.append((own_ms() - began) / len(part))
    _check(found, install, corpus, before, limit)
    found.more |= {
        "messages_a_cpu_second": round(1000 / median(found.ours)),
        "first_part_cpu_ms": round(found.ours[0], 4),
        "last_part_cpu_ms": round(found.ours[-1], 4),
        "batch": BATCH,
    }
    return found


def _warm_up(install: Install) -> None:
    """A hundred messages of another corpus, so that no round pays for loading code and words."""
    warm = [
        Said(
            -1 - said.number,
            said.channel,
            -1 - said.thread,
            -1 - said.person,
            said.text.replace("LK", "WU"),
            "",
        )
        for said in messages(100, seed=2)
    ]
    take_in([install.signed(said) for said in warm])


def _ours(install: Install, part: Sequence[Said]) -> float:
    spent = 0.0
    gc.collect()
    for start in range(0, len(part), BATCH):
        calls = [install.signed(said) for said in part[start : start + BATCH]]
        began = own_ms()
        take_in(calls)
        spent += own_ms() - began
    return spent / len(part)


def _newest_message() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(MAX(id), 0) FROM inbox_message")
        return int(cursor.fetchone()[0])


def _check(
    found: Outcome, install: Install, corpus: Sequence[Said], before: dict[str, int], limit: SqliteLimit
) -> None:
    """Every message filed once, in its conversation, found by its words, its clock running; a copy changes nothing."""
    take_in([install.signed(said) for said in corpus[:BATCH]])
    after = stored_counts()
    new = {name: after[name] - before[name] for name in after}
    kept = limit.counts()
    found.check(new["message"] == len(corpus), f"{new['message']} messages of {len(corpus)}")
    found.check(new["delivery"] == len(corpus), f"{new['delivery']} deliveries of {len(corpus)}")
    threads = len({(said.channel, said.thread) for said in corpus})
    found.check(new["conversation"] == threads, f"{new['conversation']} conversations of {threads}")
    persons = len({said.person for said in corpus})
    found.check(new["person"] == persons, f"{new['person']} persons of {persons}")
    found.check(kept == new, f"the limit kept other rows: {kept} instead of {new}")
    expected = {
        f"m{said.number}": (install.channels[said.channel].pk, f"t{said.thread}", f"person-{said.person}")
        for said in corpus
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.external_id, m.channel_id, c.thread_key, h.key FROM inbox_message m "
            "JOIN inbox_conversation c ON c.id = m.conversation_id JOIN people_handle h ON h.id = c.handle_id"
        )
        wrong = sum(
            1 for name, *rest in cursor.fetchall() if name in expected and tuple(rest) != expected[name]
        )
        found.check(not wrong, f"{wrong} messages are in another conversation")
        cursor.execute("SELECT COUNT(*) FROM channels_delivery WHERE state NOT IN ('shown', 'duplicate')")
        found.check(cursor.fetchone()[0] == 0, "not every delivery came to its fate")
        cursor.execute("SELECT COUNT(*) FROM channels_delivery WHERE copies > 0")
        copies = cursor.fetchone()[0]
        found.check(copies == min(BATCH, len(corpus)), f"{copies} copies were counted")
        cursor.execute(
            "SELECT COUNT(*), COUNT(k.id), SUM(CASE WHEN k.state = 'running' AND k.started_at = c.waiting_since "
            "THEN 1 ELSE 0 END) FROM inbox_conversation c LEFT JOIN clocks_clock k ON k.id = c.clock_id "
            "WHERE c.needs_answer"
        )
        waiting, with_clock, right = cursor.fetchone()
        found.check(
            waiting == with_clock == right,
            f"{waiting} wait, {with_clock} have a clock, {right} the right one",
        )
        found.check(waiting > 0, "nobody waits")
        for said in [said for said in corpus if said.mark][:: max(1, len(corpus) // 2000)]:
            matching = matching_sql(said.mark)
            if matching is None:
                found.check(False, f"{said.mark} is no search")
                continue
            text, values = matching
            cursor.execute(f"SELECT external_id FROM inbox_message WHERE id IN ({text})", values)  # noqa: S608 - ours
            hits = [row[0] for row in cursor.fetchall()]
            found.check(hits == [f"m{said.number}"], f"{said.mark} finds {hits}")
