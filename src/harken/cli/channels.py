"""`harken channels`: the connected channels and their health."""

from __future__ import annotations

import typer

from .start import fail, print_json, start_django

app = typer.Typer()


@app.command()
def channels(
    as_json: bool = typer.Option(False, "--json", help="For programs."),
    sending: str = typer.Option("", help="on or off: let everything out, or stop all sending at once."),
) -> None:
    """List the channels with their health and, where something is wrong, what to do."""
    start_django()
    if sending:
        _switch_sending(sending)
    from harken.channels.health import health_of
    from harken.channels.models import Channel

    rows = [(c, health_of(c)) for c in Channel.objects.select_related("brand").order_by("name")]
    if as_json:
        print_json(
            {
                "channels": [
                    {
                        "id": c.pk, "name": c.name, "connector": c.connector, "brand": c.brand.name, "state": c.state,
                        "health": h.state, "problem": h.sentence, "what_to_do": h.what_to_do, "arrived_at": c.arrived_at,
                    }
                    for c, h in rows
                ]
            }
        )  # fmt: skip
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("channel", "network", "brand", "health", "")
    for c, h in rows:
        table.add_row(c.name, c.connector, c.brand.name, h.state, f"{h.sentence} {h.what_to_do}".strip())
    Console().print(table)


def _switch_sending(to: str) -> None:
    from harken.base.models import Switch
    from harken.channels.dispatching import SENDING_STOPPED

    if to not in ("on", "off"):
        fail(f"{to!r} is neither on nor off.")
    Switch.objects.update_or_create(name=SENDING_STOPPED, defaults={"is_on": to == "off"})
    typer.echo("Sending is on." if to == "on" else "All sending is stopped.")
