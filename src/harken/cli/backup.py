"""`harken backup`: everything in one file."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer

from .start import fail, start_django

app = typer.Typer()


@app.command()
def backup(
    file: Path | None = typer.Argument(
        None, help="Default: backups/ below HARKEN_HOME, named by the moment."
    ),
) -> None:
    """Write the database, the attachments and the secrets into one file, while Harken runs."""
    start_django()
    from django.conf import settings

    from harken.config.backups import BackupFailed, write_backup

    path = file or settings.HOME / "backups" / f"harken-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz"
    try:
        manifest = write_backup(path)
    except BackupFailed as why:
        fail(str(why))
    rows = ", ".join(f"{count:,} {table.partition('_')[2]}" for table, count in manifest["tables"].items())
    typer.echo(f"{path} ({path.stat().st_size / 1e6:.1f} MB): {rows}. The secrets are in it: keep it safe.")
