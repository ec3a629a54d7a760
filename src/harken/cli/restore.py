"""`harken restore`: read a backup back."""

from __future__ import annotations

from pathlib import Path

import typer

from .start import fail, start_django

app = typer.Typer()


@app.command()
def restore(
    file: Path = typer.Argument(..., help="What `harken backup` wrote."),
    force: bool = typer.Option(False, help="Replace the data that is here."),
) -> None:
    """Read a backup back into this HARKEN_HOME. Stop Harken first. Nothing is sent until you say so."""
    start_django(is_database_needed=False)
    from harken.config.backups import BackupFailed, read_backup

    if not file.is_file():
        fail(f"{file} is not there.")
    try:
        manifest = read_backup(file, is_forced=force)
    except BackupFailed as why:
        fail(str(why))
    typer.echo(f"Restored what was backed up at {manifest['made_at']}.")
    typer.echo("All sending is stopped. Look at the queues, then open the gate: harken channels --sending on")
