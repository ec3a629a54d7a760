"""What a first start does before anything runs: the database, the demo company or a first admin, and the
greeting."""

from __future__ import annotations

import os
import secrets
import time
from pathlib import Path

import typer

SIGN_IN_FILE = "first-sign-in.txt"
ADMIN = "admin@localhost.example"


def prepare() -> None:
    """Bring the database to this version; on an empty install make somebody who can sign in.

    Tells what it does, since the first start may take a while.
    """
    from django.conf import settings

    from .start import bring_to_this_version

    started = time.monotonic()
    if bring_to_this_version():
        typer.echo(f"The database is ready ({time.monotonic() - started:.1f} s).")
    take_up_what_a_kill_left()
    from harken.team.models import Agent

    if not Agent.objects.exists():
        keep_sign_ins(settings.HOME, load_demo_company() if settings.ENV.demo else make_admin())


def take_up_what_a_kill_left() -> None:
    """After a kill of the only worker nobody can still be sending: what it had in hand is settled at once."""
    from harken.base.heartbeats import bury_dead
    from harken.channels.dispatching import settle_after_restart

    others = [name for name in bury_dead() if name.rpartition(":")[2] in ("up", "work")]
    if not others and (left := settle_after_restart()):
        typer.echo(f"{left} reply(s) were in hand when Harken was killed: queued again, or shown as unknown.")


def load_demo_company() -> list[tuple[str, str]]:
    """The demo company, with a bar for who waits; returns its sign-ins, the admin's first."""
    from harken.demo.loading import load_demo

    from .demo import progress_bar

    with progress_bar() as progress:
        loaded = load_demo(progress=progress)
    typer.echo(
        f"The demo company is there: {loaded.conversations:,} conversations, {loaded.messages:,} messages. "
        "`harken demo remove` takes it away."
    )
    return [(one.email, one.password) for one in sorted(loaded.sign_ins, key=lambda one: one.role != "admin")]


def make_admin() -> list[tuple[str, str]]:
    """An admin who can sign in."""
    from harken.team.actions import create_agent

    password = secrets.token_urlsafe(12)
    create_agent(email=ADMIN, name="Admin", role="admin", password=password)
    return [(ADMIN, password)]


def keep_sign_ins(home: Path, sign_ins: list[tuple[str, str]]) -> None:
    """Write the first sign-ins where only the operator reads them, each with the password as its row has
    it."""
    from harken.accounts.models import User

    stored = dict(User.objects.values_list("email", "password"))
    path = home / SIGN_IN_FILE
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
        for email, password in sign_ins:
            out.write(f"{email}\t{password}\t{stored.get(email, '')}\n")


def first_sign_ins(home: Path) -> list[tuple[str, str]]:
    """Address and password of the first sign-ins that still work; when none does, the file goes."""
    from harken.accounts.models import User

    path = home / SIGN_IN_FILE
    try:
        lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []
    # compared as stored: hashing a password again would cost half a second of every start
    stored = dict(User.objects.filter(is_active=True).values_list("email", "password"))
    works = [(line[0], line[1]) for line in lines if len(line) == 3 and stored.get(line[0]) == line[2]]
    if not works:
        path.unlink(missing_ok=True)
    return works


def greet(kind: str) -> None:
    """Print where Harken is, how to sign in, and how to end it."""
    from django.conf import settings

    import harken

    typer.echo(f"Harken {harken.__version__} is at {settings.PUBLIC_URL}")
    if kind == "up":
        for email, password in first_sign_ins(settings.HOME):
            typer.echo(f"Sign in as {email} with the password {password}")
    typer.echo("Ctrl-C stops it.")
