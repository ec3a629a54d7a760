"""`harken up` as a person runs it: made ready, quick to come back, gone at Ctrl-C, alive after a kill."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.peers.places import free_ports
from tests.web.front.listening import Ear

from .running import Running, environment, run_harken, run_python


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An install that was started once."""
    found = tmp_path_factory.mktemp("home")
    with free_ports(1) as (port,):
        env = environment(found, HARKEN_PORT=str(port))
        first = Running("up", env=env, log=found / "first.log")
        try:
            first.wait_until(first.is_healthy)
            first.wait_until(lambda: "Ctrl-C" in first.said())
            first.signal()
            assert first.ended()[0] == 0
        finally:
            first.kill()
    return found


@pytest.fixture
def up(home: Path, tmp_path: Path) -> Iterator[Running]:
    with free_ports(1) as (port,):
        found = Running("up", env=environment(home, HARKEN_PORT=str(port)), log=tmp_path / "up.log")
        try:
            found.wait_until(found.is_healthy)
            yield found
            if found.process.poll() is None:
                found.signal(signal.SIGTERM)
                found.ended()
        finally:
            found.kill()


def sign_in_key(env: dict[str, str]) -> str:
    return run_python(
        "from harken.team.models import Agent\n"
        "from tests.web.front.listening import sign_in\n"
        "print(sign_in(Agent.objects.get()))",
        env,
    )


def test_the_first_start_makes_ready_and_says_how_to_sign_in(home: Path) -> None:
    said = (home / "first.log").read_text()
    assert "The database is ready" in said
    assert "Harken 0." in said
    assert "Sign in as admin@localhost.example with the password " in said
    assert "Traceback" not in said
    kept = home / "first-sign-in.txt"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert (home / "secrets.json").stat().st_mode & 0o077 == 0


def test_one_can_sign_in_as_it_says(up: Running, home: Path) -> None:
    email, password = (home / "first-sign-in.txt").read_text().split("\t")[:2]
    assert f"Sign in as {email} with the password {password}" in up.said()
    with httpx.Client(base_url=up.url, timeout=20) as client:
        page = client.get("/sign-in/")
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        fields = {"csrfmiddlewaretoken": token, "username": email, "password": password}
        assert client.post("/sign-in/", data=fields).status_code == 302


def test_a_later_start_makes_nothing_anew(up: Running) -> None:
    assert "The database is ready" not in up.said()
    found = httpx.get(up.url + "/healthz").json()
    assert found["workers"]["alive"] == 1
    assert found["warnings"] == []


def test_at_rest_it_is_small_and_has_loaded_no_broker(up: Running) -> None:
    for _ in range(3):
        httpx.get(up.url + "/sign-in/")
    assert up.memory_kib() <= 120 * 1024
    loaded = Path(f"/proc/{up.process.pid}/maps").read_text()
    assert "numpy" not in loaded
    assert "psycopg" not in loaded
    modules = run_python(
        "import sys; from harken.cli.life import Life; from harken.web.front.app import build; "
        "Life('up', has_lanes=True, has_readers=True); build(); "
        "print([m for m in ('celery', 'kombu', 'redis', 'psycopg', 'numpy') if m in sys.modules])",
        up.env,
    )
    assert modules == "[]"


def test_ctrl_c_ends_it_within_three_seconds_whatever_is_open(up: Running) -> None:
    ear = Ear(int(up.env["HARKEN_PORT"]), sign_in_key(up.env))
    assert ear.event()[0] == "hello"
    with httpx.Client() as idle:
        idle.get(up.url + "/healthz")
        up.signal(signal.SIGINT)
        status, seconds = up.ended()
    assert status == 0
    assert seconds < 3
    assert ear.event() == ("bye", {})
    assert "Traceback" not in up.said()
    with sqlite3.connect(Path(up.env["HARKEN_HOME"]) / "harken.sqlite3") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        mine = database.execute(
            "SELECT COUNT(*) FROM base_heartbeat WHERE process LIKE ?", [f"%:{up.process.pid}:%"]
        )
        assert mine.fetchone() == (0,)


def test_sigterm_is_as_good_and_a_second_ctrl_c_ends_it_at_once(up: Running, home: Path) -> None:
    up.signal(signal.SIGTERM)
    up.signal(signal.SIGINT)
    status, seconds = up.ended()
    assert status in (0, 130)  # 0 when it was through before the second one came
    assert seconds < 3


def test_a_kill_leaves_nothing_that_the_next_start_minds(home: Path, tmp_path: Path) -> None:
    with free_ports(1) as (port,):
        env = environment(home, HARKEN_PORT=str(port))
        killed = Running("up", env=env, log=tmp_path / "killed.log")
        killed.wait_until(killed.is_healthy)
        killed.kill()
        again = Running("up", env=env, log=tmp_path / "again.log")
        try:
            again.wait_until(again.is_healthy)
            found = httpx.get(again.url + "/healthz").json()
            assert found["workers"]["alive"] >= 1
        finally:
            again.kill()


def test_a_port_that_is_taken_is_told_with_what_to_do(up: Running, home: Path) -> None:
    second = run_harken("up", env=up.env)
    assert second.returncode == 1
    assert "Is Harken running already? Another port: HARKEN_PORT=8001." in second.stderr
    assert "Traceback" not in second.stderr


def test_a_wrong_setting_is_told_with_its_id(home: Path) -> None:
    wrong = run_harken("up", env=environment(home, HARKEN_TIME_ZONE="Mars/Olympus"))
    assert wrong.returncode == 2
    assert "harken.E.time_zone" in wrong.stderr


@pytest.mark.parametrize("kind", ["web", "work", "connect"])
def test_apart_they_want_a_database_that_is_ready(kind: str, tmp_path: Path) -> None:
    with free_ports(1) as (port,):
        done = run_harken(kind, env=environment(tmp_path, HARKEN_PORT=str(port)))
    assert done.returncode == 1
    assert "harken migrate" in done.stderr


def test_two_processes_on_one_sqlite_file_hear_of_each_other_s_changes(home: Path, tmp_path: Path) -> None:
    with free_ports(1) as (port,):
        env = environment(home, HARKEN_PORT=str(port))
        web = Running("web", env=env, log=tmp_path / "web.log")
        work = Running("work", env=env, log=tmp_path / "work.log")
        try:
            web.wait_until(web.is_healthy)
            web.wait_until(lambda: httpx.get(web.url + "/healthz").json()["workers"]["alive"] == 1)
            ear = Ear(port, sign_in_key(env))
            assert ear.event()[0] == "hello"
            told = run_python(
                "import time\n"
                "from django.db import transaction\n"
                "from harken.base import journal\n"
                "from harken.inbox.events import ConversationClosed\n"
                "with transaction.atomic():\n"
                "    journal.record(ConversationClosed(subject_id=41, version=2, was_answered=True))\n"
                "print(json.dumps(time.time()))".replace("import time", "import json, time"),
                env,
            )
            assert ear.changes(1) == [["conversation", 41, 2]]
            assert time.time() - json.loads(told) < 5
            ear.close()
            for process in (work, web):
                process.signal(signal.SIGTERM)
                status, seconds = process.ended()
                assert (status, seconds < 3) == (0, True)
        finally:
            work.kill()
            web.kill()


def test_two_web_processes_on_postgresql_hear_of_each_other_s_changes(
    ready_postgres_url: str, tmp_path: Path
) -> None:
    with free_ports(2) as ports:
        envs = [
            environment(tmp_path / "home", HARKEN_PORT=str(port), HARKEN_DATABASE_URL=ready_postgres_url)
            for port in ports
        ]
        key = run_python(
            "from tests.web.front.listening import make_agent, sign_in\n"
            "print(sign_in(make_agent('ana', 'admin')))",
            envs[0],
        )
        webs = [Running("web", env=env, log=tmp_path / f"web{n}.log") for n, env in enumerate(envs)]
        try:
            for web in webs:
                web.wait_until(web.is_healthy)
            ears = [Ear(port, key) for port in ports]
            for ear in ears:
                assert ear.event()[0] == "hello"
            # one signs out at the first: both streams of that session end, the other process's as well
            with httpx.Client(base_url=webs[0].url, cookies={"harken_session": key}, timeout=20) as client:
                token = client.get("/desk/").text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
                answer = client.post("/sign-out/", data={"csrfmiddlewaretoken": token})
                assert answer.status_code == 302, answer.text
            for ear in ears:
                assert ear.event() == ("ended", {})
        finally:
            for web in webs:
                web.kill()
