"""The command as operators and programs call it: a real process, its output, its status."""

from __future__ import annotations

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from harken.cli.main import COMMANDS
from tests.homes import make_ready

HARKEN = str(Path(sys.executable).parent / "harken")


@pytest.fixture
def harken(tmp_path):
    """Run `harken …` in a home of its own."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HARKEN_")}
    environment |= {"HARKEN_HOME": str(tmp_path / "home"), "HARKEN_DEMO": "0"}

    def run(
        *arguments: str, status: int = 0, home: str = "", text: str | None = None, **settings: str
    ) -> str:
        own = {**environment, **settings}
        if home:
            own["HARKEN_HOME"] = str(tmp_path / home)
        done = subprocess.run([HARKEN, *arguments], env=own, capture_output=True, text=True, input=text)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run


ARCHIVE = """id,at,author,text,us,thread,parent,brand
1,2026-03-01T10:00:00Z,ines,Where is my suitcase?,false,t1,,Larkspur Air
2,2026-03-01T10:20:00Z,larkspur,It lands at noon. - Noor,true,t1,1,Larkspur Air
3,2026-03-01T11:00:00Z,gethin,Three hours on the tarmac. Why?,false,t2,,Larkspur Air
4,not a time,gethin,Hello?,false,t2,,Larkspur Air
"""


def test_the_list_of_commands_names_each_and_a_typing_slip_is_helped(harken):
    out = harken()
    assert all(name in out for name in COMMANDS)
    assert "Did you mean `harken ledger`?" in harken("ledgr", status=2)


def test_a_wrong_setting_is_told_with_its_id_and_page(harken):
    out = harken("channels", status=2, HARKEN_TIME_ZONE="Mars/Olympus", HARKEN_PORT="99999")
    assert "harken.E.time_zone" in out
    assert "harken.E.port" in out
    assert "docs/settings.md#harken_port" in out


def test_a_started_command_collects_what_is_unused(tmp_path):
    start = "from harken.cli.start import start_django; start_django(is_database_needed=False); import gc; print(gc.isenabled())"
    environment = {**os.environ, "HARKEN_HOME": str(tmp_path / "home")}
    done = subprocess.run([sys.executable, "-c", start], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr


def test_an_archive_is_imported_twice_without_a_duplicate_and_the_ledger_balances(harken, tmp_path):
    file = tmp_path / "mails.csv.gz"
    file.write_bytes(gzip.compress(ARCHIVE.encode()))
    make_ready(tmp_path / "home")
    first = json.loads(harken("import", str(file), "--format", "csv", "--json"))
    assert {k: first[k] for k in ("read", "accepted", "duplicates", "rejected")} == {
        "read": 4, "accepted": 3, "duplicates": 0, "rejected": 1,
    }  # fmt: skip
    aside = [json.loads(line) for line in Path(first["kept_aside"]).read_text().splitlines()]
    assert [(bad["line"], "not a time" in bad["text"]) for bad in aside] == [(5, True)]
    second = json.loads(harken("import", str(file), "--format", "csv", "--json"))
    assert (second["accepted"], second["duplicates"]) == (0, 3)
    accounts = json.loads(harken("ledger", "--json"))["channels"]
    assert [(a["received"], a["shown"], a["duplicate"], a["balanced"]) for a in accounts] == [(6, 3, 3, True)]
    report = json.loads(
        harken(
            "report",
            "first-answer",
            "--brand",
            "Larkspur Air",
            "--from",
            "2026-02-01",
            "--to",
            "2026-04-01",
            "--json",
        )
    )
    assert {k: report[k] for k in ("asked", "answered_1h", "never")} == {
        "asked": 2,
        "answered_1h": 1,
        "never": 0,
    }


def test_a_community_is_read_into_an_empty_install_under_a_brand_of_its_name(harken, tmp_path):
    folder = tmp_path / "coffee"
    folder.mkdir()
    said = [
        {"id": 1, "type": "q", "at": "2015-01-27T19:31:13", "user": 5, "tags": ["tins"], "title": "Fresh?", "body": "How?"},
        {"id": 2, "type": "a", "parent": 1, "at": "2015-01-27T20:00:00", "user": 6, "body": "In a tin."},
    ]  # fmt: skip
    (folder / "posts.jsonl").write_text("".join(json.dumps(post) + "\n" for post in said))
    command = ("import", str(folder), "--format", "stackexchange", "--space", "Coffee lovers", "--json")
    first = json.loads(harken(*command))
    assert (first["read"], first["accepted"], first["rejected"]) == (2, 2, 0)
    again = json.loads(harken(*command))
    assert (again["accepted"], again["duplicates"]) == (0, 2)
    with sqlite3.connect(tmp_path / "home" / "harken.sqlite3") as database:
        assert database.execute(
            "SELECT b.name, s.name FROM community_space s JOIN accounts_brand b ON b.id = s.brand_id"
        ).fetchall() == [("Coffee lovers", "Coffee lovers")]


def test_judge_answers_a_line_for_a_line(harken):
    lines = '{"text": "Where is my suitcase? I am stranded in Porto"}\nnot json\n{"text": "Thanks!", "thread": []}\n'
    out = [json.loads(line) for line in harken("judge", "--json", text=lines).splitlines()]
    assert len(out) == 3
    assert out[0]["needs_reply"]["value"] is True
    assert out[1]["line"] == 2
    assert "error" in out[1]
    assert out[2]["needs_reply"]["value"] is False


def test_a_backup_restores_to_an_install_that_sends_nothing(harken, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text(ARCHIVE)
    make_ready(tmp_path / "home")
    harken("import", str(file), "--format", "csv")
    harken("createagent", "lead@example.org", "--role", "admin")
    harken("backup", str(tmp_path / "one.tar.gz"))
    before = harken("ledger", "--json")
    harken("restore", str(tmp_path / "one.tar.gz"), status=1)  # there is data
    assert "All sending is stopped" in harken("restore", str(tmp_path / "one.tar.gz"), home="second")
    assert harken("ledger", "--json", home="second") == before
    assert "All sending is stopped" in harken("doctor", home="second", status=1)
    harken("channels", "--sending", "on", home="second")
    assert "All sending is stopped" not in harken("doctor", home="second")


def test_doctor_says_what_to_do_before_anything_is_set_up(harken):
    out = harken("doctor", status=1)
    assert "Run: harken migrate" in out
    harken("migrate")
    assert "harken createagent" in harken("doctor", status=1)
