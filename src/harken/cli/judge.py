"""`harken judge`: one judgement a line, as JSON."""

from __future__ import annotations

import sys

import typer

app = typer.Typer()


@app.command()
def judge(as_json: bool = typer.Option(True, "--json", help="The only form there is.")) -> None:
    """Read lines of {"text": …, "thread": […]} and write one judgement a line: labels, priority, parts, reasons."""
    from harken.brain.lines import judge_lines

    for line in judge_lines(sys.stdin):
        sys.stdout.write(line + "\n")
