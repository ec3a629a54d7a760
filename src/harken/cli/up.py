"""`harken up`: everything in one process."""

from __future__ import annotations

import os

import typer

app = typer.Typer()

HOST = typer.Option("", help="Address to listen on (HARKEN_HOST).")
PORT = typer.Option(0, help="Port to listen on (HARKEN_PORT).")


@app.command()
def up(host: str = HOST, port: int = PORT) -> None:
    """Run pages, workers and connectors in one process; made ready at the first start."""
    serve_pages("up", host=host, port=port, is_whole=True)


def serve_pages(kind: str, *, host: str, port: int, is_whole: bool) -> None:
    """Serve pages until a signal; `is_whole`: with workers and connectors, and made ready before."""
    from .life import Life, Signals, be_modest, leave
    from .start import fail, start_django

    be_modest()
    if host:
        os.environ["HARKEN_HOST"] = host
    if port:
        os.environ["HARKEN_PORT"] = str(port)
    signals = Signals()
    start_django(is_database_needed=False)
    from django.conf import settings

    from harken.web.front.server import bind, server_on

    from .first_start import greet, prepare

    try:
        bound = bind(settings.ENV.host, settings.ENV.port)
    except OSError as problem:
        fail(str(problem.strerror or problem))
    if is_whole:
        prepare()
    else:
        check_database()
    from harken.web.front.app import build  # loads the pages: after the database is there

    life = Life(kind, has_lanes=is_whole, has_readers=is_whole)
    server = server_on(build(), bound)

    def end() -> None:
        server.should_exit = True
        life.ask_to_stop()

    signals.then(end)
    life.start()
    greet(kind)
    server.run(sockets=[bound])
    life.stop()
    leave()


def check_database() -> None:
    """End with what to do when the database is not at this version."""
    from harken.config.migrating import StoppedHalfWay, pending_migrations

    from .start import fail

    try:
        pending = pending_migrations()
    except StoppedHalfWay as problem:
        fail(str(problem), what_to_do=problem.what_to_do)
    if pending:
        fail(
            f"The database lacks {len(pending)} step(s) of this version, the first is {pending[0]}.",
            what_to_do="Run `harken migrate` once.",
        )
