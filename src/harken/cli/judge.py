"""`harken judge`: one judgement a line, as JSON."""

from __future__ import annotations

import io
import sys

import typer

app = typer.Typer()


@app.command()
def judge(as_json: bool = typer.Option(True, "--json", help="The only form there is.")) -> None:
    """Read lines of {"text": …, "thread": […]} and write one judgement a line: labels, priority, parts, reasons."""
    from harken.brain.lines import judge_lines

    # bytes that are no UTF-8 make one line an error, not the end of the rest
    lines = io.TextIOWrapper(sys.stdin.buffer, encoding="utf-8", errors="surrogateescape")
    for line in judge_lines(lines):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
