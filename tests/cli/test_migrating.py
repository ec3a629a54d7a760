"""The database of a first start, of an earlier version's install, and of one that stopped half way."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.running import environment, run_harken, run_python
from tests.homes import make_ready


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def ask(home: Path, statement: str, *values: str) -> list[tuple[str, ...]]:
    """Say a statement to the install's database."""
    with closing(sqlite3.connect(home / "harken.sqlite3")) as database, database:
        return database.execute(statement, values).fetchall()


def schema(home: Path) -> list[tuple[str, ...]]:
    return ask(home, "SELECT name, sql FROM sqlite_master ORDER BY name")


def forget_todays_names(home: Path) -> None:
    """As it stands in an install that took the earlier steps one by one."""
    ask(home, "DELETE FROM django_migrations WHERE name = '0001_schema'")


def test_a_first_database_is_there_whole_or_not_at_all(home):
    env = environment(home)
    killed = """
import os
from django.db import connection
from django.db.models.signals import post_migrate
from harken.config.migrating import migrate_database
def look_and_die(**_):
    print(len(connection.introspection.table_names()), flush=True)
    os._exit(0)
post_migrate.connect(look_and_die)
migrate_database()
"""
    assert int(run_python(killed, env)) > 90
    assert schema(home) == []
    done = run_harken("migrate", env=env)
    assert done.returncode == 0, done.stderr
    assert len(schema(home)) > 300
    assert ask(home, "PRAGMA foreign_key_check") == []


def test_an_install_of_the_earlier_steps_goes_on_and_knows_todays_names(home):
    env = environment(home)
    make_ready(home)
    forget_todays_names(home)
    before = schema(home)
    done = run_harken("migrate", env=env)
    assert (done.returncode, done.stdout) == (0, "The database is up to date.\n")
    assert schema(home) == before
    packages = {"accounts", "base", "channels", "clocks", "community", "federation", "guests", "inbox"}
    packages |= {"knowledge", "people", "team", "travel", "web"}
    assert {
        app for (app,) in ask(home, "SELECT app FROM django_migrations WHERE name = '0001_schema'")
    } == packages


def test_one_that_stopped_half_way_is_left_as_it_is_and_told_what_to_do(home):
    env = environment(home)
    make_ready(home)
    forget_todays_names(home)
    ask(home, "DELETE FROM django_migrations WHERE app = 'travel' AND name > '0004'")
    before = schema(home)
    for words in (["migrate"], ["web"], ["up"]):
        done = run_harken(*words, env=env)
        assert done.returncode == 1
        assert "stopped half way" in done.stderr
        assert "it lacks 2 of travel." in done.stderr
        assert "Run `harken migrate` of the last version that has them" in done.stderr
        assert "Traceback" not in done.stderr
    assert schema(home) == before
    found = {
        one["name"]: one for one in json.loads(run_harken("doctor", "--json", env=env).stdout)["findings"]
    }
    assert found["migrations"]["level"] == "wrong"
    assert "harken migrate" in found["migrations"]["what_to_do"]


def test_a_backup_that_stopped_half_way_comes_back_as_it_was_and_sends_nothing(home, tmp_path):
    env = environment(home)
    make_ready(home)
    forget_todays_names(home)
    ask(home, "DELETE FROM django_migrations WHERE app = 'web'")
    assert run_harken("backup", str(tmp_path / "kept.tar"), env=env).returncode == 0
    other = environment(tmp_path / "other")
    done = run_harken("restore", str(tmp_path / "kept.tar"), env=other)
    assert done.returncode == 1
    assert "it lacks 1 of web. It is restored as it was." in done.stderr
    assert ask(tmp_path / "other", "SELECT is_on FROM base_switch WHERE name = 'sending_stopped'") == [(1,)]
    assert schema(tmp_path / "other") == schema(home)


def test_tables_made_together_are_taken_back_together(home):
    env = environment(home)
    make_ready(home)
    before = schema(home)
    migrate = "from django.core.management import call_command; call_command('migrate', {}verbosity=0)"
    run_python(migrate.format("'guests', 'zero', "), env)
    assert {name for name, _ in schema(home) if name.startswith("guests_")} == set()
    run_python(migrate.format(""), env)
    assert schema(home) == before
