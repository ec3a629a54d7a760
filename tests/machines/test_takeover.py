"""Two machines that read the networks: the one that holds a channel dies, and the other reads on from its place."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from harken.base.leases import RETRY, TERM
from tests.cli.running import run_python
from tests.peers.customers import MailCustomer
from tests.peers.mail import MailServer

from .fleet import Fleet, wait_for

CONNECT = """
from harken.accounts.models import Brand
from harken.channels.actions import connect_channel
brand = Brand.objects.create(name="Fleet", slug="fleet")
print(connect_channel("email", name="fleet", brand=brand, settings=SETTINGS, secrets={"password": "PASSWORD"}).pk)
"""
FILE = """
from harken.inbox.intake.filing import file_waiting
from harken.inbox.models import Message
while file_waiting():
    pass
print(sorted(Message.objects.values_list("subject", flat=True)))
"""


@pytest.fixture
def fleet(tmp_path: Path, ready_postgres_url: str, mail_server: MailServer) -> Iterator[Fleet]:
    found = Fleet(
        tmp_path,
        database_url=ready_postgres_url,
        broker_url="",
        allow=f"{mail_server.host}:{mail_server.imap}",
    )
    yield found
    found.stop()


def connect(fleet: Fleet, server: MailServer, box: MailCustomer) -> int:
    """The box as a channel, read from now on."""
    settings = {
        "address": box.address, "user": box.user, "folder": "INBOX", "imap_host": server.host,
        "imap_port": str(server.imap), "imap_security": "none", "smtp_host": server.host,
        "smtp_port": str(server.submission), "smtp_security": "none",
    }  # fmt: skip
    code = CONNECT.replace("SETTINGS", repr(settings)).replace("PASSWORD", server.password)
    return int(run_python(code, fleet.env))


@pytest.mark.timeout(180)
def test_the_reader_of_a_channel_dies_and_another_reads_on_within_thirty_seconds(
    fleet: Fleet, mail_server: MailServer, ready_postgres_url: str
) -> None:
    box, ines = MailCustomer(mail_server, "care"), MailCustomer(mail_server)
    channel = connect(fleet, mail_server, box)
    for name in ("first", "second"):
        fleet.start(name, "connect")
    with psycopg.connect(ready_postgres_url, autocommit=True) as database:

        def rows(statement: str, *values: object) -> list[tuple[Any, ...]]:
            return database.execute(statement, values).fetchall()  # type: ignore[arg-type]

        def kept() -> int:
            return int(rows("SELECT COUNT(*) FROM channels_delivery")[0][0])

        def held() -> tuple[str, int]:
            found = rows("SELECT holder, fence FROM base_lease WHERE name = %s", f"channel:{channel}")
            return found[0] if found else ("", 0)

        wait_for(
            lambda: rows("SELECT COUNT(*) FROM base_heartbeat WHERE kind = 'connect'") == [(2,)],
            60,
            "both readers",
        )
        ines.send(box.address, "one", "Where is my bag?")
        wait_for(lambda: kept() == 1, 30, "the first mail")
        holder, fence = held()
        died = next(name for name, one in fleet.processes.items() if f":{one.process.pid}:" in holder)
        fleet.kill(died)
        began = time.monotonic()
        for subject in ("two", "three"):  # nobody reads the channel now
            ines.send(box.address, subject, "Hello? It is the blue one.")
        wait_for(lambda: kept() == 3, 30, "what was written to the dead reader's channel")
        took = time.monotonic() - began
        print(f"taken over in {took:.1f} s")
        assert took > 3, "the dead reader's lease was not waited for"
        assert took < TERM + RETRY + 5
        assert held()[0] not in ("", holder)
        assert held()[1] == fence + 1
        ines.send(
            box.address, "four", "And the black one."
        )  # the new reader waits on the line as the old one did
        wait_for(lambda: kept() == 4, 10, "the next mail")
        assert rows("SELECT SUM(copies) FROM channels_delivery") == [(0,)], "something was read twice"
    assert run_python(FILE, fleet.env) == "['four', 'one', 'three', 'two']"
