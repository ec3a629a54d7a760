"""Last touches once everything was played: who is one person over several networks, where people live, what is silent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Max

from harken.channels.files import store_file
from harken.channels.models import Channel
from harken.demo.attachments import attachment
from harken.demo.border.playing import Stage
from harken.demo.company import Customer
from harken.demo.founding import Founded
from harken.inbox.importing import settle_archives
from harken.inbox.models import Attachment, Conversation, Message
from harken.inbox.tasks import rerank_due
from harken.people.actions import merge_persons
from harken.people.models import Handle, Person

# Not merged: the desk may find out by itself that this is one person.
_APART = {"ines-carvalhal": "bluesky"}


def tidy(stage: Stage, founded: Founded) -> None:
    """Bring the loaded demo into the state in which it is found."""
    settle_archives([row for row in founded.channels.values() if row.is_archive])
    _fetch_pictures()
    _merge_people(stage, founded)
    _set_arrivals(founded.channels.values())
    while rerank_due():
        pass


def _fetch_pictures() -> None:
    """What the networks only linked is fetched, here from the demo's own drawings."""
    for row in Attachment.objects.filter(message__channel__is_demo=True, stored_as="").exclude(url=""):
        name = row.url.rpartition("/")[2].replace("@png", ".png")
        row.content_type, content = attachment(name)
        row.name, row.size, row.stored_as = name, len(content), store_file(content)
        row.save(update_fields=["name", "content_type", "size", "stored_as"])


def _merge_people(stage: Stage, founded: Founded) -> None:
    """Customers with handles on several networks become one person each, with the evidence for it."""
    by = founded.agents["delphine"].user
    shown = _handles()
    for customer in stage.company.customers.values():
        found: list[Handle] = []
        for network, handle in customer.handles.items():
            if _APART.get(customer.slug) != network:
                found += [row for row in shown.get(handle, ()) if row not in found]
        persons = list(dict.fromkeys(row.person_id for row in found))
        Person.objects.filter(pk__in=persons).update(zone=customer.zone, language=customer.languages[0])
        kept, others = persons[:1], persons[1:]
        for other in others:
            merge_persons(
                Person.objects.get(pk=kept[0]),
                merged=Person.objects.get(pk=other),
                evidence=_evidence(customer),
                by=by,
            )


def _evidence(customer: Customer) -> str:
    mail = customer.handles.get("email") or customer.handles.get("form")
    return (
        f"The same name, and named the address {mail}"
        if mail
        else "The same name, and said so in both places"
    )


def _handles() -> Mapping[str, list[Handle]]:
    found: dict[str, list[Handle]] = {}
    for row in Handle.objects.filter(person__is_demo=True):
        found.setdefault(row.shown.lstrip("@"), []).append(row)
    return found


def _set_arrivals(channels: Iterable[Channel]) -> None:
    for channel in channels:
        last = Message.objects.filter(channel=channel).aggregate(at=Max("arrived_at"))["at"]
        first = Conversation.objects.filter(channel=channel).order_by("first_message_at").first()
        created = first.first_message_at if first else channel.created_at
        Channel.objects.filter(pk=channel.pk).update(arrived_at=last, created_at=created)
