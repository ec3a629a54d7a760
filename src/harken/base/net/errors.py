"""What can go wrong on the way out, told apart by the one thing a sender must know: may it have arrived?"""

from __future__ import annotations


class NetError(Exception):
    """Any failure of `base.net`. Exactly one of its two children is raised when nothing came back."""


class NotSent(NetError):
    """The other side received nothing of this request: trying again cannot do anything twice."""


class Refused(NotSent):
    """The guard would not dial. `reason` is one of `REASONS`, `address` what was about to be dialled."""

    REASONS = {
        "url": "is not an address Harken understands",
        "scheme": "must start with http:// or https://",
        "credentials": "must not carry a user name or password",
        "host": "does not name a host in a form that can be checked",
        "name": "is a name that only means something inside a private network",
        "port": "asks for a port that is not open to this use",
        "private": "leads to a private or reserved address",
        "metadata": "leads to a cloud provider's metadata service",
        "own": "leads back to this very machine or site",
        "plaintext": "would send a password over an unencrypted connection",
        "redirects": "redirects too often",
        "downgrade": "redirects from https to http",
    }

    def __init__(self, reason: str, address: str = "", hint: str = "") -> None:
        self.reason = reason
        self.address = address
        text = f"{address or 'The address'} {self.REASONS[reason]}"
        super().__init__(f"{text}: {hint}" if hint else f"{text}.")


class Unresolved(NotSent):
    """The name could not be looked up: it does not exist, or no name server answered in time."""


class Ambiguous(NetError):
    """At least one byte of the request was written and no complete answer came back: it may have arrived.

    `status` is the response's status code when at least that was read, else None.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        self.status = status
        super().__init__(message)


class TooLarge(Ambiguous):
    """The answer (or its unpacked form, or its headers) is larger than the caller allows."""


class RedirectRefused(Ambiguous):
    """The first server answered with a redirect that must not be followed; the target was never dialled."""

    def __init__(self, refusal: Refused, status: int | None = None) -> None:
        self.reason = refusal.reason
        self.address = refusal.address
        super().__init__(f"Redirect not followed: {refusal}", status)
