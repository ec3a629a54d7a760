"""Linked files become due to be fetched; those of messages that were taken away go."""

from datetime import timedelta

from django.db import migrations, models, transaction
from django.utils.timezone import now

from harken.channels.files import remove_files
from harken.inbox.linked import host_of

NOT_OLDER = timedelta(days=30)  # what came before is not there any more, often; a person may ask for it
PART = 500


def begin(apps, schema_editor):
    Attachment = apps.get_model("inbox", "Attachment")
    taken_away = Attachment.objects.filter(message__direction="in", message__deleted_at__isnull=False)
    names = list(taken_away.exclude(stored_as="").values_list("stored_as", flat=True))
    taken_away.delete()
    transaction.on_commit(lambda: remove_files(names))
    at = now()
    lacking = Attachment.objects.filter(
        stored_as="",
        problem="",
        url__istartswith="http",
        message__arrived_at__gte=at - NOT_OLDER,
        message__channel__is_demo=False,
    )
    part = []
    for row in lacking.iterator(chunk_size=PART):
        row.fetch_at, row.fetch_host = at, host_of(row.url)
        part.append(row)
        if len(part) == PART:
            Attachment.objects.bulk_update(part, ["fetch_at", "fetch_host"])
            part = []
    Attachment.objects.bulk_update(part, ["fetch_at", "fetch_host"])


class Migration(migrations.Migration):
    dependencies = [("inbox", "0002_no_saved_views"), ("channels", "0001_schema")]

    operations = [
        migrations.AddField("attachment", "fetch_at", models.DateTimeField(null=True)),
        migrations.AddField("attachment", "fetch_host", models.CharField(default="", max_length=253)),
        migrations.AddField("attachment", "fetch_tries", models.SmallIntegerField(default=0)),
        migrations.AddField("attachment", "claimed_until", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "attachment",
            models.Index(
                fields=["fetch_at", "fetch_host"],
                name="attachment_due",
                condition=models.Q(fetch_at__isnull=False),
            ),
        ),
        migrations.AddIndex(
            "attachment",
            models.Index(
                fields=["claimed_until"],
                name="attachment_claimed",
                condition=models.Q(claimed_until__isnull=False),
            ),
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
    ]
