"""`harken doctor`: what is wrong and what to do."""

from __future__ import annotations

from dataclasses import asdict

import typer

from .start import print_json, start_django

app = typer.Typer()


@app.command()
def doctor(as_json: bool = typer.Option(False, "--json", help="For programs.")) -> None:
    """Look at everything. Ends with status 1 if something is wrong."""
    start_django(is_database_needed=False)
    from harken.config.diagnosis import diagnose

    found = diagnose()
    if as_json:
        print_json({"findings": [asdict(finding) for finding in found]})
    else:
        marks = {"fine": "ok  ", "hint": "note", "wrong": "BAD "}
        for finding in found:
            typer.echo(f"{marks[finding.level]}  {finding.name}: {finding.sentence}")
            if finding.what_to_do:
                typer.echo(f"      → {finding.what_to_do}")
    if any(finding.level == "wrong" for finding in found):
        raise typer.Exit(1)
