"""`harken createagent`: make a sign-in."""

from __future__ import annotations

import secrets

import typer

from .start import fail, start_django

app = typer.Typer()


@app.command()
def createagent(
    email: str,
    name: str = typer.Option("", help="As customers and colleagues see it."),
    role: str = typer.Option("agent", help="agent, lead or admin."),
    password: str = typer.Option("", help="Empty: one is made and shown once."),
) -> None:
    """Make a sign-in for an agent, lead or admin; for a known address: a new password and role."""
    start_django()
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from harken.team.actions import create_agent

    if role not in ("agent", "lead", "admin"):
        fail(f"{role!r} is no role.", what_to_do="Choose agent, lead or admin.")
    made = not password
    password = password or secrets.token_urlsafe(12)
    try:
        validate_password(password)
    except ValidationError as wrong:
        fail(" ".join(wrong.messages))
    create_agent(
        email=email,
        name=name or email.partition("@")[0].replace(".", " ").title(),
        role=role,
        password=password,
    )
    typer.echo(f"{email} can sign in as {role}.")
    if made:
        typer.echo(f"Password, shown only now: {password}")
