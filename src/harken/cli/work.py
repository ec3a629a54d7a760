"""`harken work`: only the workers."""

from __future__ import annotations

import typer

app = typer.Typer()


@app.command()
def work() -> None:
    """File what came in, send what goes out, keep clocks: as many of these as wanted, on any machine."""
    run_without_pages("work", "Workers run.", has_lanes=True)


def run_without_pages(
    kind: str, sentence: str, *, has_lanes: bool = False, has_readers: bool = False
) -> None:
    """Run a process that serves nothing, until a signal."""
    from .life import Life, Signals, be_modest, live_until_stopped
    from .start import start_django
    from .up import check_database

    be_modest()
    signals = Signals()
    start_django(is_database_needed=False)
    check_database()
    life = Life(kind, has_lanes=has_lanes, has_readers=has_readers)
    typer.echo(f"{sentence} Ctrl-C stops them.")
    live_until_stopped(life, signals)
