"""What the docs name exists, and what exists is named."""

import re
import tomllib
from pathlib import Path

from harken.bench.running import BENCHES
from harken.channels.registry import manifests
from harken.cli.main import COMMANDS
from harken.config.env import Environment
from harken.wiring import LANES, REACTIONS

ROOT = Path(__file__).resolve().parents[2]


SOURCE = ROOT / "src/harken"
DOCS = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def code_of(file: Path) -> str:
    """What stands in a page as code: blocks, and what is quoted in a line."""
    text = file.read_text(encoding="utf-8")
    blocks = re.findall(r"^```.*?^```|^    \S.*$", text, re.M | re.S)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", text)])


def test_every_setting_is_documented_with_its_meaning():
    text = page("settings.md")
    for name, field in Environment.model_fields.items():
        assert f"## HARKEN_{name.upper()}" in text, name
        assert field.description in text, name


def test_no_setting_is_documented_that_does_not_exist():
    named = set(re.findall(r"^## HARKEN_(\w+)", page("settings.md"), re.M))
    assert named == {name.upper() for name in Environment.model_fields}


def test_every_command_is_documented():
    text = page("commands.md")
    assert [name for name in COMMANDS if f"`harken {name}" not in text] == []


def test_commands_that_the_docs_run_are_there():
    named = {name for file in DOCS for name in re.findall(r"\bharken ([a-z][a-z-]*)", code_of(file))}
    assert named - set(COMMANDS) == set()
    assert {"up", "import", "demo"} <= named


def test_every_connector_has_its_guide():
    missing = [m.name for m in manifests() if not (ROOT / "docs" / m.guide).is_file()]
    assert missing == []


def test_what_was_not_seen_on_a_real_server_is_said_in_the_guide():
    for manifest in manifests():
        if manifest.not_seen_on_real_server:
            assert "not seen on a real server" in page(manifest.guide).lower(), manifest.name


def test_every_reaction_and_lane_says_what_it_does():
    reactions = [reaction.run for many in REACTIONS.values() for reaction in many]
    assert all(run.__doc__ for run in [*reactions, *(lane.drain for lane in LANES)])


def test_every_event_says_what_it_records():
    import harken.web.front.signing_out  # noqa: F401 - it records an event of its own
    from harken.base.journal import Recorded

    def below(kind):
        return [one for sub in kind.__subclasses__() for one in [sub, *below(sub)]]

    events = [
        e for e in below(Recorded) if e.__module__.startswith("harken.") and e.__module__.endswith(".events")
    ]
    assert len(events) >= 12
    text = page("events.md")
    assert sorted(e.__name__ for e in events if f"`{e.__name__}`" not in text) == []


def test_links_between_pages_lead_somewhere():
    broken = []
    for file in [ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", file.read_text(encoding="utf-8")):
            if "://" not in target and not (file.parent / target).exists():
                broken.append(f"{file.relative_to(ROOT)} → {target}")
    assert broken == []


def anchors(file: Path) -> set[str]:
    """The addresses of a page's headings, as they are made where pages are read."""
    heads = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_links_to_a_heading_lead_to_one():
    broken, seen = [], 0
    for file in DOCS:
        for target, anchor in re.findall(r"\]\(([^)#\s]*)#([^)\s]+)\)", file.read_text(encoding="utf-8")):
            if "://" in target:
                continue
            seen += 1
            if anchor not in anchors(file.parent / target if target else file):
                broken.append(f"{file.relative_to(ROOT)} → {target}#{anchor}")
    assert broken == []
    assert seen > 5


def test_the_two_commands_of_the_readme_are_targets():
    text = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", (ROOT / "README.md").read_text(), re.M):
        assert re.search(rf"^{target}:", text, re.M), target


def test_every_setting_does_something():
    code = "\n".join(path.read_text() for path in (ROOT / "src").rglob("*.py") if path.name != "env.py")
    for name in Environment.model_fields:
        assert re.search(rf"\b(ENV|env|environment|settings|found)\.{name}\b", code), (
            f"HARKEN_{name.upper()} is read and not used"
        )


def first_column(table: str) -> list[str]:
    """The names of code in the first column of a table."""
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    return [name for cell in rows for name in re.findall(r"`([\w.-]+)`", cell)]


def test_the_architecture_names_every_lane_and_no_other():
    table = page("architecture.md").split("## The lanes")[1].split("\n## ")[0]
    assert sorted(first_column(table)) == sorted(lane.name for lane in LANES)


def test_the_architecture_has_the_floors_that_the_linter_holds():
    linted = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
    block = page("architecture.md").split("## Floors")[1].split("```")[1]
    said = [sorted(floor.split("|")) for floor in "".join(block.split()).split("<")]
    assert said == [sorted("".join(floor.split()).split("|")) for floor in reversed(linted["layers"])]


def test_the_architecture_says_what_every_package_is_for():
    floors = page("architecture.md").split("## Floors")[1].split("\n## ")[0]
    packages = {one.name for one in SOURCE.iterdir() if (one / "__init__.py").is_file()}
    assert set(first_column(floors)) == packages | {"wiring.py"}


def test_every_bench_is_named():
    (line,) = re.findall(r"^\| `harken bench NAME`.*$", page("commands.md"), re.M)
    assert [name for name in BENCHES if not re.search(rf"\b{name}\b", line)] == []


def is_defined(name: str) -> bool:
    """Whether a dotted name of a doc (`community.intake.filing`, `inbox.models.Message`) leads to code."""
    here = SOURCE
    for part in name.removeprefix("harken.").split("."):
        if (here / part).is_dir():
            here = here / part
        elif (here / f"{part}.py").is_file():
            here = here / f"{part}.py"
        else:
            files = [here] if here.is_file() else list(here.glob("*.py"))
            said = re.compile(rf"^\s*(?:def|class) {part}\b|^\s*{part}\b\s*[:=]", re.M)
            return any(said.search(file.read_text(encoding="utf-8")) for file in files)
    return True


def test_code_that_the_docs_name_is_there():
    packages = {one.name for one in SOURCE.iterdir() if one.is_dir()}
    missing = []
    for file in DOCS:
        text = file.read_text(encoding="utf-8")
        dotted = re.findall(r"`((?:harken\.)?[a-z_]+(?:\.[A-Za-z_]+)+)(?:\(\))?`", text)
        names = [n for n in dotted if n.removeprefix("harken.").split(".")[0] in packages and n[-3:] != ".py"]
        paths = re.findall(r"`([a-z_]+/[a-z_/]+\.(?:py|css))`", text)
        missing += [f"{file.name}: {name}" for name in names if not is_defined(name)]
        missing += [
            f"{file.name}: {path}"
            for path in paths
            if not (SOURCE / path).exists() and not (ROOT / path).exists()
        ]
    assert missing == []
