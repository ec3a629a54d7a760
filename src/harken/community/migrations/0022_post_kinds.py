from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("community", "0021_decided_together"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="post",
            index=models.Index(
                fields=["kind", "created_at", "author", "topic", "state", "voice"], name="post_kinds"
            ),
        ),
    ]
