"""`harken connect`: only the connectors that read the networks."""

from __future__ import annotations

import typer

from .work import run_without_pages

app = typer.Typer()


@app.command()
def connect() -> None:
    """Read the channels that are polled or streamed, each by one process at a time, whoever else runs
    this."""
    run_without_pages("connect", "Connectors run.", has_readers=True)
