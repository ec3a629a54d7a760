"""Travel: trips and consent, and what askers claim."""

from .claims import Claim, ClaimWord
from .sending import Departure, TravelRule
from .telling import Telling, Told, Wanting
from .trips import Consent, Trip

__all__ = ["Claim", "ClaimWord", "Consent", "Departure", "Telling", "Told", "TravelRule", "Trip", "Wanting"]
