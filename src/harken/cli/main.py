"""The `harken` command. Each subcommand is a module of its own, loaded only when it is called."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from importlib import import_module

from harken import __version__

# name → (module with a typer `app`, what it does)
COMMANDS: dict[str, tuple[str, str]] = {
    "up": ("up", "Everything in one process: pages, workers, connectors."),
    "web": ("web", "Only the pages, doors and live updates (several machines)."),
    "work": ("work", "Only the workers (several machines)."),
    "connect": ("connect", "Only the connectors that read the networks (several machines)."),
    "migrate": ("migrate", "Bring the database to this version."),
    "createagent": ("createagent", "Make a sign-in for an agent, lead or admin."),
    "import": (
        "importing",
        "Read an archive (twcs, jsonl, csv, mbox), or another community (stackexchange).",
    ),
    "ledger": ("ledger", "What became of every delivery."),
    "report": ("report", "A report's figures."),
    "judge": ("judge", "Judge lines of text."),
    "evaluate": ("evaluate", "How good routing is, and what an attack on credit gains."),
    "channels": ("channels", "The connected channels and their health."),
    "demo": ("demo", "Load or remove the demo company."),
    "doctor": ("doctor", "Say what is wrong and what to do."),
    "bench": ("bench", "Measure speed beside its limit."),
    "drill": ("drill", "Break things on purpose and count what is lost."),
    "backup": ("backup", "Write everything into one file."),
    "restore": ("restore", "Read a backup back; nothing is sent until you say so."),
}


def app() -> None:
    """Entry point: run the named command, or say which there are."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in COMMANDS:
        module = import_module(f"harken.cli.{COMMANDS[name][0]}")
        module.app(args=sys.argv[2:], prog_name=f"harken {name}")
        return
    if name == "--version":
        print(f"harken {__version__}")
        return
    print("Harken: social customer service, self-hosted.\n\nUsage: harken COMMAND [OPTIONS]\n\nCommands:")
    width = max(map(len, COMMANDS))
    for command, (_, what) in COMMANDS.items():
        print(f"  {command:<{width}}  {what}")
    print("\n`harken COMMAND --help` tells more.")
    if name not in ("--help", "-h", "help"):
        near = get_close_matches(name, COMMANDS, 1)
        hint = f" Did you mean `harken {near[0]}`?" if near else ""
        print(f"\nThere is no command {name!r}.{hint}", file=sys.stderr)
        raise SystemExit(2)
