"""`harken migrate`: bring the database to this version."""

import typer

from .start import bring_to_this_version, start_django

app = typer.Typer()


@app.command()
def migrate(quiet: bool = typer.Option(False, help="Say nothing when all is well.")) -> None:
    """Bring the database to this version. Safe to run again, and by several processes at once."""
    start_django(is_database_needed=False)
    done = bring_to_this_version()
    if not quiet:
        typer.echo(f"{done} step(s) done." if done else "The database is up to date.")
