"""`harken bench`: measure speed beside its limit, in a home of its own."""

from __future__ import annotations

from pathlib import Path

import typer

from .start import fail, print_json

app = typer.Typer()


@app.command()
def bench(
    name: str = typer.Argument(
        help="ingest, accept, inbox, thread, search, community, topic, route, reports, screen or rest."
    ),
    size: int = typer.Option(
        10_000,
        min=100,
        help="Messages; community, topic and reports: topics; route: members; accept and screen: messages sent.",
    ),
    rounds: int = typer.Option(5, min=1, help="Rounds, ours and the limit in turns; the median counts."),
    home: Path | None = typer.Option(
        None,
        help="A folder to fill and keep, used again by what fills it; default: a passing one.",
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """CPU milliseconds an operation, its share of the limit, and whether the work was done right (else status 1)."""
    from harken.bench.running import BENCHES, BenchFailed, run_bench

    if name not in BENCHES:
        fail(f"There is no bench {name!r}.", what_to_do=f"There are: {', '.join(BENCHES)}.")
    try:
        found = run_bench(name, size=size, rounds=rounds, home=home)
    except BenchFailed as why:
        fail(f"The bench could not run: {why}")
    if as_json:
        print_json(found)
    else:
        tell(found)
    if not found["correct"]:
        raise typer.Exit(1)


def tell(found: dict[str, object]) -> None:
    """The outcome for people."""
    beside = ""
    if found["limit_cpu_ms"] is not None:
        beside = f"; the limit takes {found['limit_cpu_ms']} ms: a share of {found['share_of_limit']}"
    typer.echo(f"{found['name']} at {found['size']}: {found['ours_cpu_ms']} ms of CPU{beside}")
    known = {"name", "size", "ours_cpu_ms", "limit_cpu_ms", "share_of_limit", "correct", "problems"}
    for key, value in found.items():
        if key not in known:
            typer.echo(f"  {key.replace('_', ' ')}: {value}")
    for problem in found["problems"]:  # type: ignore[attr-defined]  # a list
        typer.echo(f"  wrong: {problem}")
