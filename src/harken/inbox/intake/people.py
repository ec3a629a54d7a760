"""Second step of filing: who wrote. Handles and persons found or made, a whole batch in a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import connection

from harken.base import sql

from .reading import Arrived

FIND = (
    "SELECT network, key, id, person_id, name, shown FROM people_handle WHERE network = %s AND key IN ({in})"
)


def find_people(arrived: Sequence[Arrived]) -> None:
    """Set handle_id and person_id on each. A handle that is new gets a person of its own."""
    wanted: dict[tuple[str, str], Arrived] = {}
    for one in arrived:
        wanted[one.line.network, one.post.author.key] = one  # the newest name wins: posts come oldest first
    known = _known(list(wanted))
    missing = [key for key in sorted(wanted) if key not in known]
    if missing:
        _make([wanted[key] for key in missing])
        known |= _known(missing)
    for key, one in wanted.items():
        handle_id, _, name, shown = known[key]
        author = one.post.author
        if (author.name and author.name != name) or (author.handle and author.handle != shown):
            _rename(handle_id, author.name or name, author.handle or shown)
    for one in arrived:
        one.handle_id, one.person_id = known[one.line.network, one.post.author.key][:2]


def _known(keys: Sequence[tuple[str, str]]) -> dict[tuple[str, str], tuple[int, int, str, str]]:
    by_network: dict[str, list[str]] = {}
    for network, key in keys:
        by_network.setdefault(network, []).append(key)
    found = {}
    for network, names in by_network.items():
        for _, key, handle_id, person_id, name, shown in sql.select_in(FIND, names, before=[network]):
            found[network, key] = (handle_id, person_id, name, shown)
    return found


def _make(new: Sequence[Arrived]) -> None:
    now = sql.stamp(datetime.now(UTC))
    persons = sql.insert_rows(
        "people_person",
        ("name", "language", "zone", "note", "is_demo", "created_at"),
        [
            (
                (one.post.author.name or one.post.author.handle or one.post.author.key)[:200],
                one.post.language[:10],
                "",
                "",
                one.line.is_demo,
                sql.stamp(one.post.at),
            )
            for one in new
        ],
        returning=("id",),
    )
    made = sql.insert_rows(
        "people_handle",
        ("person_id", "network", "key", "shown", "name", "url", "is_bot", "created_at"),
        [
            (
                person_id,
                one.line.network,
                one.post.author.key,
                (one.post.author.handle or one.post.author.key)[:300],
                one.post.author.name[:200],
                one.post.author.url[:500],
                one.post.author.is_bot,
                now,
            )
            for one, (person_id,) in zip(new, persons, strict=True)
        ],
        tail="ON CONFLICT (network, key) DO NOTHING",
        returning=("person_id",),
    )
    if len(made) < len(
        new
    ):  # another worker made the same handle first: its person stays, ours was never used
        used = {person_id for (person_id,) in made}
        unused = [person_id for (person_id,) in persons if person_id not in used]
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM people_person WHERE id IN ({sql.placeholders(len(unused))})", unused)  # noqa: S608 - placeholders only


def _rename(handle_id: int, name: str, shown: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE people_handle SET name = %s, shown = %s WHERE id = %s",
            [name[:200], shown[:300], handle_id],
        )
