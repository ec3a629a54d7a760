"""Kept pages of two processes on one database: what a third one posts is soon on both."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.cli.running import Running, environment, run_python
from tests.homes import make_ready

SHOWN_WITHIN = 1.0  # seconds from the commit until nobody is given the page as it was


POSTING = """
import time
from harken.accounts.models import Brand, User
from harken.community.actions.joining import join
from harken.community.actions.spaces import keep_space
from harken.community.actions.writing import open_topic
from harken.community.models import Space
user = User.objects.get_or_create(email="noor@travel.example", defaults={"name": "Noor"})[0]
brand = Brand.objects.get_or_create(slug="larkspur", defaults={"name": "Larkspur"})[0]
space = Space.objects.first() or keep_space(Space(name="Baggage", brand=brand), by=None)
member = join(user)
for title in TITLES:
    time.sleep(1.5)
    open_topic(space, by=member, title=title, text="In which hold?")
    print(time.time())
"""


@contextmanager
def web_processes(folder: Any, number: int, **more: str) -> Iterator[list[Running]]:
    from harken.bench.serving import free_port

    env = environment(folder / "home", **more)
    if not more:  # a file of its own, else a database that somebody has made ready
        make_ready(folder / "home")
    found = []
    try:
        for n in range(number):
            found.append(
                Running("web", env={**env, "HARKEN_PORT": str(free_port())}, log=folder / f"{n}.log")
            )
        for one in found:
            one.wait_until(one.is_healthy)
        yield found
    finally:
        for one in found:
            one.kill()


def check_two_processes(processes: list[Running]) -> None:
    """What a third process posts is on the kept pages of both within a second of its commit: the middle of three, as
    other work on the machine may hold up any one."""
    env = processes[0].env
    titles = ["First of all", "Second of all", "Third of all"]
    run_python(POSTING.replace("TITLES", "['Before']"), env)
    seen: dict[tuple[str, str], float] = {}
    is_over = threading.Event()

    def read(process: Running) -> None:
        with httpx.Client(timeout=30) as client:  # what is too late is measured below
            while not is_over.is_set():
                text = client.get(process.url + "/community/").text
                for title in titles:
                    if title in text:
                        seen.setdefault((process.url, title), time.time())
                time.sleep(0.02)

    readers = [threading.Thread(target=read, args=(process,)) for process in processes]
    for reader in readers:
        reader.start()
    try:
        posted = [float(line) for line in run_python(POSTING.replace("TITLES", repr(titles)), env).split()]
        end = time.monotonic() + 20
        while len(seen) < len(processes) * len(titles) and time.monotonic() < end:
            time.sleep(0.05)
    finally:
        is_over.set()
        for reader in readers:
            reader.join()
    took = [
        max(seen[process.url, title] for process in processes) - at
        for title, at in zip(titles, posted, strict=True)
    ]
    assert sorted(took)[1] < SHOWN_WITHIN, took


def test_two_processes_on_sqlite(tmp_path):
    with web_processes(tmp_path, 2) as processes:
        check_two_processes(processes)


def test_two_processes_on_postgresql(tmp_path, ready_postgres_url):
    with web_processes(tmp_path, 2, HARKEN_DATABASE_URL=ready_postgres_url) as processes:
        check_two_processes(processes)
