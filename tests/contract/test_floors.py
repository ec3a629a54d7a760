"""What the import linter cannot see: foreign keys point down, what is inside a package too, and no file is named for a kind."""

import ast
from pathlib import Path

from django.apps import apps

FLOORS = {
    "base": 0, "brain": 0, "contenttypes": 0, "auth": 0, "sessions": 0, "axes": 0, "accounts": 1, "team": 2, "people": 2,
    "channels": 3, "clocks": 3, "inbox": 4, "community": 5, "guests": 5, "knowledge": 6, "listening": 6, "travel": 7, "federation": 7, "automation": 8,
    "insight": 9, "web": 10,
}  # fmt: skip
SOURCE = Path(__file__).resolve().parents[2] / "src" / "harken"


def test_foreign_keys_point_to_the_same_package_or_down():
    wrong = []
    for model in apps.get_models():
        own = model._meta.app_label
        for field in [*model._meta.get_fields()]:
            target = getattr(field, "related_model", None)
            if field.auto_created or target is None or not field.is_relation:
                continue
            other = target._meta.app_label
            if other != own and FLOORS[other] >= FLOORS[own] and own in FLOORS and FLOORS[own] > 0:
                wrong.append(f"{model.__name__}.{field.name} → {other}.{target.__name__}")
    assert wrong == []


def test_every_package_with_models_has_a_floor():
    assert {config.label for config in apps.get_app_configs() if list(config.get_models())} <= set(FLOORS)


INSIDE = ({"events", "policy"}, {"models"}, {"queries", "permissions"}, {"actions"}, {"tasks", "reactions"})


def imported(file: Path, package: Path) -> set[str]:
    """The parts of its own package that a file imports: `models`, `actions` …"""
    found = set()
    deep = len(file.relative_to(package).parts)
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        if node.level == deep:
            path = (node.module or "").split(".")
        elif not node.level and (node.module or "").startswith(f"harken.{package.name}"):
            path = (node.module or "").split(".")[2:]
        else:
            continue
        found |= {path[0]} if path and path[0] else {alias.name for alias in node.names}
    return found


def test_inside_a_package_imports_go_down_too():
    rank = {name: number for number, names in enumerate(INSIDE) for name in names}
    wrong, seen = [], 0
    for package in (one for one in SOURCE.iterdir() if one.is_dir()):
        for file in package.rglob("*.py"):
            own = file.relative_to(package).parts[0].removesuffix(".py")
            if own in rank:
                parts = imported(file, package) & set(rank)
                seen += len(parts)
                wrong += [f"{file.relative_to(SOURCE)} imports {n}" for n in parts if rank[n] > rank[own]]
    assert wrong == []
    assert seen > 200  # the imports were read at all


def test_no_file_is_named_for_a_kind_of_code():
    forbidden = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "processor"}
    assert [p.name for p in SOURCE.rglob("*.py") if p.stem in forbidden] == []
