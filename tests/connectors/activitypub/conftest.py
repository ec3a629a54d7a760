from .elsewhere import nothing_remembered, server  # noqa: F401 - fixtures
