"""Travel: trips and consent, and what askers claim."""

from .claims import Claim, ClaimWord
from .trips import Consent, Trip

__all__ = ["Claim", "ClaimWord", "Consent", "Trip"]
