"""Who passed a post on, once each. Who did before was not kept: their numbers could be anything, and begin anew."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("federation", "0001_schema")]
    operations = [
        migrations.CreateModel(
            name="Boost",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("uri", models.CharField(max_length=500)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "told",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="boosted",
                        to="federation.told",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="boost",
            constraint=models.UniqueConstraint(fields=("told", "uri"), name="one_boost_a_person"),
        ),
        migrations.RunSQL("UPDATE federation_told SET boosts = 0 WHERE boosts <> 0", migrations.RunSQL.noop),
    ]
