"""`harken evaluate`: how good the judgement parts are, on real archives and under attack."""

from __future__ import annotations

from pathlib import Path

import typer

from .start import fail, print_json

app = typer.Typer(no_args_is_help=True)


@app.command()
def route(
    data: Path = typer.Option(..., help="A community's archive (posts.jsonl.gz or Posts.xml)."),
    holdout: float = typer.Option(
        0.3, min=0.01, max=0.9, help="The newest part of the questions, asked about."
    ),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Would the right members have been asked? Beside answer count, last activity, recent activity and chance."""
    from harken.bench.routing import evaluate_route
    from harken.community.importing.stackexchange import NoArchive

    try:
        found = evaluate_route(data, holdout=holdout)
    except NoArchive as why:
        fail(str(why), what_to_do="Name a folder that holds posts.jsonl.gz or Posts.xml.")
    if as_json:
        print_json(found)
        return
    typer.echo(f"{found['site']}: {found['questions']} questions, {found['candidates']} candidates")
    for name, one in {"route": found, **found["baselines"], **found["ways"]}.items():
        typer.echo(f"  {name:<14} MRR {one['mrr']:.3f}  Hit@5 {one['hit5']:.3f}")
    typer.echo(f"  load: Gini {found['load_gini']:.3f} over {found['invited']} members who would be asked")


@app.command()
def ring(
    accounts: int = typer.Option(20, min=1, max=200, help="Accounts of the ring."),
    thanks: int = typer.Option(500, min=0, max=100_000, help="Thanks that they give each other."),
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """What a ring of accounts that thank each other gains in rank and credit; status 1 if it gains any rank."""
    from harken.bench.rings import evaluate_ring

    found = evaluate_ring(accounts=accounts, thanks=thanks)
    if as_json:
        print_json(found)
    else:
        for key, value in found.items():
            typer.echo(f"{key.replace('_', ' ')}: {value}")
    if found["ranks_gained"]:
        raise typer.Exit(1)
