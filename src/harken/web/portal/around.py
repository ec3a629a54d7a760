"""What stands around every page of the community: its name, the spaces, who is helping, the honest figures.

Kept in this process for each kind of reader. For who is signed in it may be some seconds old; a page that nobody
known reads may be kept for all, so there nothing is older than the newest recorded event.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from harken.accounts.models import Brand
from harken.base import sql
from harken.clocks.promises import current_promises
from harken.community.models import Space
from harken.community.queries.people import Figures, Helper, figures, helping_now, often_asked
from harken.community.queries.readers import Reader
from harken.community.queries.ruling import Versions, versions_in_force
from harken.federation.addresses import handle_of
from harken.travel.paths import Path, newest_path

KNOWN_FOR = 5.0  # seconds
COUNTED_FOR = 60.0  # seconds for the figures and for who is helping: they move with the hours

_kept: dict[str, Around] = {}
_lock = threading.Lock()


@dataclass(slots=True)
class Around:
    """Everything of a page that is not its subject."""

    company: str
    spaces: list[Space]
    promised: int  # seconds until the first answer that is promised by default
    read_at: float
    event: int
    helping: list[Helper] = field(default_factory=list)
    helping_count: int = 0
    figures: Figures | None = None
    tags: list[str] = field(default_factory=list)
    versions: Versions = field(default_factory=Versions)  # of the house rules; for members
    travelled: Path | None = None  # the question that travelled last
    counted_at: float = -1e9
    counted_event: int = -1

    def handle_of(self, space_id: int) -> str:
        """Under which handle a space is found on the Fediverse; "" where it can't be followed."""
        actor = next((getattr(one, "actor", None) for one in self.spaces if one.pk == space_id), None)
        return handle_of(actor) if actor is not None and actor.is_on else ""

    @property
    def initial(self) -> str:
        return self.company[:1].upper()


def around_of(reader: Reader) -> Around:
    """What is around this reader's pages: names and counts of the spaces they may read."""
    at = time.monotonic()
    event = _newest_event() if reader.kind == "nobody" else 0
    with _lock:
        found = _kept.get(reader.kind)
    known_for = COUNTED_FOR if reader.kind == "nobody" else KNOWN_FOR
    if found and found.event == event and at - found.read_at < known_for:
        return found
    spaces = list(reader.spaces().select_related("brand", "actor").order_by("position", "id"))
    promised = current_promises().promise(
        kind="first", brand_id=spaces[0].brand_id if spaces else 0, channel_id=0, urgency="normal"
    )
    fresh = Around(_company(spaces), spaces, round(promised.seconds), at, event)
    if reader.kind in ("member", "super_user"):
        fresh.versions = versions_in_force()
    with _lock:
        if found:
            fresh.helping, fresh.helping_count = found.helping, found.helping_count
            fresh.figures, fresh.tags = found.figures, found.tags
            fresh.travelled = found.travelled
            fresh.counted_at, fresh.counted_event = found.counted_at, found.counted_event
        _kept[reader.kind] = fresh
    return fresh


def counted(around: Around) -> Around:
    """The same with who is helping now and the figures of the last days."""
    at = time.monotonic()
    if at - around.counted_at >= COUNTED_FOR or (around.event and around.event != around.counted_event):
        around.helping, around.helping_count = helping_now()
        around.figures, around.tags = figures(), often_asked()
        around.travelled = newest_path()
        around.counted_at, around.counted_event = at, around.event
    return around


def forget_around() -> None:
    """Read everything anew at the next question (between tests)."""
    with _lock:
        _kept.clear()


def _newest_event() -> int:
    found = sql.fetch("SELECT MAX(id) FROM base_event", [])
    return int(found[0][0] or 0) if found else 0


def _company(spaces: list[Space]) -> str:
    """The one brand's name; of several the first space's; without any our own."""
    names = list(Brand.objects.order_by("id").values_list("name", flat=True)[:2])
    if len(names) == 1:
        return names[0]
    return spaces[0].brand.name if spaces else "Harken"
