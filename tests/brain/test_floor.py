"""The brain stands on nothing: no Django, no NumPy, no other package of ours."""

import pkgutil
import subprocess
import sys

import harken.brain

LOADED = """
import importlib, sys
for name in {names!r}:
    importlib.import_module(name)
from harken.brain.understand import judge, warm
warm()
judge("where is my order?")
import json
print(json.dumps(sorted(sys.modules)))
"""


def test_the_whole_brain_loads_and_judges_without_anything_else() -> None:
    import json

    names = [f"harken.brain.{module.name}" for module in pkgutil.iter_modules(harken.brain.__path__)]
    assert "harken.brain.understand" in names
    found = subprocess.run(
        [sys.executable, "-c", LOADED.format(names=names)],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = json.loads(found.stdout)
    outside = {name.partition(".")[0] for name in loaded} - set(sys.stdlib_module_names) - {"__main__"}
    ours = {name for name in loaded if name.startswith("harken.") and not name.startswith("harken.brain")}
    assert {name for name in outside if not name.startswith(("_", "sitecustomize"))} <= {"harken"}
    assert not ours
