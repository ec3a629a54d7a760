"""`harken import`: read an archive."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from .start import fail, print_json, start_django

app = typer.Typer()


@app.command()
def import_archive(
    file: Path = typer.Argument(..., help="The archive; .gz is unpacked on the way (not for mbox)."),
    format: str = typer.Option(..., help="twcs, jsonl, csv or mbox."),
    brand: str = typer.Option(
        "", help="Where the file names brands: only this one. Otherwise the brand to file everything under."
    ),
    own: str = typer.Option("", help="For mbox: our own addresses, with commas."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Read an archive into the inbox. Safe to stop and to run again. Nothing is sent; no live clock starts."""
    start_django()
    from django.conf import settings

    from harken.connectors.archive.readers import READERS
    from harken.inbox.importing import import_lines

    if format not in READERS:
        fail(f"There is no format {format!r}.", what_to_do="Choose one of: " + ", ".join(READERS) + ".")
    if not file.is_file():
        fail(f"{file} is not there.")
    lines: Iterator[Any] = READERS[format](file)
    if own:
        lines = _marked(lines, {address.strip().casefold() for address in own.split(",")})
    under = brand
    if brand and any(
        getattr(line, "brand", "").casefold() == brand.casefold() for line in READERS[format](file)
    ):
        lines = (line for line in lines if getattr(line, "brand", brand).casefold() == brand.casefold())
        under = ""
    aside = settings.HOME / "imports" / (re.sub(r"[^\w.-]", "_", file.name) + ".rejected.jsonl")
    aside.parent.mkdir(parents=True, exist_ok=True)
    with open(aside, "w", encoding="utf-8") as out:

        def keep_bad(line: int, reason: str, text: str) -> None:
            out.write(json.dumps({"line": line, "reason": reason, "text": text}, ensure_ascii=False) + "\n")

        if as_json:
            done = import_lines(lines, source=format, brand=under, keep_bad=keep_bad)
        else:
            done = _with_progress(lines, format, under, keep_bad)
    if not done.rejected:
        aside.unlink()
    if as_json:
        print_json({**done.as_json(), "kept_aside": str(aside) if done.rejected else ""})
        return
    typer.echo(
        f"Read {done.read:,}: {done.accepted:,} new, {done.duplicates:,} known, {done.rejected:,} not readable."
    )
    for number, reason in done.bad[:10]:
        typer.echo(f"  line {number}: {reason}")
    if done.rejected:
        typer.echo(f"All lines that could not be read are in {aside}.")


def _with_progress(lines: Iterator[Any], source: str, brand: str, keep_bad: Any) -> Any:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from harken.inbox.importing import import_lines

    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()) as bar:
        task = bar.add_task("Reading…", total=None)
        return import_lines(
            lines,
            source=source,
            brand=brand,
            keep_bad=keep_bad,
            progress=lambda so_far: bar.update(
                task,
                description=f"{so_far.read:,} read, {so_far.accepted:,} new, {so_far.rejected:,} not readable",
            ),
        )


def _marked(lines: Iterator[Any], own: set[str]) -> Iterator[Any]:
    for line in lines:
        if hasattr(line, "read"):
            line.read["us"] = line.read["author"] in own
        yield line
