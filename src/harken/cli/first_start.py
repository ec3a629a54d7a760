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

    from harken.config.migrating import migrate_database

    started = time.monotonic()
    if migrate_database():
        typer.echo(f"The database is ready ({time.monotonic() - started:.1f} s).")
    from harken.team.models import Agent

    if Agent.objects.exists():
        return
    if settings.ENV.demo and _load_demo():
        return
    password = secrets.token_urlsafe(12)
    from harken.team.actions import create_agent

    agent = create_agent(email=ADMIN, name="Admin", role="admin", password=password)
    keep_sign_in(settings.HOME, ADMIN, password, agent.user.password)


def _load_demo() -> bool:
    try:
        from harken.demo.loading import load_demo
    except ModuleNotFoundError as missing:
        if missing.name != "harken.demo.loading":
            raise
        return False
    typer.echo("Loading the demo company…")
    load_demo()
    return True


def keep_sign_in(home: Path, email: str, password: str, stored: str) -> None:
    """Write the first sign-in where only the operator reads it; `stored` is the password as the user row has
    it."""
    path = home / SIGN_IN_FILE
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
        out.write(f"{email}\n{password}\n{stored}\n")


def first_sign_in(home: Path) -> tuple[str, str] | None:
    """The address and password of the first sign-in, as long as they work; a changed password removes the
    file."""
    path = home / SIGN_IN_FILE
    try:
        email, password, stored = path.read_text(encoding="utf-8").split("\n")[:3]
    except (FileNotFoundError, ValueError):
        return None
    from harken.accounts.models import User

    user = User.objects.filter(email=email, is_active=True).first()
    # compared as stored: hashing it again would cost half a second of every start
    if user is None or user.password != stored:
        path.unlink(missing_ok=True)
        return None
    return email, password


def greet(kind: str) -> None:
    """Print where Harken is, how to sign in, and how to end it."""
    from django.conf import settings

    import harken

    typer.echo(f"Harken {harken.__version__} is at {settings.PUBLIC_URL}")
    if kind == "up" and (known := first_sign_in(settings.HOME)):
        typer.echo(f"Sign in as {known[0]} with the password {known[1]}")
    typer.echo("Ctrl-C stops it.")
