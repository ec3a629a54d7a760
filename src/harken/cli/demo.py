"""`harken demo`: load or remove the demo company, pause or resume what happens in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from .start import fail, print_json, start_django

if TYPE_CHECKING:
    from harken.demo.loading import Loaded

app = typer.Typer(no_args_is_help=True)


@app.command()
def load(as_json: bool = typer.Option(False, "--json", help="For programs.")) -> None:
    """Load the demo company: its people, and five weeks of what they said, up to this minute."""
    start_django()
    from harken.demo.loading import AlreadyLoaded, load_demo

    try:
        if as_json:
            loaded = load_demo()
        else:
            with progress_bar() as progress:
                loaded = load_demo(progress=progress)
    except AlreadyLoaded as there:
        fail(str(there))
    if as_json:
        print_json(
            {
                "conversations": loaded.conversations,
                "messages": loaded.messages,
                "sign_ins": [
                    {"role": one.role, "name": one.name, "email": one.email, "password": one.password}
                    for one in loaded.sign_ins
                ],
            }
        )
        return
    tell(loaded)


@app.command()
def remove(
    anyway: bool = typer.Option(False, help="Even if nobody could sign in as admin afterwards."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Remove the demo company with everything that belongs to it. What is real stays."""
    start_django()
    from harken.demo.removing import WouldLockOut, remove_demo

    try:
        removed = remove_demo(anyway=anyway)
    except WouldLockOut as would:
        fail(str(would), what_to_do="Or add --anyway.")
    if as_json:
        print_json(
            {
                "conversations": removed.conversations,
                "messages": removed.messages,
                "kept_brands": list(removed.kept_brands),
            }
        )
        return
    typer.echo(f"Removed {removed.conversations:,} conversations with {removed.messages:,} messages.")
    for brand in removed.kept_brands:
        typer.echo(f"{brand} stays, since a channel of yours speaks under that name.")


@app.command()
def pause() -> None:
    """Let nothing more happen in the demo until resumed; what is there stays."""
    _set(is_on=False, told="Nothing more happens in the demo until `harken demo resume`.")


@app.command()
def resume() -> None:
    """Let things happen in the demo again."""
    _set(is_on=True, told="Things happen in the demo again within a minute or two.")


def _set(*, is_on: bool, told: str) -> None:
    start_django()
    from harken.demo.trickle import set_trickle

    set_trickle(is_on=is_on)
    typer.echo(told)


@contextmanager
def progress_bar() -> Iterator[Callable[[int, int], None]]:
    """A bar on the terminal for as long as the demo is loaded."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("Loading the demo company"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        yield show


def tell(loaded: Loaded) -> None:
    """Say what was loaded and how to sign in. The passwords are shown this once."""
    typer.echo(
        f"The demo company is there: {loaded.conversations:,} conversations, {loaded.messages:,} messages."
    )
    width = max(len(one.email) for one in loaded.sign_ins)
    for one in loaded.sign_ins:
        typer.echo(f"  {one.role:<5}  {one.email:<{width}}  {one.password}  ({one.name})")
