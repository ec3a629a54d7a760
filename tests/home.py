"""Loaded before Django's settings (`-p tests.home`): tests have a home of their own and see no operator's settings."""

import atexit
import os
import shutil
import tempfile

_home = tempfile.mkdtemp(prefix=f"harken-test-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-")
atexit.register(shutil.rmtree, _home, ignore_errors=True)

for _name in [name for name in os.environ if name.startswith("HARKEN_")]:
    if not _name.startswith(("HARKEN_TEST_", "HARKEN_REQUIRE_", "HARKEN_PEERS_")):
        del os.environ[_name]
os.environ["HARKEN_HOME"] = _home
os.environ["HARKEN_DEMO"] = "0"
if os.environ.get("HARKEN_TEST_DATABASE_URL"):
    os.environ["HARKEN_DATABASE_URL"] = os.environ["HARKEN_TEST_DATABASE_URL"]
