"""`harken drill`: break things on purpose, in a home of its own, and count what is lost."""

from __future__ import annotations

import os

import typer

from .start import fail, print_json

app = typer.Typer()


@app.command()
def drill(
    name: str = typer.Argument("crash", help="crash: kill -9 while taking in and sending."),
    kills: int = typer.Option(
        0, help="So many kills at random moments; 0: each named point and statement once."
    ),
    database: str = typer.Option("sqlite", help="sqlite or postgres."),
    postgres: str = typer.Option("", help="Server for a throw-away database; default: HARKEN_TEST_POSTGRES."),
    seed: int = typer.Option(1, help="The same seed makes the same kills."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Ends with status 1 if anything was lost, stored twice, sent twice, or hidden."""
    from harken.drills.running import DrillFailed, run_drill

    if name != "crash":
        fail(f"There is no drill {name!r}.", what_to_do="There is: crash.")
    if database not in ("sqlite", "postgres"):
        fail(f"{database!r} is no database of Harken's.", what_to_do="Choose sqlite or postgres.")
    server = (
        postgres or os.environ.get("HARKEN_TEST_POSTGRES") or "postgres://postgres@127.0.0.1:5432/postgres"
    )
    try:
        found = run_drill(
            "random" if kills else "points", database=database, kills=kills, seed=seed, postgres=server
        )
    except DrillFailed as why:
        fail(f"The drill could not run: {why}")
    if as_json:
        print_json(found)
    else:
        typer.echo(
            f"{found['kills']} kills: {found['lost']} lost, {found['stored_twice']} stored twice, "
            f"{found['sent_twice']} sent twice, {found['unknown']} unknown and shown."
        )
        for problem in found["problems"]:
            typer.echo(f"  {problem}")
    if not found["clean"]:
        raise typer.Exit(1)
