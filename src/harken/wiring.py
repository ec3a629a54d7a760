"""The product's whole cause and effect on one page: {event: [reactions]}."""

from harken.base.journal import Later, Now, Recorded

REACTIONS: dict[type[Recorded], list[Now | Later]] = {}
