"""What a request asks to be answered with."""


def asks_for_activity(accept: str) -> bool:
    """Whether a machine of the Fediverse asks, by its Accept header."""
    return "application/activity+json" in accept or "application/ld+json" in accept
