"""`harken ledger`: every delivery accounted for."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from .start import fail, print_json, start_django

app = typer.Typer()


@app.command()
def ledger(
    channel: str = typer.Option("", help="Only the channel of this name."),
    since: str = typer.Option("", help="Only what was received from this day on, e.g. 2026-03-01."),
    until: str = typer.Option("", help="Only what was received before this day."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """What became of every delivery. Ends with status 1 if a sum does not match."""
    start_django()
    from harken.channels.ledger import FATES
    from harken.channels.ledger import ledger as ledger_of
    from harken.channels.models import Channel

    channels = list(Channel.objects.order_by("name"))
    if channel:
        channels = [c for c in channels if c.name == channel]
        if not channels:
            fail(f"There is no channel {channel!r}.", what_to_do="`harken channels` lists them.")
    accounts = ledger_of(channels, since=_day(since), until=_day(until))
    if as_json:
        print_json({"channels": [account.as_json() for account in accounts]})
    else:
        from rich.console import Console
        from rich.table import Table

        table = Table("channel", "received", *FATES, "refused at door", "balanced")
        for account in accounts:
            sums = [f"{getattr(account, fate):,}" for fate in FATES]
            table.add_row(
                account.channel,
                f"{account.received:,}",
                *sums,
                f"{account.refused:,}",
                "yes" if account.is_balanced else "NO",
            )
        Console().print(table)
    if not all(account.is_balanced for account in accounts):
        raise typer.Exit(1)


def _day(text: str) -> datetime | None:
    if not text:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        fail(f"{text!r} is no day.", what_to_do="Write it as 2026-03-01.")
