"""Making the tables of a package in one step of a migration.

Django's own `CreateModel` computes anew every model that the new one leads to, theirs too, and so on: nearly all of
them, since most lead to a user. Ninety of them one after the other cost seconds of processor time in each first start.
Here models are computed together, and once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class CreateTables(Operation):
    """Make the tables of these models; they may lead to each other in any order and in circles, since each is named
    with all its fields."""

    serialization_expand_args = ["models"]

    def __init__(self, models: Sequence[CreateModel]) -> None:
        self.models = list(models)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Add the models. What was computed before stays: nothing in it changes but that more leads to it, which is
        said to it as it is when a program loads its models one after the other."""
        apps = state.__dict__.pop("apps", None)
        for model in self.models:
            model.state_forwards(app_label, state)
        if apps is not None:
            apps.render_multiple([state.models[app_label, model.name_lower] for model in self.models])
            state.apps = apps

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Make the tables in the order in which they are named."""
        for model in self.models:
            model.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: Any, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Drop the tables, the last first."""
        for model in reversed(self.models):
            model.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """What this does, in words."""
        return f"Create {len(self.models)} tables"
