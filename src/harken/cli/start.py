"""What commands share: Django made ready, and output for people or for programs."""

from __future__ import annotations

import gc
import json
import os
from typing import Any, NoReturn

import typer


def start_django(*, is_database_needed: bool = True) -> None:
    """Read the settings and load the product; a wrong setting ends the command with its id. A database that is
    still empty is made; one of an earlier version is left to `harken migrate`."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harken.config.settings")
    import django  # only commands that need the product pay for it

    # what is loaded now stays: looking through it for what is unused, again and again, is an eighth of every start
    gc.disable()
    try:
        django.setup()
    finally:
        gc.enable()
    if is_database_needed:
        _make_first_database()


def _make_first_database() -> None:
    from django.db import OperationalError, connection

    try:
        is_empty = "django_migrations" not in connection.introspection.table_names()
    except OperationalError as problem:
        fail(f"The database cannot be reached: {problem}", what_to_do="Check HARKEN_DATABASE_URL.")
    if is_empty:
        bring_to_this_version()


def bring_to_this_version() -> int:
    """Run the steps that the database lacks; returns how many. One that can't be brought here ends the command."""
    from harken.config.migrating import StoppedHalfWay, migrate_database

    try:
        return migrate_database()
    except StoppedHalfWay as problem:
        fail(str(problem), what_to_do=problem.what_to_do)


def print_json(value: Any) -> None:
    """One JSON document on standard output, nothing else."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def fail(sentence: str, *, what_to_do: str = "") -> NoReturn:
    """End the command with status 1, saying what is wrong and what to do."""
    typer.echo(f"{sentence} {what_to_do}".strip(), err=True)
    raise typer.Exit(1)
