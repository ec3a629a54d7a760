"""`harken web`: only the pages, doors and live updates."""

from __future__ import annotations

import typer

from .up import HOST, PORT, serve_pages

app = typer.Typer()


@app.command()
def web(host: str = HOST, port: int = PORT) -> None:
    """Serve pages, doors and live updates; `harken work` and `harken connect` do the rest, here or
    elsewhere."""
    serve_pages("web", host=host, port=port, is_whole=False)
