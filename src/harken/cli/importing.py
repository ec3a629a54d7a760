"""`harken import`: read an archive."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import typer

from .start import fail, print_json, start_django

app = typer.Typer()
COMMUNITY = "stackexchange"


@app.command()
def import_archive(
    file: Path = typer.Argument(
        ..., help="The archive; .gz is unpacked on the way (not for mbox). A folder for stackexchange."
    ),
    format: str = typer.Option(..., help="twcs, jsonl, csv or mbox; stackexchange for a community."),
    brand: str = typer.Option(
        "", help="Where the file names brands: only this one. Otherwise the brand to file everything under."
    ),
    own: str = typer.Option("", help="For mbox: our own addresses, with commas."),
    space: str = typer.Option("", help="For a community: the space it goes into; made where it lacks."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Read an archive into the inbox, or a community's into a space. Safe to stop and to run again. Nothing is sent;
    no live clock starts."""
    start_django()
    from harken.connectors.archive.readers import READERS
    from harken.inbox.importing import import_lines

    if format == COMMUNITY:
        _import_community(file, space, brand, as_json)
        return
    if format not in READERS:
        fail(
            f"There is no format {format!r}.",
            what_to_do="Choose one of: " + ", ".join([*READERS, COMMUNITY]) + ".",
        )
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
    with _kept_aside(file.name) as (aside, write):

        def keep_bad(line: int, reason: str, text: str) -> None:
            write({"line": line, "reason": reason, "text": text})

        if as_json:
            done = import_lines(lines, source=format, brand=under, keep_bad=keep_bad)
        else:
            done = _with_progress(
                lambda progress: import_lines(
                    lines, source=format, brand=under, keep_bad=keep_bad, progress=progress
                )
            )
    _tell(done, aside, as_json)


def _import_community(folder: Path, space_name: str, brand_name: str, as_json: bool) -> None:
    from harken.accounts.brands import brand_named
    from harken.accounts.models import Brand
    from harken.community.actions.spaces import keep_space
    from harken.community.importing.keeping import import_community
    from harken.community.importing.stackexchange import NoArchive, read_archive
    from harken.community.models import Space
    from harken.knowledge.actions.keeping import add_missing

    if not folder.is_dir():
        fail(f"{folder} is not a folder.", what_to_do="Give the folder with Posts.xml or posts.jsonl in it.")
    if not space_name:
        fail("Which space?", what_to_do="Name it: --space 'Coffee'. It is made where it lacks.")
    try:
        lines = read_archive(folder)
    except NoArchive as problem:
        fail(str(problem))
    space = Space.objects.filter(name=space_name).first() or Space.objects.filter(slug=space_name).first()
    if space is None:
        first = None if brand_name else Brand.objects.order_by("pk").first()
        brand = first or brand_named(brand_name or space_name)
        space = keep_space(Space(name=space_name, brand=brand), by=None)
    source = f"{COMMUNITY}/{folder.resolve().name}"
    with _kept_aside(f"{folder.resolve().name}.{COMMUNITY}") as (aside, write):

        def keep_bad(bad: Any) -> None:
            write({"line": bad.line, "reason": bad.reason, "text": bad.text})

        if as_json:
            done = import_community(lines, space=space, source=source, keep_bad=keep_bad)
        else:
            done = _with_progress(
                lambda progress: import_community(
                    lines, space=space, source=source, keep_bad=keep_bad, progress=progress
                )
            )
    add_missing()
    _tell(done, aside, as_json)


@contextmanager
def _kept_aside(name: str) -> Iterator[tuple[Path, Callable[[dict[str, Any]], None]]]:
    """A file for what could not be read; gone at the end when nothing was."""
    from django.conf import settings

    aside = settings.HOME / "imports" / (re.sub(r"[^\w.-]", "_", name) + ".rejected.jsonl")
    aside.parent.mkdir(parents=True, exist_ok=True)
    with open(aside, "w", encoding="utf-8") as out:
        yield aside, lambda line: out.write(json.dumps(line, ensure_ascii=False) + "\n") and None
    if not aside.stat().st_size:
        aside.unlink()


def _tell(done: Any, aside: Path, as_json: bool) -> None:
    if as_json:
        print_json({**done.as_json(), "kept_aside": str(aside) if aside.exists() else ""})
        return
    typer.echo(
        f"Read {done.read:,}: {done.accepted:,} new, {done.duplicates:,} known, {done.rejected:,} not readable."
    )
    for number, reason in done.bad[:10]:
        typer.echo(f"  line {number}: {reason}")
    if aside.exists():
        typer.echo(f"All lines that could not be read, or not whole, are in {aside}.")


def _with_progress(run: Callable[[Callable[[Any], None]], Any]) -> Any:
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()) as bar:
        task = bar.add_task("Reading…", total=None)
        return run(
            lambda so_far: bar.update(
                task,
                description=f"{so_far.read:,} read, {so_far.accepted:,} new, {so_far.rejected:,} not readable",
            )
        )


def _marked(lines: Iterator[Any], own: set[str]) -> Iterator[Any]:
    for line in lines:
        if hasattr(line, "read"):
            line.read["us"] = line.read["author"] in own
        yield line
