"""What commands share: Django made ready, and output for people or for programs."""

from __future__ import annotations

import json
import os
from typing import Any, NoReturn

import typer


def start_django() -> None:
    """Read the settings and load the product; a wrong setting ends the command with its id."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "harken.config.settings")
    import django  # only commands that need the product pay for it

    django.setup()


def print_json(value: Any) -> None:
    """One JSON document on standard output, nothing else."""
    typer.echo(json.dumps(value, ensure_ascii=False, default=str))


def fail(sentence: str, *, what_to_do: str = "") -> NoReturn:
    """End the command with status 1, saying what is wrong and what to do."""
    typer.echo(f"{sentence} {what_to_do}".strip(), err=True)
    raise typer.Exit(1)
