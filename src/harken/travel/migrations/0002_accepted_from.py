"""Whose answers go when who asked says that it solved it: rules written before ask for a trusted author, too."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("travel", "0001_schema")]
    operations = [
        migrations.AddField(
            model_name="travelrule",
            name="accepted_from",
            field=models.CharField(default="trusted", max_length=10),
        ),
    ]
