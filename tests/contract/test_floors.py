"""What the import linter cannot see: foreign keys point down, and files stay one idea long."""

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


def test_no_file_is_named_for_a_kind_of_code():
    forbidden = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service", "processor"}
    assert [p.name for p in SOURCE.rglob("*.py") if p.stem in forbidden] == []
